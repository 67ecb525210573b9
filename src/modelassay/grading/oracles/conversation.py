"""A conversation with one candidate: the grader's calls go out, values come back.

Test code (trusted, on this side) calls objects of remote.py; each call becomes an operation for the sandbox.
Operations that rest on no answer (ahead.py) have been sent ahead (`script`), so that a call only has to pick up its
answer; what is asked after them is asked one operation at a time. When tests ask something else in between, the
sample is started again, and so is asked from there on. What the sample says can only be a value: the tests,
the comparison and the verdict stay here.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import builtins
import marshal

from modelassay.grading.boundary.boundary_values import CodecError
from modelassay.grading.boundary.codec import decode, encode, holds_set
from modelassay.grading.boundary.wire import CODED, ENDLESS, IDLE, OVER_CPU, PLAIN
from modelassay.grading.oracles.remote import quietly
from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.sample_run import Done, Run
from modelassay.grading.sandbox.sandbox import Sandbox

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Final, NoReturn

    from modelassay.core.measured import Outcome
    from modelassay.grading.oracles.remote import RemoteObject

# Exceptions that would steer the tests themselves; they are told as plain errors.
_STEERING: Final = ("StopIteration", "StopAsyncIteration", "GeneratorExit")


class CandidateGoneError(BaseException):
    """The sample will not answer any more: the tests are over. Not an Exception, so tests let it pass."""


class CandidateRaisedError(Exception):
    """The sample raised something that is no built-in exception."""


class UncrossableError(Exception):
    """The tests pass something that cannot cross the trust boundary, such as a function."""


class Conversation:
    """One sample under the tests of one problem. `fault`, once set, is the verdict whatever tests say."""

    def __init__(
        self,
        sandbox: Sandbox,
        program: bytes,
        script: Sequence[bytes],
        limit: Limit,
        *,
        before: Sequence[bytes] = (),
        whole: bool = False,
        look: bool = True,
    ) -> None:
        """script: operations that are sent ahead. whole: no others will follow. before: what comes before the program.

        look: whether endless loops are looked for.
        """
        self._sandbox = sandbox
        self._program = program
        self._limit = limit
        self._before = [*before]
        self._look = look
        self._start(script, lockstep=not whole, heard=0)
        self.left_at: int | None = None  # the number of the operation at which the tests left the script
        self.disturbed = False  # by being looked at
        self.kept: dict[int, RemoteObject] = {}  # answers that stayed on the other side, by their number
        self.interactive = False  # whether the sample has been given functions of the tests to call
        self.asked: list[bytes] = []
        self.cpu_seconds = 0.0
        self.fault: tuple[Outcome, str] | None = None
        self.broken: Exception | None = (
            None  # what was neither an answer nor the sample's failure: no verdict
        )
        self.raised: BaseException | None = None  # the latest exception that was the sample's
        self.raised_as = ""  # … in words
        self._last: str | tuple[bytes, Any] = ""
        self.clean = True
        self.killed = False  # by SIGKILL, and not by our server: by itself, the kernel or somebody outside

    @property
    def waiting(self) -> bool:
        """Whether the sample is waited for at this moment."""
        return self._sandbox.waiting

    @property
    def is_latest(self) -> bool:
        """Whether nothing has been run in its sandbox since."""
        return self._run.is_latest

    def when_over(self, do: Callable[[Done], None]) -> None:
        """Do this as soon as the sample's process is heard to have ended; with how it ended."""
        self._run.when_over = do

    @property
    def loaded(self) -> bool:
        """Whether the program has been loaded."""
        return self._loaded

    @property
    def last(self) -> str:
        """The latest call and what came back, for the detail of a failure."""
        if isinstance(self._last, tuple):
            call, value = self._last
            self._last = f"{written_call(call)} returned {short(value)}"
        return self._last

    @last.setter
    def last(self, text: str) -> None:
        self._last = text

    def returned(self, call: bytes, value: Any) -> None:
        """What the latest call was, by its bytes, and what came back, if nobody else can change that: few are ever put into words."""
        self._last = (call, value)

    # --- one operation -----------------------------------------------------------------------------------
    @staticmethod
    def operation(*parts: Any) -> bytes:
        """The bytes of an operation. Raises UncrossableError for what cannot be sent."""
        if not holds_set(parts):
            try:
                return PLAIN + marshal.dumps(parts, 2)
            except ValueError:
                pass  # not plain: the codec knows more types
        try:
            return CODED + encode(parts, strict=True)
        except CodecError as error:
            raise UncrossableError(str(error)) from None

    def ask(self, operation: bytes) -> bytes:
        """The answer's frame. Raises CandidateGoneError when there is none and never will be."""
        if self.fault is not None:
            raise CandidateGoneError
        number = len(self.asked)
        self.asked.append(operation)
        ahead = number < len(self._script)
        if self._script[number] != operation if ahead else not self._lockstep:
            self._again(number)
            ahead = False
        if not ahead:
            self._run.ask(operation)
        if not self._loaded:
            self._check_loaded()
        return self._next_frame()

    def _next_frame(self) -> bytes:
        self._heard += 1
        frame = self._run.answer(self._heard)
        if frame is None:
            raise self.gone(*self._ending())
        return frame

    def be_asked(self) -> None:
        """From now on the sample may ask something back, so nothing is sent ahead of that."""
        self.interactive = True
        if not self._lockstep or len(self._script) > len(self.asked):
            self._again(len(self.asked))

    def reply(self, operation: bytes) -> bytes:
        """Answer what the sample asked; its next frame."""
        self._run.ask(operation)
        return self._next_frame()

    def _again(self, number: int) -> None:
        """The tests left the script: the same program once more, up to here, then one step at a time."""
        self._account(self._run.finish())
        self.left_at = number
        self._start(self.asked[:number], lockstep=True, heard=number)

    def once_more(self, operations: Sequence[bytes]) -> None:
        """The same program from the beginning with other operations, which are its script now."""
        self._account(self._run.finish())
        self.asked = []
        self._start(operations, lockstep=False, heard=0)

    def _start(self, script: Sequence[bytes], *, lockstep: bool, heard: int) -> None:
        """Run the program from the beginning. heard: its answers that are known already."""
        self._script = script
        self._lockstep = lockstep
        self._run: Run = self._sandbox.run(
            self._program, [*self._before, *script], self._limit, lockstep=lockstep, look=self._look
        )
        self._loaded = False
        self._heard = heard  # answers, beside that on loading

    def load(self) -> None:
        """Wait until the program has been loaded. Raises CandidateGoneError when it cannot be."""
        if not self._loaded:
            self._check_loaded()

    def _check_loaded(self) -> None:
        frame = self._run.answer(0)
        if frame is None:
            raise self.gone(*self._ending())
        if frame[:1] == b"e":
            names, message, line = self._raised_parts(frame)
            if names[0] == "MemoryError":
                raise self.gone("out-of-memory", "while loading")
            raise self.gone("error", f"{describe(names[0], message, line)}, while loading")
        if frame != b"k":
            raise self.gone("crashed", "answered out of turn")
        self._loaded = True

    def raise_answer(self, frame: bytes, said: str) -> NoReturn:
        """Raise here what the sample raised there, by the name of its nearest built-in class."""
        names, message, line = self._raised_parts(frame)
        if names[0] == "MemoryError":
            raise self.gone("out-of-memory", said)
        known = next((n for n in names if _is_exception(n)), "Exception")
        text = f"{describe(names[0], message, line)}, in {said}"
        if known == "Exception" or any(n in _STEERING for n in names):
            error: Exception = CandidateRaisedError(text)
        else:
            error = _built(getattr(builtins, known), text)
        self.raised, self.raised_as, self.last = error, text, text
        raise error

    def _raised_parts(self, frame: bytes) -> tuple[tuple[str, ...], str, int]:
        parts = self.decoded(frame)
        match parts:
            case ((str(), *_) as names, str(message), int(line)) if all(isinstance(n, str) for n in names):
                return tuple(names), message, line
        raise self.gone("crashed", "sent an invalid response")

    def decoded(self, frame: bytes) -> Any:
        try:
            return decode(memoryview(frame)[1:])
        except CodecError as error:
            raise self.gone("refused", f"a value that cannot be read: {error}") from None

    # --- the end -----------------------------------------------------------------------------------------
    def gone(self, outcome: Outcome, detail: str) -> CandidateGoneError:
        """The verdict is fixed; what ends the tests, to be raised."""
        self.fault = (outcome, detail)
        return CandidateGoneError()

    def _ending(self) -> tuple[Outcome, str]:
        """Why there is no answer."""
        if self._run.flooded:
            return "output-flood", f"returned more than {self._limit.answer_bytes >> 20} MiB"
        done = self._run.done
        assert done is not None
        where = f"in call {len(self.asked)}" if self._loaded else "while loading"
        if done.reason == OVER_CPU:
            return "timed-out", f"{done.cpu_seconds:.2f} s of CPU time used, {where}"
        if done.reason == ENDLESS:
            return "timed-out", f"the loop at line {done.status} never ends, {where}"
        if done.reason == IDLE:
            return "timed-out", f"idle for {self._limit.idle_seconds:.3g} s, {where}"
        signal_number = done.status & 0x7F
        self.killed = signal_number == _signal.SIGKILL
        if signal_number:
            return "crashed", f"killed by signal {signal_number}, {where}"
        return "crashed", f"exited with status {done.status >> 8}, {where}"

    def _account(self, done: Done) -> None:
        self.cpu_seconds = done.cpu_seconds
        self.clean = self.clean and done.clean
        self.disturbed = self.disturbed or done.disturbed

    def finish(self) -> None:
        """End the sample. After this `cpu_seconds` is final."""
        self._account(self._run.finish())


