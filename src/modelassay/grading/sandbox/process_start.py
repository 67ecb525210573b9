"""Bare interpreters for the modules of grading, and a fork server seen from outside: its start and its end.

A worker's caller starts test runner and server side by side, since each takes half of the time to the first verdict in
getting ready, and the test runner adopts the server by its descriptors. Servers after the first are the test runner's own.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import marshal
import os
import select
import sys

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.sandbox.scheduling import ANY_CPU

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    import subprocess
    from typing import Any, Final, Self

# The parents of the server's modules are not loaded in the sandbox: they would bring half the package.
_BOOT: Final = (
    "import sys, types\n"
    "for name, folder in (('modelassay', {root!r}), ('modelassay.grading', {grading!r})):\n"
    "    module = types.ModuleType(name); module.__path__ = [folder]; sys.modules[name] = module\n"
    "from modelassay.grading{package} import {module} as started\n"
    "started.main()\n"
)


class SandboxSettings(NamedTuple):
    """What the sandbox is built with; the same for all samples of one sandbox."""

    memory_bytes: int = 4 << 30
    tmp_bytes: int = 16 << 20
    processes: int = 32
    answer_bytes: int = 16 << 20
    without: tuple[str, ...] = ()
    hash_seed: int = 0
    packages: tuple[str, ...] = ()  # that samples may import beside numpy: packages.py
    python: str = ""  # that samples run by, and whose packages these are; see environments.py
    programs: tuple[str, ...] = ()  # files of another language's tools, which jobs run there: toolchains.py
    cpu: int = ANY_CPU  # that its processes stay on once it is built


class Limit(NamedTuple):
    """Limits of one run in seconds of CPU: in all, and of one call; and seconds without any progress."""

    cpu_seconds: float
    call_seconds: float
    idle_seconds: float
    answer_bytes: int

    @property
    def wall_seconds(self) -> float:
        """When the grader stops believing that the sandbox still watches, less the time in which a sample waits for a CPU."""
        return 40 * self.cpu_seconds + 2 * self.idle_seconds + 60


def sandbox_settings(limits: dict[str, Any]) -> SandboxSettings:
    """The settings under which samples have these limits."""
    return SandboxSettings(
        limits["memory_bytes"], limits["tmp_bytes"], limits["processes"], limits["answer_bytes"],
        packages=tuple(limits["packages"]), python=limits["python"],
    )  # fmt: skip


def boot_command(module: str, *arguments: str, python: str = "") -> list[str]:
    """The command that starts a module of `modelassay.grading` (a dotted name below it) in a bare interpreter, this one's or another."""
    grading = os.path.dirname(os.path.dirname(__file__))
    package, dot, name = module.rpartition(".")
    code = _BOOT.format(root=os.path.dirname(grading), grading=grading, package=dot + package, module=name)
    return [python or sys.executable, "-s", "-S", "-P", "-c", code, *arguments]


