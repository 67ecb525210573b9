"""The place a sample runs in, from the grader's side: start it, run a program in it, read its answers.

What is covered: see docs/security.md. The only file through which untrusted code is run.
"""

from __future__ import annotations

import _socket
import os
import select
import struct
import time

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.codec import decode
from modelassay.grading.boundary.wire import (
    DONE,
    FRAME,
    HEADER,
    UNFORKED,
    WATCHING,
    SandboxBrokeError,
    payload_of,
    receive,
)
from modelassay.grading.sandbox.descriptors import PIPE_BYTES, sample_descriptors
from modelassay.grading.sandbox.process_start import Limit, SandboxSettings, ServerProcess

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final, Self

START_SECONDS: Final = 30.0
_FORK_SERVERS: Final = 2
_NO_MARK: Final = b"\0\0\0\0"  # of a run that another process may take over
LOOK_SECONDS: Final = 0.005  # how long answers may wait in the pipe before they are read while they come
MOST_SECONDS: Final = (
    2.0  # that can pass between two looks; more is a machine that was paused, or a clock that jumped
)
SAY_SECONDS: Final = 1.0  # between two words that this process is alive


class Done(NamedTuple):
    """How a sample's process ended, after every process of it was gone."""

    reason: bytes
    status: int
    cpu_seconds: float
    peak_bytes: int
    clean: bool
    disturbed: bool  # by being looked at for endless loops: to be run again without


class Run:
    """One sample running: its answers in order, and how it ended."""

    def __init__(self, sandbox: Sandbox, answers: int, calls: int | None, limit: Limit) -> None:
        self._sandbox = sandbox
        self._answers = answers
        self._calls = calls
        self._limit = limit
        self._clock = time.monotonic()
        self._lasted = 0.0  # seconds, less those in which this process could not run either
        self._excused = 0.0  # those of them in which the sample waited for a CPU
        self._heard = 0.0  # when the supervisor last said so, on that clock
        self._asked = 0.0  # when the latest question was asked, on that clock
        self._unanswered = 0.0  # seconds that earlier questions took
        self._said = 0.0  # when somebody was told that this process is alive, on that clock
        self._told = False  # whether the supervisor knows that one is asked
        self._buffer = bytearray()
        self._frames: list[bytes] = []
        self._total = 0
        self.flooded = False
        self.done: Done | None = None
        self.mark = _NO_MARK  # by which the supervisor knows what is said about this run
        self.when_over: Callable[[Done], None] = _nothing_more  # called once, with how it ended

    @property
    def is_latest(self) -> bool:
        """Whether nothing has been run in its sandbox since."""
        return self._sandbox.latest is self

    @property
    def descriptor(self) -> int:
        """Where its answers come from; for another process, which takes the run over with `Sandbox.adopt`."""
        return self._answers

    def answer(self, number: int) -> bytes | None:
        """Frame `number` (0: how loading went); `None` when the run has ended without it."""
        while len(self._frames) <= number:
            if self.done is not None or self.flooded:
                return None
            self._wait()
        if self._calls is not None:
            self._answered()
        return self._frames[number]

    def ask(self, operation: bytes) -> None:
        """Send one more operation; when the sample has gone, its end will say so."""
        assert self._calls is not None
        self._pass()
        self._asked = self._lasted
        data = memoryview(FRAME.pack(len(operation)) + operation)
        try:
            while data and self.done is None:
                ready = self._sandbox.poll([(self._calls, select.POLLOUT)], 0.1)
                if self._calls in ready:
                    data = data[os.write(self._calls, data[:65536]) :]
                elif self._sandbox.control_fd in ready:
                    self._ended()
                else:
                    self._pass()
        except BrokenPipeError:
            return

    def finish(self) -> Done:
        """Stop what still runs and wait until all of it is gone. Its answers so far can still be read."""
        if self._calls is not None:
            os.close(self._calls)
            self._calls = None
        if self.done is None:
            if self._sandbox.poll([], LOOK_SECONDS if self._frames else 0.0):
                self._ended()
            if self.done is None:
                self._sandbox.stop_candidate(self)
            while self.done is None:
                self._wait(reading=False)
        self.close()
        return self.done

    def _wait(self, *, reading: bool = True) -> None:
        """Until there is news: an end, or answers once the run has lasted long enough to look at them."""
        self._pass()
        look = reading and (self._calls is not None or self._lasted > LOOK_SECONDS)
        ready = self._sandbox.poll(
            [(self._answers, select.POLLIN)] if look else [], 1.0 if look or not reading else LOOK_SECONDS
        )
        if self._answers in ready:
            self._read()
        if self._sandbox.control_fd in ready:
            self._ended()

    def _pass(self) -> None:
        """Note how long it has lasted, and see to one that says that it has not been asked anything.

        It says so where it can write, and whoever says so is nobody's time: supervisor.py.
        """
        now = time.monotonic()
        self._lasted += min(now - self._clock, MOST_SECONDS)
        self._clock = now
        if self._lasted - self._said > SAY_SECONDS:
            self._said = self._lasted
            self._sandbox.alive()
        if self._lasted - self._excused > self._limit.wall_seconds:
            raise SandboxBrokeError("the sandbox did not end a sample in time")
        if self._calls is None or self._told:
            return
        one, most = self._limit.idle_seconds, max(self._limit.cpu_seconds, self._limit.idle_seconds)
        if self._lasted - self._asked > one or self._unanswered + self._lasted - self._asked > most:
            self._told = True
            self._sandbox.announce_question(self, asked=True)

    def _answered(self) -> None:
        """What has been asked is answered."""
        self._pass()
        self._unanswered += self._lasted - self._asked
        self._asked = self._lasted
        if self._told:
            self._told = False
            self._sandbox.announce_question(self, asked=False)

    def _ended(self) -> None:
        self.done = self._sandbox.read_done()
        if self.done is None:
            self._excused += self._lasted - self._heard
            self._heard = self._lasted
        else:
            self.when_over(self.done)
        while self.done is not None and not self.flooded and self._read():
            pass

    def _read(self) -> bool:
        """Take what is in the pipe; False when there is nothing more for now, or for ever."""
        try:
            part = os.read(self._answers, PIPE_BYTES)
        except BlockingIOError:
            return False
        self._buffer += part
        self._total += len(part)
        self._split()
        return bool(part)

    def _split(self) -> None:
        at = 0
        while len(self._buffer) - at >= FRAME.size:
            (size,) = FRAME.unpack_from(self._buffer, at)
            if size > self._limit.answer_bytes or self._total > 4 * self._limit.answer_bytes:
                self.flooded = True
                self._buffer.clear()
                return
            if len(self._buffer) - at - FRAME.size < size:
                break
            start = at + FRAME.size
            self._frames.append(bytes(self._buffer[start : start + size]))
            at = start + size
        del self._buffer[:at]

    def close(self) -> None:
        """Hear no more of it."""
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1


