"""A test runner process from the caller's side: start, give programs, hear verdicts, notice its death."""

import contextlib
import marshal
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from modelassay.core.errors import SandboxError
from modelassay.grading.boundary.wire import FRAME, SandboxBrokeError, framed, unpack
from modelassay.grading.sandbox.process_start import (
    Room,
    ServerProcess,
    bare_environment,
    boot_command,
    room_for,
)
from modelassay.grading.sandbox.sandbox import Run, Sandbox, attack

SILENCE_SECONDS: Final = 900.0  # far beyond what a test runner can need for one program


class WorkerDiedError(Exception):
    """The test runner has gone. `status`: its exit status, negative for a signal."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"the test runner ended with status {status}")
        self.status = status

    @property
    def by_limit(self) -> bool:
        """Whether the tests ran over their CPU limit, which a program's values can make them do."""
        return self.status == -signal.SIGXCPU

    def verdict(self, problem: dict[str, Any]) -> dict[str, Any]:
        """What this means for a program that it keeps happening with: tests over their limit, or our fault."""
        if self.by_limit:
            said = "the tests did not end on what it returned"
            return {"grades": [(name, "timed-out", said, 0.0) for name, _ in problem["suites"]]}
        return {"fault": str(self)}


class Worker:
    """One test runner. `problem`: the key of the problem it knows, 0 for none."""

    def __init__(self, limits: dict[str, Any], *, allow_weak: bool) -> None:
        self._limits = limits
        self._allow_weak = allow_weak
        self.problem = 0
        self._pending: list[int] = []
        self._start()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._lifeline_read, self._lifeline = os.pipe2(os.O_CLOEXEC)
        room = room_for(self._limits)
        self._server = ServerProcess.start(room)
        attacked = self._attacked(room)
        options = {
            "limits": self._limits, "path": [p for p in sys.path if p], "server": self._server.descriptors,
            "attack": attacked.descriptor if attacked else -1, "allow_weak": self._allow_weak,
        }  # fmt: skip
        given = [theirs.fileno(), self._lifeline_read, *self._server.descriptors]
        with theirs:
            self._process = subprocess.Popen(
                boot_command(
                    "test_runner_process",
                    str(theirs.fileno()),
                    str(self._lifeline_read),
                    marshal.dumps(options, 2).hex(),
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
        self._last = time.monotonic()

    def _attacked(self, room: Room) -> Run | None:
        """Have the layers attacked as soon as the server is ready. None: it has gone, and the test runner will say why."""
        try:
            return attack(Sandbox(room, self._server))
        except SandboxBrokeError:
            return None

    @property
    def busy(self) -> bool:
        return bool(self._pending)

    def fileno(self) -> int:
        return self._socket.fileno()

    def give(self, key: int, problem: dict[str, Any], programs: Sequence[tuple[int, str, str]]) -> None:
        """Send programs as (number, text, form), and the problem when the test runner does not know it yet."""
        messages = [] if key == self.problem else [framed(("problem", key, problem))]
        messages.append(framed(("grade", key, list(programs))))
        self.problem = key
        self._pending = [number for number, _, _ in programs]
        self._last = time.monotonic()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `news` will say that it died
            for message in messages:
                self._socket.sendall(message)

    def news(self) -> Iterator[dict[str, Any]]:
        """What the test runner has said. Raises WorkerDiedError."""
        try:
            part = self._socket.recv(1 << 16)
        except ConnectionResetError:
            part = b""
        if not part:
            raise WorkerDiedError(self._buried())
        self._last = time.monotonic()
        self._server.reap()  # the test runner may have replaced it
        self._heard += part
        while len(self._heard) >= FRAME.size:
            end = FRAME.size + FRAME.unpack_from(self._heard)[0]
            if len(self._heard) < end:
                return
            said, self._heard = unpack(self._heard[FRAME.size : end]), self._heard[end:]
            self._ready = True
            yield said

    def _buried(self) -> int | None:
        _, words = self._process.communicate()
        if not self._ready and self._process.returncode >= 0:  # a signal is somebody else's doing
            last = words.decode("utf-8", "replace").strip().splitlines()
            raise SandboxError(
                f"the test runner did not start: {last[-1] if last else 'no message'}",
                hint="run `assay doctor`",
            )
        self._words = words
        return self._process.returncode

    @property
    def silent(self) -> bool:
        """Whether it has said nothing for longer than any program can take."""
        return self.busy and time.monotonic() - self._last > SILENCE_SECONDS

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

    def close(self) -> None:
        """End the test runner, its sandbox and everything in it."""
        self._socket.close()
        with contextlib.suppress(OSError):
            os.close(self._lifeline)
        self.kill()
        self._process.wait()
        self._server.end()
        if self._process.stderr is not None:
            self._process.stderr.close()


def wait_for_any(workers: Sequence[Worker], seconds: float) -> list[Worker]:
    """The workers with news, none after that time. Silent ones are killed, which will be news."""
    by_descriptor = {worker.fileno(): worker for worker in workers}
    poller = select.poll()
    for descriptor in by_descriptor:
        poller.register(descriptor, select.POLLIN)
    ready = [by_descriptor[descriptor] for descriptor, _ in poller.poll(1000 * seconds)]
    if not ready:
        for worker in workers:
            if worker.silent:
                worker.kill()
    return ready