def raised_as(name: str) -> type[CandidateRaisedError]:
    """The class that stands for a class of exceptions of the sample's; it has that one's name, which messages show."""
    name = name if name.isidentifier() else "Exception"
    return type(name, (CandidateRaisedError,), {"__module__": "candidate"})


def describe(name: str, message: str, line: int) -> str:
    """`TypeError: what it says (line 3)`, shortened."""
    text = f"{name}: {message}" if message else name
    return f"{text[:200]} (line {line})" if line else text[:200]


def short(value: object) -> str:
    """A value for a message: at most 80 characters, whatever it is."""
    try:
        text = quietly(repr, value)
    except Exception as error:  # integers too long to print, structures too deep
        text = f"<{type(value).__name__}: {type(error).__name__}>"
    return text if len(text) <= 80 else f"{text[:60]}…{text[-15:]}"


def call_text(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None = None) -> str:
    """A call for a message."""
    given = [*map(short, args), *(f"{key}={short(value)}" for key, value in (kwargs or {}).items())]
    return f"{name}({', '.join(given)})"


def written_call(operation: bytes) -> str:
    """The same of a call's own bytes, where it is a plain one."""
    _, name, args, _ = marshal.loads(operation[1:])
    return call_text(name, args)


def _is_exception(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, Exception)


def _built(kind: type[Exception], text: str) -> Exception:
    try:
        return kind(text)
    except TypeError:  # UnicodeDecodeError and its like want more than a message
        return CandidateRaisedError(text)
