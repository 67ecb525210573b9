"""The supervisor: process 1 of the sandbox. It has samples' processes forked, watches them, and says how they ended.

It runs no sample itself, and never reads what it passes on: a sample's program, the calls and the answers go through
descriptors that only the test runner and the sample's own process read. No process is forked from it but the fork
server, at its start; so how one sample ended is in no memory that the next one gets. Nothing in the sandbox can stop
or kill it and everything in there dies with it. It ends when its control socket is closed.

How a sample is to be watched comes from the fork server, with the number of its process (HEADER):
    J  run a sample
    L  as J, of one that is asked further calls
The control socket carries, towards the supervisor (HEADER, too):
    A  run a sample; with it come the descriptors that fork_server.py names. For who cannot reach the fork server yet
    K  stop the running sample
    Q  the running sample has been asked something, whatever it says about waiting for that
    N  … and has answered
    W  nothing: the first message, for which a spare server waits
K, Q and N bear the mark of the run that they are about: what comes after its end is about no other.
Back goes one DONE per sample, after every process of it is gone, and before that one WATCHING for each ALIVE_SECONDS in which it ran or waited for a
CPU, so that the grader waits for it as long as this takes.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket  # `socket` loads `array`, with which every answer takes the codec's slow writer
import os
import select
import struct
import time

from modelassay.grading.boundary.wire import (
    DONE,
    ENDED,
    ENDLESS,
    HANDING_SECONDS,
    HEADER,
    IDLE,
    OVER_CPU,
    STOPPED,
    UNFORKED,
    WATCHING,
    receive,
)
from modelassay.grading.sandbox import candidate
from modelassay.grading.sandbox.fork_server import NUMBER
from modelassay.grading.sandbox.scheduling import ANY_CPU, Idleness, Threads, stay_on

TYPE_CHECKING = False  # without `typing`: see startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

BUSY_SHARE: Final = (
    0.05  # a sample that uses less of a core than this, and does not wait for one, counts as idle
)
ALIVE_SECONDS: Final = 10.0
_RIGHTS_SPACE: Final = _socket.CMSG_SPACE(16)  # four descriptors
TICK_SECONDS: Final = 0.05
QUICK_SECONDS: Final = 0.01  # a sample may take before it is watched
LOOK_SECONDS: Final = 0.04  # of CPU in one call, after which nontermination.py looks whether it will ever end
LOOK_AGAIN: Final = 4.0  # times as much until the next look
LOAD_SECONDS: Final = 3.0  # of CPU that loading may take at least: importing numpy takes up to one
_CHILD: Final = (_signal.SIGCHLD,)
_FORKED_BYTES: Final = NUMBER.size + HEADER.size
_MOST_LINES: Final = 1 << 30
_REALTIME_COARSE: Final = 5  # the clock of files' times


class Limits:
    """What one sample may use, in seconds."""

    def __init__(self, cpu: float, call: float, idle: float) -> None:
        self.cpu, self.call, self.idle = cpu, call, idle


class Forks:
    """The fork servers: the sockets on which they are told to fork, the pipe from them, a pidfd of each."""

    def __init__(self, sockets: list[_socket.socket], numbers: int, handles: list[int]) -> None:
        self.sockets, self.numbers, self.handles = sockets, numbers, handles


class Supervisor:
    """Serves one grader over one socket, one sample at a time.

    page: shared with the fork servers and all samples. remount: gives the sandbox a fresh /tmp,
    and says whether it could; `None` where /tmp is not the sandbox's own. proc: of scheduling.py.
    """

    def __init__(
        self,
        control: _socket.socket,
        forks: Forks,
        page: memoryview,
        remount: Callable[[], bool] | None,
        proc: int = -1,
    ) -> None:
        self._proc = proc
        self._control = control
        self._forks = forks
        self._page = page
        self._blank = bytes(page.nbytes)
        self._whole_page = page.cast("B")
        self._counter = page.cast("B").cast("Q")
        self._remount = remount
        self._untouched = _times_of_tmp() if remount else (0, 0)
        self._unheeded = (
            b""  # the latest command that came while nothing ran: it may be about what is being forked
        )

    def serve(self, cpu: int) -> None:
        """Run samples until the grader has gone. cpu: that this process stays on after the first one.

        What wakes this process for most samples is their end alone: by then the pipe tells which they were. The first one
        comes over the control socket.
        """
        if not self._wait_for_fork():
            return
        while True:
            news = _signal.sigtimedwait(_CHILD, QUICK_SECONDS)
            try:
                said = os.read(self._forks.numbers, _FORKED_BYTES)
            except BlockingIOError:
                if not self._wait_for_fork():
                    return
            else:
                self._job(said, ended=news is not None)
                stay_on(cpu)
                cpu = ANY_CPU

    def _wait_for_fork(self) -> bool:
        """Until a sample has been forked; False when the grader has gone. Where a fork server has gone, this sandbox ends."""
        news = select.poll()
        for descriptor in (self._control.fileno(), self._forks.numbers, *self._forks.handles):
            news.register(descriptor, select.POLLIN)
        while True:
            ready = dict(news.poll())
            if self._forks.numbers in ready:
                return True
            if self._control.fileno() not in ready:
                os._exit(1)
            head, rights, _, _ = self._control.recvmsg(HEADER.size, _RIGHTS_SPACE)
            rest = receive(self._control, HEADER.size - len(head)) if head else None
            if rest is None:
                return False
            if head[:1] == b"A":
                self._pass_on(head + rest, rights)
            else:
                self._unheeded = head + rest

    def _pass_on(self, head: bytes, rights: list[tuple[int, int, bytes]]) -> None:
        """Have a program that imports nothing forked for who cannot tell a fork server."""
        self._forks.sockets[0].sendmsg([head], rights)
        for _, _, raw in rights:
            for (descriptor,) in struct.iter_unpack("i", raw):
                os.close(descriptor)

    def _job(self, said: bytes, *, ended: bool) -> None:
        """Wait for the end of one sample, and tell how it ended. said: by the fork server. ended: whether it has, as it seems."""
        if not said:  # the fork servers have gone
            os._exit(1)
        (child,) = NUMBER.unpack_from(said)
        if child < 0:
            self._control.sendall(DONE.pack(UNFORKED, -child, 0.0, 0, True, False))
            return
        news = ended or _signal.sigtimedwait(_CHILD, QUICK_SECONDS) is not None
        over, status, usage = os.wait4(child, os.WNOHANG)
        if over and news and not status and self._counter[candidate.STATE] != candidate.ENDLESS:
            # As below, for most: the shorter the way, the less of this process has to come into a core's caches.
            self._whole_page[:] = self._blank
            self._control.sendall(
                DONE.pack(ENDED, 0, usage[0] + usage[1], usage[2] * 1024, self._clean(), False)
            )
            return
        kind, look, cpu, call, idle, mark = HEADER.unpack_from(said, NUMBER.size)
        limits = Limits(cpu, call, idle)
        watch = None if over else Watch(self._control, self._counter, child, limits, mark, self._proc)
        reason = ENDED
        if watch is not None:
            reason = watch.wait(self._unheeded, lockstep=kind == b"L", look=look)
            _, status, usage = os.wait4(child, 0)
        if watch is not None or not news:
            _signal.sigtimedwait(_CHILD, 0)  # what came late would seem to be the next one's end
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == _signal.SIGSYS:
            status = _signal.SIGKILL  # by itself: seccomp.py
        used = usage.ru_utime + usage.ru_stime
        looked = watch.looks if watch else 0
        disturbed = looked > self._counter[candidate.LOOKS] and reason in (ENDED, STOPPED)
        if reason == ENDED and os.WIFSIGNALED(status):
            by_kernel = (
                os.WTERMSIG(status) == _signal.SIGXCPU or used > limits.cpu
            )  # SIGKILL, where it ignores the first
            reason = OVER_CPU if by_kernel else ENDED
        elif reason == ENDED and self._counter[candidate.STATE] == candidate.ENDLESS:
            reason, status = ENDLESS, min(self._counter[candidate.LINE], _MOST_LINES)
        self._whole_page[:] = self._blank  # for the next one
        done = DONE.pack(reason, status, used, usage.ru_maxrss * 1024, self._clean(), disturbed)
        self._control.sendall(done)

    def _clean(self) -> bool:
        """Whether /tmp is as it was, or a fresh one could be had. False: this sandbox is used up.

        The times of a folder cannot be set back, so they say whether anything was made in it. Emptying it would not
        be enough: the numbers of files made after that would tell how many there were.
        """
        if self._remount is None or _times_of_tmp() == self._untouched:
            return True
        if not self._remount():
            return False
        self._untouched = _times_of_tmp()
        while time.clock_gettime_ns(_REALTIME_COARSE) <= self._untouched[1]:  # a tick of that clock
            time.sleep(0.001)
        return True


def _times_of_tmp() -> tuple[int, int]:
    found = os.stat(b"/tmp")
    return found.st_mtime_ns, found.st_ctime_ns


class Watch:
    """Waits for the end of a child or of its limits.

    CPU time decides. A sample that sleeps lasts no longer than a call may be idle, nor, over all calls, than it may use
    the CPU. Idle is who neither used a CPU nor waited for one (scheduling.py), so that a busy machine does not end an
    honest program; CPU time excuses wall time at BUSY_SHARE, too, which is all there is where the kernel does not count
    waiting. Wall time is what passes while this process can look: a machine that is paused, or a clock that jumps, is
    nobody's idleness. In lockstep, the time in which the grader asks nothing is not the sample's.
    """

    def __init__(
        self,
        control: _socket.socket,
        counter: memoryview,
        child: int,
        limits: Limits,
        mark: bytes,
        proc: int = -1,
    ) -> None:
        """mark: that commands bear which are about this run."""
        self._control = control
        self._mark = mark
        self._counter = counter
        self._child = child
        self._limits = limits
        self._proc = proc
        self._clock = (~child << 3) | 2  # the CPU clock of another process, as clock_getcpuclockid makes it
        self._call = 0
        self._used_before = 0.0
        self._busy_before = 0.0
        self._idle_before = 0.0
        self._passed = 0.0
        self._idleness = Idleness()
        self._look_at = LOOK_SECONDS
        self._asked = False
        self._looked = self._ready = (
            0  # looks at its threads lately, and those at which one ran or waited for a CPU
        )
        self.looks = 0

    def wait(self, unheeded: bytes, *, lockstep: bool, look: bool) -> bytes:
        """How it ended. unheeded: a command that has come already. look: whether endless loops are looked for."""
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        exited = os.pidfd_open(self._child)
        self._threads = Threads(self._proc, exited)
        before = told = time.monotonic()
        stop = self._heed(unheeded)
        try:
            poller.register(exited, select.POLLIN)
            while True:
                ready = dict(poller.poll(0 if stop else TICK_SECONDS * 1000))
                if exited in ready:
                    return ENDED
                over = STOPPED if stop or (ready and self._read_command()) else b""
                now = time.monotonic()
                if not (lockstep and self._counter[candidate.WAITING] and not self._asked):
                    self._passed += min(now - before, 2 * TICK_SECONDS)
                before = now
                over = over or self._over(look=look)
                if now - told > ALIVE_SECONDS:
                    if self._ready > self._looked / 2:
                        self._control.sendall(DONE.pack(WATCHING, 0, 0.0, 0, True, False))
                    told, self._ready, self._looked = now, 0, 0
                if over:
                    _signal.pidfd_send_signal(exited, _signal.SIGKILL)
                    return over
        finally:
            os.close(exited)

    def _over(self, *, look: bool) -> bytes:
        """The limit that it has passed, if any."""
        limits, call = self._limits, self._counter[candidate.STEPS]
        busy = time.clock_gettime(self._clock)
        used = busy - self._handed(busy)
        if call != self._call:
            self._call, self._used_before, self._idle_before = call, used, self._passed
            self._look_at = LOOK_SECONDS
            self._busy_before = busy
            self._idleness.begin_call()
        in_call = used - self._used_before
        most = limits.call if call else max(limits.call, LOAD_SECONDS)
        if used > limits.cpu or in_call > most:
            return OVER_CPU
        if look and in_call > self._look_at and self._counter[candidate.STATE] == candidate.MAY_LOOK:
            self._look_at *= LOOK_AGAIN
            self.looks += 1
            os.kill(self._child, _signal.SIGVTALRM)
        idle_in_call = self._passed - self._idle_before - (busy - self._busy_before) / BUSY_SHARE
        idle = self._passed - busy / BUSY_SHARE
        if self._threads.known:
            self._threads.look()
            self._looked += 1
            self._ready += "R" in self._threads.states
            self._idleness.note(self._passed, busy, self._threads.waited, self._threads.states)
            idle_in_call = min(idle_in_call, self._idleness.in_call)
            idle = min(idle, self._idleness.whole)
        return IDLE if idle_in_call > limits.idle or idle > max(limits.cpu, limits.idle) else b""

    def _handed(self, busy: float) -> float:
        """Seconds of CPU that went into handing over, as the sample's process says, who cannot gain more than that."""
        done, since = self._counter[candidate.HANDED], self._counter[candidate.SINCE]
        going = max(busy - since / 1e6, 0.0) if since else 0.0
        return float(min(done / 1e6 + going, HANDING_SECONDS, busy))

    def _read_command(self) -> bool:
        """Read what the grader says; whether it wants the sample stopped. The sample has no word in that. Its end ends this process and the sandbox."""
        head = receive(self._control, HEADER.size)
        if head is None:
            os._exit(0)
        return self._heed(head)

    def _heed(self, command: bytes) -> bool:
        """Whether the sample is to be stopped. What is said about one that has ended changes nothing."""
        if not command.endswith(self._mark):
            return False
        self._asked = command[:1] == b"Q"
        return command[:1] == b"K"