def _nothing_more(_: Done) -> None:
    """Where nobody waits for the end of a run."""


def _nothing() -> None:
    """Where nobody has to be told that this process is alive."""


class Sandbox:
    """One fork server in its namespaces. Not for several threads. Raises SandboxBrokeError when it breaks."""

    def __init__(self, settings: SandboxSettings, born: ServerProcess | None = None) -> None:
        """born: a server with these settings that has been started already."""
        self.settings = settings
        self._poller = select.poll
        self._run: Run | None = None
        self._server = born or ServerProcess.start(settings)
        self._control = self._server.control
        self._forks: list[_socket.socket] = []  # of the fork servers, once they are ready
        self._layers: dict[str, str] | None = None
        self.waiting = False  # for a sample
        self.alive: Callable[[], None] = _nothing  # called every second or so while it waits

    @property
    def latest(self) -> Run | None:
        """The run that was started here last, or adopted."""
        return self._run

    @property
    def control_fd(self) -> int:
        return self._control.fileno()

    def layers(self) -> dict[str, str]:
        """What the server says it could set up. Waits for it to be ready."""
        if self._layers is None:
            self._control.settimeout(START_SECONDS)
            try:
                head, rights, _, _ = self._control.recvmsg(
                    FRAME.size, _socket.CMSG_SPACE(8), _socket.MSG_CMSG_CLOEXEC
                )
                got = [n for _, _, raw in rights for (n,) in struct.iter_unpack("i", raw)]
                self._forks = [_socket.socket(fileno=n) for n in got]
                if head and len(got) < _FORK_SERVERS:
                    raise SandboxBrokeError("the sandbox could not be reached: no descriptor is left for it")
                head += receive(self._control, FRAME.size - len(head)) or b""
                body = head and receive(self._control, FRAME.unpack(head)[0])
            except OSError:  # too late, or gone with the attack unread
                body = None
            self._control.settimeout(None)
            if not body:
                raise SandboxBrokeError(f"the sandbox did not start: {self._server.last_words()}")
            self._layers = decode(body)
        return self._layers

    def run(
        self,
        program: bytes,
        operations: Sequence[bytes],
        limit: Limit,
        *,
        lockstep: bool,
        early: bool = False,
        look: bool = True,
    ) -> Run:
        """Start a program. Its operations are done at once; with `lockstep` more can be asked after them.

        early: do not wait for the server to be ready; it will take this up when it is. Ask for `layers` before
        the answers. look: have loops looked at that may be endless.
        """
        if not early:
            self.layers()
        if self._run is not None and self._run.done is None:
            self._run.finish()
        payload = payload_of(program, operations)
        given, ours = sample_descriptors(payload, lockstep=lockstep)
        kind = b"A" if early else b"L" if lockstep else b"J"
        # Known before it is sent: what ends tests that are at this point, an alarm, may not leave a run that nobody waits for.
        run = self._run = Run(self, ours[0], ours[1] if lockstep else None, limit)
        self._send(kind, run, limit, given, ours, look=look, imports=b"import" in payload)
        return run

    def start(self, given: list[int], limit: Limit, run: Run, ours: int) -> None:
        """Start a whole program (program_runs.py). given: its descriptors, which are closed here. ours: where its output is read."""
        try:
            self.layers()
            if self._run is not None and self._run.done is None:
                self._run.finish()
        except SandboxBrokeError:
            for descriptor in (*given, ours):
                os.close(descriptor)
            raise
        self._run = run
        self._send(b"J", run, limit, given, [ours], look=False, imports=True)

    def _send(
        self,
        kind: bytes,
        run: Run,
        limit: Limit,
        given: Sequence[int],
        ours: Sequence[int],
        *,
        look: bool,
        imports: bool,
    ) -> None:
        """Hand a sample's descriptors over; those that are ours are closed where that fails."""
        try:
            rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack(f"{len(given)}i", *given))]
            if kind == b"A":
                self._control.sendmsg([HEADER.pack(kind, look, *limit[:3], _NO_MARK)], rights)
            else:
                run.mark = os.urandom(len(_NO_MARK))
                self._forks[imports].sendmsg([HEADER.pack(kind, look, *limit[:3], run.mark)], rights)
        except OSError as error:
            self._run = None
            for descriptor in ours:
                os.close(descriptor)
            raise SandboxBrokeError(f"the sandbox has gone: {error}") from error
        finally:
            for descriptor in given:
                os.close(descriptor)

    def adopt(self, answers: int, limit: Limit) -> Run:
        """The run that another process has started here, by the descriptor of its answers."""
        self._run = Run(self, answers, None, limit)
        return self._run

    def poll(self, also: list[tuple[int, int]], seconds: float) -> set[int]:
        """Which of the control socket and these descriptors have news."""
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        for descriptor, events in also:
            poller.register(descriptor, events)
        self.waiting = True
        try:
            return {descriptor for descriptor, _ in poller.poll(seconds * 1000)}
        finally:
            self.waiting = False

    def second(self) -> Sandbox:
        """Another sandbox of the same kind, whose processes are others; quickly where this one has a spare beside it."""
        other = Sandbox(self.settings, self._server.take_spare())
        other._send_command(b"W", _NO_MARK)
        return other

    def stop_candidate(self, run: Run) -> None:
        self._send_command(b"K", run.mark)

    def announce_question(self, run: Run, *, asked: bool) -> None:
        """Say that the sample has been asked something, whatever it says about waiting for that; or no more."""
        self._send_command(b"Q" if asked else b"N", run.mark)

    def _send_command(self, kind: bytes, mark: bytes) -> None:
        try:
            self._control.sendall(HEADER.pack(kind, False, 0.0, 0.0, 0.0, mark))
        except OSError:  # the server has gone, and the sample with it
            return

    def read_done(self) -> Done | None:
        """How the sample ended; None: it has not yet, since it waits for a CPU."""
        try:
            raw = receive(self._control, DONE.size)
        except OSError as error:
            raise SandboxBrokeError(f"the sandbox has gone: {error}") from error
        if raw is None:
            raise SandboxBrokeError("the sandbox has gone")
        done = Done(*DONE.unpack(raw))
        if done.reason == WATCHING:
            return None
        if done.reason == UNFORKED:
            raise SandboxBrokeError(f"a process for the sample was refused: {os.strerror(done.status)}")
        return done

    def close(self) -> None:
        """End the server and with it everything in the sandbox."""
        if self._run is not None:
            self._run.close()
        while self._forks:
            self._forks.pop().close()
        self._server.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
