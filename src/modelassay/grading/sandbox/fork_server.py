"""The fork server: one small process in the sandbox that forks a child for each candidate.

Started by sandbox.py as a plain interpreter with nothing of ours loaded but this file and those it names.
It runs no candidate code itself; it is process 1 of its PID namespace, so that nothing in there can stop
or kill it and everything in there dies with it. It ends when its control socket is closed.

The control socket carries, towards the server (header HEADER, then `size` bytes):
    B  the batch of operations that the following candidates are asked
    J  run the program with that batch; two descriptors come with it: answers (write), further calls (read)
    A  as J, of a program that can do without what `prepare` gets: a server just started takes it up at once
    K  stop the running candidate
and back: one DONE per candidate, after every process of it is gone.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket  # `socket` loads `array`, with which every answer takes the codec's slow writer
import ctypes
import gc
import marshal
import mmap
import os
import resource
import select
import struct
import sys
import time

from modelassay.grading.boundary import codec
from modelassay.grading.boundary.wire import (
    DIGEST,
    DONE,
    ENDED,
    ENDLESS,
    FRAME,
    HEADER,
    IDLE,
    OVER_CPU,
    PLAIN,
    STOPPED,
    receive,
)
from modelassay.grading.sandbox import candidate, namespaces, seccomp

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final

BUSY_SHARE: Final = 0.05  # a candidate that gets less of a core than this counts as idle
_RIGHTS_SPACE: Final = _socket.CMSG_SPACE(8)  # two descriptors
TICK_SECONDS: Final = 0.05
QUICK_SECONDS: Final = 0.01  # a candidate may take before it is watched
_CHILD: Final = (_signal.SIGCHLD,)
LOOK_SECONDS: Final = 0.04  # of CPU in one call, after which nontermination.py looks whether it will ever end
LOAD_SECONDS: Final = 3.0  # of CPU that loading may take at least: importing numpy takes up to one
IDLE_SECONDS: Final = 0.02  # of silence, after which a server goes on getting ready
UNPREPARED: Final = 3  # programs it runs before that: the attack, a reference and a candidate
WARM_ROUNDS: Final = 16
_MOST_LINES: Final = 1 << 30
PRELOADED: Final = (
    "math", "re", "collections", "typing", "itertools", "functools", "heapq", "string", "copy", "random",
    "bisect", "operator", "datetime", "signal", "contextlib", "_ast",
)  # fmt: skip


# The C library's own: os.fork would run hooks in the child that a process with one thread does not need, and with
# them seed `random` anew, so that a program's draws, and with them its verdict, would change from run to run.
_fork: Final = ctypes.PyDLL(None).fork


class Server:
    """Serves one grader over one socket, one candidate at a time."""

    def __init__(self, control: _socket.socket, *, first_process: bool, filtered: bool) -> None:
        self._control = control
        self._preparation: Iterator[None] | None = prepare()
        self._filtered = filtered
        self._first_process = first_process
        self._batch = b""
        # The candidate counts its steps here, loading and then each call. It can lie, and so have the limit in all
        # for one call.
        self._calls = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("Q")

    def serve(self) -> None:
        news = select.poll()
        news.register(self._control, select.POLLIN)
        jobs = 0
        while True:
            while self._preparation is not None and (
                jobs >= UNPREPARED or not news.poll(IDLE_SECONDS * 1000)
            ):
                self._prepare()
            head, rights, _, _ = self._control.recvmsg(HEADER.size, _RIGHTS_SPACE)
            descriptors = [n for _, _, raw in rights for n in struct.unpack(f"{len(raw) // 4}i", raw)]
            if not head:
                return
            rest = receive(self._control, HEADER.size - len(head))
            if rest is None:
                return
            kind, size, *limits = HEADER.unpack(head + rest)
            body = receive(self._control, size)
            if body is None:
                return
            if kind == b"B":
                self._batch = body
            elif kind in (b"A", b"J"):
                jobs += 1
                while kind == b"J" and self._preparation is not None and b"import" in body:
                    self._prepare()
                self._job(body, descriptors, *limits)

    def _prepare(self) -> None:
        """Go on with the preparation a little; it is None once it is done."""
        assert self._preparation is not None
        if next(self._preparation, self) is self:
            self._preparation = None

    def _job(self, program: bytes, descriptors: list[int], cpu: float, call: float, idle: float) -> None:
        started = time.monotonic()
        self._calls[0] = self._calls[1] = 0
        child = _fork()
        if child == 0:
            self._become_candidate(program, descriptors, cpu)
        # Most are done by then. Whatever this process writes to before would have to be copied, as the child has it too.
        _signal.sigtimedwait(_CHILD, QUICK_SECONDS)
        ended, status, usage = os.wait4(child, os.WNOHANG)
        for descriptor in descriptors:
            os.close(descriptor)
        reason = ENDED if ended else self._watch(child, cpu, call, idle)
        if reason != ENDED:
            os.kill(child, _signal.SIGKILL)
        if not ended:
            _, status, usage = os.wait4(child, 0)
        used = usage.ru_utime + usage.ru_stime
        if reason == ENDED and os.WIFSIGNALED(status):
            by_kernel = (
                os.WTERMSIG(status) == _signal.SIGXCPU or used > cpu
            )  # SIGKILL, where it ignores the first
            reason = OVER_CPU if by_kernel else ENDED
        elif reason == ENDED and self._calls[1] == candidate.ENDLESS:
            reason, status = ENDLESS, min(self._calls[2], _MOST_LINES)
        if self._kill_descendants() or not ended:
            _signal.sigtimedwait(_CHILD, 0)  # what came late would seem to be the next one's end
        wall = time.monotonic() - started
        done = DONE.pack(reason, status, used, wall, usage.ru_maxrss * 1024, self._clean())
        self._control.sendall(done)

    def _become_candidate(self, program: bytes, descriptors: list[int], cpu: float) -> None:
        """In the child: never returns."""
        try:
            self._control.close()
            _signal.pthread_sigmask(_signal.SIG_UNBLOCK, _CHILD)
            whole = int(cpu) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))
            if self._filtered and not self._first_process:
                seccomp.install(processes=False)
            confine = seccomp.refuse_processes if self._filtered else _nothing
            answers, *calls = descriptors
            channels = answers, calls[0] if calls else None
            candidate.main(program, self._batch, self._calls, confine, channels)
        finally:
            os._exit(1)

    def _watch(self, child: int, cpu: float, call: float, idle: float) -> bytes:
        """Wait for the end of the child or of its limits.

        CPU time decides. Wall time is excused by CPU time at BUSY_SHARE, so that a busy machine does not
        end an honest program, and a sleeping one lasts no longer than its idle limit.
        """
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        exited = os.pidfd_open(child)
        started = time.monotonic()
        calls, used_before, looked = 0, 0.0, -1
        clock = (~child << 3) | 2  # the CPU clock of another process, as clock_getcpuclockid makes it
        try:
            poller.register(exited, select.POLLIN)
            while True:
                ready = dict(poller.poll(TICK_SECONDS * 1000))
                if exited in ready:
                    return ENDED
                if ready and self._stop_asked():
                    return STOPPED
                used = time.clock_gettime(clock)
                if self._calls[0] != calls:
                    calls, used_before = self._calls[0], used
                most = call if calls else max(call, LOAD_SECONDS)
                if used > cpu or used - used_before > most:
                    return OVER_CPU
                long = used - used_before > LOOK_SECONDS
                if long and looked != calls and self._calls[1] == candidate.MAY_LOOK:
                    looked = calls
                    os.kill(child, _signal.SIGVTALRM)
                if time.monotonic() - started > idle + used / BUSY_SHARE:
                    return IDLE
        finally:
            os.close(exited)

    def _stop_asked(self) -> bool:
        """Read the K, or the end of the grader, which ends this process and all of the sandbox with it."""
        head = receive(self._control, HEADER.size)
        if head is None:
            os._exit(0)
        return True

    def _kill_descendants(self) -> bool:
        """Everything but process 1 itself; only where "everything" means this sandbox. False: there was nothing."""
        if not self._first_process:
            return False
        try:
            os.kill(-1, _signal.SIGKILL)
        except ProcessLookupError:
            return False
        try:
            while True:
                os.waitpid(-1, 0)
        except ChildProcessError:
            return True

    def _clean(self) -> bool:
        """Remove what the candidate left in /tmp; False: not all of it, so this sandbox is used up."""
        if not self._first_process:
            return True
        for name in os.listdir(b"/tmp"):  # noqa: PTH208 - names that are no text
            try:
                os.unlink(b"/tmp/" + name)  # noqa: PTH108
            except OSError:
                return False
        return True


def _nothing() -> None:
    """Where there is no seccomp there is nothing to put on."""


# --- the start ------------------------------------------------------------------------------------------
def limit_resources(options: dict[str, Any]) -> None:
    """Limits that the server and every candidate share; CPU time is set for each candidate."""
    hard = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_FSIZE: options["tmp_bytes"],
        resource.RLIMIT_AS: options["memory_bytes"],
        resource.RLIMIT_MEMLOCK: 1 << 16,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NPROC: options["processes"],
        resource.RLIMIT_SIGPENDING: 64,
    }
    for limit, value in hard.items():
        _, most = resource.getrlimit(limit)
        allowed = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(limit, (allowed, allowed))


def prepare() -> Iterator[None]:
    """Do here once what every candidate's process would have to do again: half of a trivial one's time.

    A little at a time, so that it can wait while something is to be done: the first verdict needs little of it.
    """
    for name in PRELOADED:
        __import__(name)
        if name == "random":
            sys.modules[name].seed(0)
        yield
    yield from warm_up()
    gc.collect()
    gc.freeze()
    gc.disable()


def warm_up() -> Iterator[None]:
    """Run a small program again and again. Between two times nothing is open that a candidate could inherit.

    Code that has run a few times is specialised, and no longer writes to its pages, each of which a child would
    have to copy.
    """
    operation = PLAIN + marshal.dumps(("c", "warm", (1,), {}, DIGEST), 2)
    batch = FRAME.pack(len(operation)) + operation
    for _ in range(WARM_ROUNDS):
        read, write = os.pipe()
        counter = memoryview(bytearray(3 * 8)).cast("Q")
        candidate.Answers(_nothing, counter, write, None).run(
            b"def warm(x):\n    return [y for y in (x, 2)]\n", 2 * batch
        )
        os.close(read)
        os.close(write)
        sys.modules.pop("candidate")
        _signal.signal(_signal.SIGVTALRM, _signal.SIG_DFL)  # which process 1 does not get from below
        yield


def start(control: _socket.socket, options: dict[str, Any]) -> None:
    """Build the sandbox, check it, serve. Every layer that could not be had is missing in the report."""
    layers: dict[str, str] = {}
    inside = False
    if "namespaces" not in options["without"]:
        try:
            inside = namespaces.enter()
            layers["namespaces"] = "user" if inside else "root"
        except OSError as error:
            layers["no namespaces"] = str(error)
    if "namespaces" in layers:
        child = os.fork()
        if child:
            control.close()
            _, status = os.waitpid(child, 0)
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    os.environ.clear()
    sys.argv[:], sys.orig_argv[:] = ["candidate"], []
    if "namespaces" in layers:
        namespaces.build_root(options["packages"], options["tmp_bytes"])
        sys.path.append(namespaces.PACKAGES)
        namespaces.give_up_rights(in_user_namespace=inside)
    namespaces.die_with_parent()
    limit_resources(options)
    layers["rlimits"] = "yes"
    if "seccomp" not in options["without"] and seccomp.supported():
        try:
            seccomp.install(processes=True)
            layers["seccomp"] = "yes"
        except OSError as error:
            layers["no seccomp"] = str(error)
    os.dup2(1, 2)  # the candidates' messages go nowhere
    compile("", "", "exec")  # the first compilation in a process makes a hundred types
    ready = codec.encode(layers)
    control.sendall(struct.pack("<I", len(ready)) + ready)
    gc.freeze()
    gc.disable()
    _signal.pthread_sigmask(_signal.SIG_BLOCK, _CHILD)  # to be waited for
    Server(control, first_process="namespaces" in layers, filtered="seccomp" in layers).serve()


def main() -> None:
    """Arguments: the control socket's descriptor, and the options in hexadecimal digits of their bytes."""
    control = _socket.socket(fileno=int(sys.argv[1]))
    start(control, marshal.loads(bytes.fromhex(sys.argv[2])))
    ctypes.CDLL(None)._exit(0)
