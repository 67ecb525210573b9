"""One run of a sample, from the grader's side: its answers as they come, and how it ended."""

from __future__ import annotations

import os
import select
import time

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.wire import FRAME, SandboxBrokeError
from modelassay.grading.sandbox.descriptors import PIPE_BYTES

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, Protocol

    from modelassay.grading.sandbox.process_start import Limit

    class Place(Protocol):
        """What a run needs of the sandbox in which it is."""

        alive: Callable[[], None]

        @property
        def latest(self) -> Run | None: ...
        @property
        def control_fd(self) -> int: ...
        def poll(self, also: list[tuple[int, int]], seconds: float) -> set[int]: ...
        def stop_candidate(self, run: Run) -> None: ...
        def announce_question(self, run: Run, *, asked: bool) -> None: ...
        def read_done(self) -> Done | None: ...


NO_MARK: Final = b"\0\0\0\0"  # of a run that another process may take over
LOOK_SECONDS: Final = 0.005  # how long answers may wait in the pipe before they are read while they come …
LONGEST_LOOK_SECONDS: Final = 0.05  # … of a run that has lasted long
_MUCH: Final = 1 << 12  # bytes at once, which say that more will come: what a pipe holds at least
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

    def __init__(self, sandbox: Place, answers: int, calls: int | None, limit: Limit) -> None:
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
        self._much = False  # whether answers fill the pipe
        self.flooded = False
        self.done: Done | None = None
        self.mark = NO_MARK  # by which the supervisor knows what is said about this run
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
        """Until there is news: an end, or answers after a while.

        What was sent ahead is answered without a pause, and to be woken by each answer would cost more than it takes: the
        end is waited for, and answers are looked at now and then, the later the longer the run has lasted. Not while they fill the pipe.
        """
        self._pass()
        if not reading:
            ready = self._sandbox.poll([], 1.0)
        elif self._calls is not None or self._much:
            ready = self._sandbox.poll([(self._answers, select.POLLIN)], 1.0)
        else:
            ready = self._sandbox.poll([], min(max(LOOK_SECONDS, self._lasted / 8), LONGEST_LOOK_SECONDS))
        if reading and (self._answers in ready or not ready):
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
        self._much = len(part) >= _MUCH
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
