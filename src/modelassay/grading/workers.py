"""A test runner process from the caller's side: start, give programs, hear verdicts, notice its death."""

import contextlib
import marshal
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from typing import Any, Final

from modelassay.core.errors import SandboxError
from modelassay.grading.boundary.wire import FRAME, SandboxBrokeError, framed, framed_parts, unpack
from modelassay.grading.patience import Patience
from modelassay.grading.problem_messages import problem_messages
from modelassay.grading.sandbox.level import attack
from modelassay.grading.sandbox.process_start import (
    SandboxSettings,
    ServerProcess,
    bare_environment,
    boot_command,
    sandbox_settings,
)
from modelassay.grading.sandbox.sample_run import Run
from modelassay.grading.sandbox.sandbox import Sandbox
from modelassay.grading.sandbox.scheduling import ANY_CPU, waited_seconds
from modelassay.grading.tests_folder import remove_of

STUCK_SHARE: Final = 0.01  # of a core, under which a test runner does not use the CPU
LOOK_SECONDS: Final = 1.0  # without a word before its CPU time is looked at: most say something sooner
WORDS_KEPT: Final = 4096  # bytes of what it wrote to stderr
DEFAULT_PATIENCE: Final = Patience()
TRIES: Final = 2  # of a program whose tests ran over their CPU limit, or ended the test runner themselves
KILLED_TRIES: Final = 6  # of one whose test runner or sandbox was killed, hardly ever the program's doing
_OWN_SIGNALS: Final = (
    signal.SIGABRT,
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGILL,
    signal.SIGTRAP,
)


_STARTED: Final[weakref.WeakSet["Worker"]] = weakref.WeakSet()
_STARTING: Final = threading.RLock()  # held by whoever starts one, and while this process is forked


def _abandon_all() -> None:
    """Leave every test runner to the parent that this process was forked from."""
    for worker in list(_STARTED):
        worker.abandon()
    _STARTED.clear()
    _STARTING.release()


os.register_at_fork(before=_STARTING.acquire, after_in_parent=_STARTING.release, after_in_child=_abandon_all)


class WorkerDiedError(Exception):
    """The test runner has gone. `status`: its exit status, negative for a signal."""

    def __init__(self, status: int | None, words: str = "", *, silent: bool = False) -> None:
        said = f"; it wrote: {words}" if words else ""
        how = "did nothing for too long and was stopped" if silent else f"ended with status {status}"
        super().__init__(f"the test runner {how}{said}")
        self.status = status
        self.silent = silent

    @property
    def tries(self) -> int:
        """How often a program may be tried that this happens with."""
        return 1 if self.silent else TRIES if self.by_limit or self.by_itself else KILLED_TRIES

    @property
    def by_itself(self) -> bool:
        """Whether nobody killed it: it exited, or broke, and would do so again."""
        return self.status is not None and (self.status >= 0 or -self.status in _OWN_SIGNALS)

    @property
    def by_limit(self) -> bool:
        """Whether the tests ran over their CPU limit, which a program's values can make them do."""
        return self.status == -signal.SIGXCPU and not self.silent

    def verdict(self, problem: dict[str, Any]) -> dict[str, Any]:
        """What this means for a program that it keeps happening with: tests over their limit, or our fault."""
        if self.by_limit:
            said = "the tests did not end on what it returned"
            return {"grades": [(name, "timed-out", said, 0.0, None, None) for name, _ in problem["suites"]]}
        return {"fault": str(self)}


