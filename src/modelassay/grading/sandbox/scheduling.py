"""How long processes wait for a CPU: what a busy machine takes from them is not time in which they do nothing.

The kernel counts it for each thread, in /proc/PID/schedstat: nanoseconds on a CPU, nanoseconds in the queue for one, turns.
A wait is counted when it is over. Where there is no such file (no CONFIG_SCHED_INFO, no /proc) nothing is known.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Final

FOLDER: Final = "/proc"
ANY_CPU: Final = -1
_DISK_SECONDS: Final = (
    30.0  # that a sample's threads may wait for a disk, as while a package is read for the first time
)
_FILE_BYTES: Final = 4096
_MOST_THREADS: Final = 64  # that are read at each look; a sample may have 32


def stay_on(cpu: int) -> None:
    """Have this process, and all that it starts, stay on one CPU, if it may be had; ANY_CPU leaves it to the kernel."""
    try:
        if cpu != ANY_CPU:
            os.sched_setaffinity(0, (cpu,))
    except OSError:  # it is no longer among those that may be used
        return


def open_proc() -> int:
    """A descriptor of /proc, for who will not see that folder later; -1 where there is none."""
    try:
        return os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return -1


def waited_seconds(process: int | str) -> float:
    """Seconds that the first thread of a process has waited for a CPU; 0 where that is not known. process: or `self`."""
    try:
        return int(_read(f"{FOLDER}/{process}/schedstat", None).split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _read(path: str, folder: int | None) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        return os.read(descriptor, _FILE_BYTES)
    finally:
        os.close(descriptor)


class Threads:
    """The threads of one process, looked at from time to time.

    waited: seconds in the queue for a CPU since the first look, of all of them together. states: the letters of `stat`.
    """

    def __init__(self, proc: int, handle: int) -> None:
        """proc: as `open_proc` gave it. handle: a pidfd of the process, which is another's number in that /proc than here."""
        self._proc = proc
        self._folder = ""
        self._before: dict[str, int] = {}
        self.waited = 0.0
        self.states = ""
        try:
            for line in _read(f"self/fdinfo/{handle}", proc).splitlines() if proc >= 0 else ():
                if line.startswith(b"Pid:") and int(line[4:]) > 0:
                    self._folder = f"{int(line[4:])}/task"
        except OSError:
            return
        self.known = self.look()

    known = False  # whether the kernel tells

    def look(self) -> bool:
        """Read on; False where the kernel does not tell, or the process has ended."""
        if not self._folder:
            return False
        try:
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._proc)
        except OSError:
            return False
        try:
            return self._read_all(folder, os.listdir(folder)[:_MOST_THREADS])  # noqa: PTH208 - a descriptor
        finally:
            os.close(folder)

    def _read_all(self, folder: int, numbers: list[str]) -> bool:
        now: dict[str, int] = {}
        states = ""
        for number in numbers:
            try:
                states += chr(_read(f"{number}/stat", folder).rpartition(b") ")[2][0])
                now[number] = int(_read(f"{number}/schedstat", folder).split()[1])
            except (OSError, IndexError, ValueError):  # it has ended meanwhile
                continue
        self.waited += sum(max(wait - self._before.get(number, 0), 0) for number, wait in now.items()) / 1e9
        self._before, self.states = now, states
        return bool(now)


class Idleness:
    """Seconds in which a process could have run and did not, from looks at its threads: in all, and since the latest call.

    Time is settled only at a look at which no thread is ready to run: what has been waited is known only then.
    """

    def __init__(self) -> None:
        self.whole = self.in_call = 0.0
        self._passed = self._busy = self._waited = self._disk = 0.0

    def begin_call(self) -> None:
        """What comes now belongs to another call."""
        self.in_call = 0.0

    def note(self, passed: float, busy: float, waited: float, states: str) -> None:
        """passed: seconds of wall time so far; busy: of CPU; waited: for one. states: of the threads now, as in Threads."""
        if "R" in states:
            return
        idle = max(passed - self._passed - (busy - self._busy) - (waited - self._waited), 0.0)
        self._passed, self._busy, self._waited = passed, busy, waited
        if "D" in states and self._disk < _DISK_SECONDS:
            self._disk += idle
            return
        self.whole += idle
        self.in_call += idle