def bare_environment(hash_seed: int = 0) -> dict[str, str]:
    """No variable of the user's, but the one that lets some interpreters find their own library."""
    kept = {k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"}
    return {"PYTHONHASHSEED": str(hash_seed), "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", **kept}


def importable_packages(names: tuple[str, ...], python: str = "") -> list[str]:
    """Folders and files that let samples import numpy, where it is installed, and the packages of these names."""
    import importlib.machinery

    found: list[str] = []
    where = None
    if python:
        from modelassay.grading.sandbox.environments import environment

        where = environment(python).path
    spec = importlib.machinery.PathFinder.find_spec("numpy", where)
    if spec is not None and spec.submodule_search_locations:
        folder = next(iter(spec.submodule_search_locations))
        libraries = os.path.join(os.path.dirname(folder), "numpy.libs")
        found += [f for f in (folder, libraries) if os.path.isdir(f)]
    if names:
        from modelassay.grading.sandbox.packages import package_paths

        found += [path for path in package_paths(names, python) if path not in found]
    return found


class ServerProcess:
    """A fork server: `control` is its socket. It is this process's child, or adopted from the one that started it.

    It may have a spare beside it: another one that has loaded its modules and waits for its first message.
    """

    def __init__(
        self,
        control: _socket.socket,
        words: int,
        handle: int,
        child: subprocess.Popen[bytes] | None = None,
        spare: _socket.socket | None = None,
    ) -> None:
        self.control = control
        self._words = words  # what it writes to stderr before it is ready
        self._handle = handle  # a pidfd: it means this process even when the number has been used again
        self._child = child
        self._spare = spare

    @classmethod
    def start(cls, settings: SandboxSettings, *, spare: bool = False) -> Self:
        """A fresh one, which gets ready while the caller goes on. spare: with another one that waits beside it."""
        import socket  # a test runner seldom gets here: its first server was started for it
        import subprocess

        pairs = [socket.socketpair() for _ in range(1 + spare)]
        given = [theirs.fileno() for _, theirs in pairs]
        words, their_words = os.pipe2(os.O_CLOEXEC)
        options = {**settings._asdict(), "packages": importable_packages(settings.packages, settings.python)}
        try:
            child = subprocess.Popen(
                boot_command(
                    "sandbox.server_start",
                    str(given[0]),
                    marshal.dumps(options, 2).hex(),
                    *map(str, given[1:]),
                    python=settings.python,
                ),
                # Functions of other libraries are looked up now, and not by every sample's process again.
                env={**bare_environment(settings.hash_seed), "LD_BIND_NOW": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=their_words,
                pass_fds=given,
                start_new_session=True,
                cwd="/",
            )
        finally:
            os.close(their_words)
            for _, theirs in pairs:
                theirs.close()
        second = pairs[1][0] if spare else None
        return cls(pairs[0][0], words, os.pidfd_open(child.pid), child, second)

    @classmethod
    def adopt(cls, control: int, words: int, handle: int, *spare: int) -> Self:
        """The one that these `descriptors` belong to, which another process started."""
        second = _socket.socket(fileno=spare[0]) if spare else None
        return cls(_socket.socket(fileno=control), words, handle, None, second)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What another process needs to adopt it."""
        spare = () if self._spare is None else (self._spare.fileno(),)
        return self.control.fileno(), self._words, self._handle, *spare

    def take_spare(self) -> ServerProcess | None:
        """The one that waits beside it, which ends with its own socket; None when there is none, or no more."""
        spare, self._spare = self._spare, None
        return None if spare is None else ServerProcess(spare, -1, -1)

    def let_go(self) -> None:
        """Leave it to the process that has adopted it. It ends with that one; `reap` and `end` still work."""
        self._close_sockets()
        self._close_words()

    def _close_sockets(self) -> None:
        self.control.close()
        if self._spare is not None:
            self._spare.close()
            self._spare = None

    def abandon(self) -> None:
        """In a forked child of the process that started it: close copies of descriptors, and touch nothing else."""
        self._close_sockets()
        self._close_words()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        if self._child is not None:
            self._child.returncode = 0  # it is no child of this process
            self._child = None

    def reap(self) -> None:
        """Take note of its end, if it has ended, so that nothing of it is left in the table of processes."""
        if self._child is not None:
            self._child.poll()

    def last_words(self) -> str:
        """End it; the last line of what it wrote."""
        self._kill()
        said = b""
        while self._words >= 0 and (part := os.read(self._words, 1 << 16)):
            said += part
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else "no message"

    def end(self) -> None:
        """End it, and with it everything in its sandbox; returns when it has gone, but for one that was a spare."""
        self._close_sockets()
        self._kill()
        if self._child is not None:
            self._child.wait()
        elif self._handle >= 0:
            gone = select.poll()
            gone.register(self._handle, select.POLLIN)
            gone.poll()
        self._close_words()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _kill(self) -> None:
        try:
            if self._handle >= 0:
                _signal.pidfd_send_signal(self._handle, _signal.SIGKILL)
        except ProcessLookupError:  # it has ended
            return

    def _close_words(self) -> None:
        if self._words >= 0:
            os.close(self._words)
            self._words = -1