class Worker:
    """One test runner. `problem`: the key of the problem it knows, 0 for none."""

    def __init__(
        self,
        limits: dict[str, Any],
        *,
        allow_weak: bool,
        patience: Patience = DEFAULT_PATIENCE,
        cpu: int = ANY_CPU,
    ) -> None:
        """cpu: the one that all its processes stay on once they are ready."""
        self._cpu = cpu
        self._limits = limits
        self._patience = patience
        self._allow_weak = allow_weak
        self.problem = 0
        self._pending: list[int] = []
        self._start()

    def _start(self) -> None:
        with _STARTING:
            self._start_processes()
            _STARTED.add(self)

    def _start_processes(self) -> None:
        ours, theirs = socket.socketpair()
        self._lifeline_read, self._lifeline = os.pipe2(os.O_CLOEXEC)
        settings = sandbox_settings(self._limits)._replace(cpu=self._cpu)
        self._server = ServerProcess.start(settings, spare=True)
        attacked = self._attacked(settings)
        options = {
            "limits": self._limits, "path": self._path(), "server": self._server.descriptors,
            "attack": attacked.descriptor if attacked else -1, "allow_weak": self._allow_weak,
            "patience": tuple(self._patience), "cpu": self._cpu,
        }  # fmt: skip
        given = [theirs.fileno(), self._lifeline_read, *self._server.descriptors]
        with theirs:
            self._process = subprocess.Popen(
                boot_command(
                    "test_runner_process",
                    str(theirs.fileno()),
                    str(self._lifeline_read),
                    marshal.dumps(options, 2).hex(),
                    python=settings.python,
                ),
                env=bare_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[*given, attacked.descriptor] if attacked else given,
                start_new_session=True,
                cwd="/",
            )
        os.close(self._lifeline_read)
        self._server.let_go()
        if attacked:
            attacked.close()
        self._socket = ours
        self._heard = b""
        self._words = b""
        self._ready = False
        self._silence, self._busy_before = 0.0, -1.0  # not looked at yet
        self._stopped = False
        os.set_blocking(self.words, False)

    def _path(self) -> list[str]:
        """Where the test runner looks for modules: where this process does, or the interpreter that was asked for."""
        if not self._limits["python"]:
            return [p for p in sys.path if p]
        from modelassay.grading.sandbox.environments import environment

        return list(environment(self._limits["python"]).path)

    def _attacked(self, settings: SandboxSettings) -> Run | None:
        """Have the layers attacked as soon as the server is ready. None: it has gone, and the test runner will say why."""
        try:
            return attack(Sandbox(settings, self._server))
        except SandboxBrokeError:
            return None

    @property
    def busy(self) -> bool:
        return bool(self._pending)

    @property
    def left(self) -> int:
        """How many programs it has been given and not told the verdicts on."""
        return len(self._pending)

    def fileno(self) -> int:
        return self._socket.fileno()

    def give(self, key: int, problem: dict[str, Any], programs: Sequence[tuple[int, str, str]]) -> None:
        """Send programs as (number, text, form), and the problem when the test runner does not know it yet."""
        known = key == self.problem
        self.problem = key
        self._pending += [number for number, _, _ in programs]
        self._silence, self._busy_before = 0.0, -1.0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `news` will say that it died
            for message in () if known else problem_messages(key, problem):
                for part in framed_parts(message):  # made when the one before it is gone
                    self._socket.sendall(part)
            self._socket.sendall(framed(("grade", key, list(programs))))

    def news(self) -> Iterator[dict[str, Any]]:
        """What the test runner has said. Raises WorkerDiedError."""
        try:
            part = self._socket.recv(1 << 16)
        except ConnectionResetError:
            part = b""
        if not part:
            raise self._buried()
        self._silence, self._busy_before = 0.0, -1.0
        self._server.reap()  # the test runner may have replaced it
        self._heard += part
        while len(self._heard) >= FRAME.size:
            end = FRAME.size + FRAME.unpack_from(self._heard)[0]
            if len(self._heard) < end:
                return
            said, self._heard = unpack(self._heard[FRAME.size : end]), self._heard[end:]
            self._ready = True
            if "alive" not in said:
                yield said

    def _buried(self) -> WorkerDiedError:
        status = self._process.wait()
        remove_of(self._process.pid)
        self.drain()
        lines = self._words.decode("utf-8", "replace").strip().splitlines()
        last = lines[-1][:300] if lines else ""
        if not self._ready and status >= 0:  # a signal is somebody else's doing
            raise SandboxError(
                f"the test runner did not start: {last or 'no message'}", hint="run `assay doctor`"
            )
        return WorkerDiedError(status, last, silent=self._stopped)

    @property
    def words(self) -> int:
        """Where what it writes to stderr comes from."""
        assert self._process.stderr is not None
        return self._process.stderr.fileno()

    def drain(self) -> bool:
        """Read what it has written to stderr, so that it never waits for a reader; False when there will be no more."""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self.words, 1 << 16):
                self._words = (self._words + part)[-WORDS_KEPT:]
            return False
        return True

    def _used(self) -> float:
        """Seconds of CPU that it has used, or waited for on a busy machine; 0 when it has ended."""
        pid = self._process.pid
        try:
            return time.clock_gettime((~pid << 3) | 2) + waited_seconds(
                pid
            )  # as clock_getcpuclockid makes it
        except OSError:
            return 0.0

    def passed(self, seconds: float) -> None:
        """Note that it has been waited for without news. It is stopped once that cannot be right any more."""
        if not self.busy:
            return
        self._silence += seconds
        if self._silence < min(LOOK_SECONDS, self._patience.stuck / 2):
            return
        if self._busy_before < 0.0:
            self._busy_before = self._used()
        used = self._used() - self._busy_before
        stuck = self._silence > self._patience.stuck and used < STUCK_SHARE * self._silence
        if (stuck or self._silence > self._patience.silence) and not self._stopped:
            self._stopped = True
            self.kill()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def finished(self, number: int) -> None:
        self._pending.remove(number)

    def unfinished(self) -> list[int]:
        return list(self._pending)

    def restart(self) -> None:
        """A fresh test runner in its place, which knows no problem."""
        self.close()
        self.problem, self._pending = 0, []
        self._start()

    def abandon(self) -> None:
        """In a forked child: close the copies of what the parent holds, so that its test runner ends with the parent."""
        self._socket.close()
        with contextlib.suppress(OSError):
            os.close(self._lifeline)
        self._server.abandon()
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._process.returncode = 0  # it is no child of this process: nobody here is to wait for it

    def close(self) -> None:
        """End the test runner, its sandbox and everything in it."""
        self._socket.close()
        with contextlib.suppress(OSError):
            os.close(self._lifeline)
        self.kill()
        self._process.wait()
        remove_of(self._process.pid)
        self._server.end()
        if self._process.stderr is not None:
            self._process.stderr.close()


def wait_for_any(workers: Sequence[Worker], seconds: float, wake: int = -1) -> list[Worker]:
    """The workers with news, none after that time. Those that are stuck are killed, which will be news.

    wake: a descriptor that ends the waiting once it is readable; -1 for none.
    """
    by_descriptor = {worker.fileno(): worker for worker in workers}
    writing = {worker.words: worker for worker in workers}
    poller = select.poll()
    for descriptor in (*by_descriptor, *writing, *([wake] if wake >= 0 else ())):
        poller.register(descriptor, select.POLLIN)
    left = seconds
    while True:
        started = time.monotonic()
        found = [descriptor for descriptor, _ in poller.poll(1000 * min(left, 1.0))]
        # A second at most: what is more is a machine that was paused, or a clock that jumped.
        waited = min(time.monotonic() - started, 1.0)
        left -= waited
        for descriptor in found:
            if descriptor in writing and not writing[descriptor].drain():
                poller.unregister(descriptor)
        ready = [by_descriptor[descriptor] for descriptor in found if descriptor in by_descriptor]
        for worker in workers:
            if worker not in ready:
                worker.passed(waited)
        if ready or left <= 0.0 or wake in found:
            return ready
