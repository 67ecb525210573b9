"""A conversation with one candidate: the grader's calls go out, values come back.

Test code (trusted, on this side) calls `RemoteObject` objects; each call becomes an operation for the sandbox.
Where the same tests have been run before, their operations are known (`script`) and have been sent ahead,
so that a call only has to pick up its answer. As soon as the tests ask something else, the candidate is
started again and asked one operation at a time. What the candidate says can only be a value: the tests,
the comparison and the verdict stay here.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import builtins
import marshal

from modelassay.grading.boundary.boundary_values import CodecError, Opaque
from modelassay.grading.boundary.codec import decode, encode, holds_set
from modelassay.grading.boundary.wire import CHANGES, CODED, ENDLESS, IDLE, OVER_CPU, PLAIN, VALUE
from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.sandbox import Done, Run, Sandbox

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final, NoReturn

    from modelassay.core.measured import Outcome

# Exceptions that would steer the tests themselves; they are told as plain errors.
_STEERING: Final = ("StopIteration", "StopAsyncIteration", "GeneratorExit")


class CandidateGoneError(BaseException):
    """The candidate will not answer any more: the tests are over. Not an Exception, so tests let it pass."""


class CandidateRaisedError(Exception):
    """The candidate raised something that is no built-in exception."""


class UncrossableError(Exception):
    """The tests pass something that cannot cross the trust boundary, such as a function."""


class RemoteObject:
    """Something on the candidate's side: a global name, or an object it returned that cannot cross.

    Calls and plain attributes go across. Nothing else is forwarded, comparison least of all: it is equal
    to itself only.
    """

    __slots__ = ("_label", "_talk", "_target")

    def __init__(self, conversation: Conversation, target: str | int, label: str) -> None:
        object.__setattr__(self, "_talk", conversation)
        object.__setattr__(self, "_target", target)
        object.__setattr__(self, "_label", label)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._talk.call(self._target, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._talk.get(self._target, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._talk.set(self._target, name, value)

    def __repr__(self) -> str:
        return f"<{self._label} object>"


class Conversation:
    """One candidate under the tests of one problem. `fault`, once set, is the verdict whatever tests say."""

    def __init__(self, sandbox: Sandbox, program: bytes, script: Sequence[bytes], limit: Limit) -> None:
        self._sandbox = sandbox
        self._program = program
        self._script = script
        self._limit = limit
        self._lockstep = not script
        self._run: Run = sandbox.run(program, script, limit, lockstep=self._lockstep)
        self._loaded = False
        self.asked: list[bytes] = []
        self.cpu_seconds = 0.0
        self.fault: tuple[Outcome, str] | None = None
        self.raised: BaseException | None = None  # the latest exception that was the candidate's
        self.last = ""  # the latest call and what came back, for the detail of a failure
        self.clean = True
        self.killed = False  # by SIGKILL, and not by our server: by itself, the kernel or somebody outside

    # --- what test code can do ---------------------------------------------------------------------------
    def call(self, target: str | int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        how = CHANGES if any(_changeable(a) for a in (*args, *kwargs.values())) else VALUE
        frame = self.ask(self.operation("c", target, args, kwargs, how))
        shown = target if isinstance(target, str) else "object"
        said = f"{shown}({', '.join([*map(short, args), *(f'{k}={short(v)}' for k, v in kwargs.items())])})"
        value = self._understood(frame, said, (args, kwargs))
        self.last = f"{said} returned {short(value)}"
        return value

    def get(self, target: str | int, name: str) -> Any:
        return self._understood(self.ask(self.operation("g", target, name)), f"attribute {name}", None)

    def set(self, target: str | int, name: str, value: Any) -> None:
        self._understood(self.ask(self.operation("s", target, name, value)), f"attribute {name}", None)

    # --- one operation -----------------------------------------------------------------------------------
    @staticmethod
    def operation(*parts: Any) -> bytes:
        """The bytes of an operation. Raises UncrossableError for what cannot be sent."""
        if not _has_remote(parts) and not holds_set(parts):
            try:
                return PLAIN + marshal.dumps(parts, 2)
            except ValueError:
                pass  # not plain: the codec knows more types
        try:
            return CODED + encode(_without_remotes(parts), strict=True)
        except CodecError as error:
            raise UncrossableError(str(error)) from None

    def ask(self, operation: bytes) -> bytes:
        """The answer's frame. Raises CandidateGoneError when there is none and never will be."""
        if self.fault is not None:
            raise CandidateGoneError
        number = len(self.asked)
        self.asked.append(operation)
        if not self._lockstep and not (number < len(self._script) and self._script[number] == operation):
            self._again(number)
        if self._lockstep:
            self._run.ask(operation)
        if not self._loaded:
            self._check_loaded()
        frame = self._run.answer(number + 1)
        if frame is None:
            raise self._gone(*self._ending())
        return frame

    def _again(self, number: int) -> None:
        """The tests left the script: the same program once more, up to here, then one step at a time."""
        self._account(self._run.finish())
        self._lockstep = True
        self._run = self._sandbox.run(self._program, self.asked[:number], self._limit, lockstep=True)
        self._loaded = False

    def once_more(self, operations: Sequence[bytes]) -> None:
        """The same program from the beginning with other operations, which are its script now."""
        self._account(self._run.finish())
        self._script, self.asked, self._lockstep = operations, [], False
        self._run = self._sandbox.run(self._program, operations, self._limit, lockstep=False)
        self._loaded = False

    def load(self) -> None:
        """Wait until the program has been loaded. Raises CandidateGoneError when it cannot be."""
        if not self._loaded:
            self._check_loaded()

    def _check_loaded(self) -> None:
        frame = self._run.answer(0)
        if frame is None:
            raise self._gone(*self._ending())
        if frame[:1] == b"e":
            names, message, line = self._raised_parts(frame)
            if names[0] == "MemoryError":
                raise self._gone("out-of-memory", "while loading")
            raise self._gone("error", f"{describe(names[0], message, line)}, while loading")
        if frame != b"k":
            raise self._gone("crashed", "answered out of turn")
        self._loaded = True

    def _understood(self, frame: bytes, said: str, given: tuple[Any, Any] | None) -> Any:
        match frame[:1]:
            case b"v":
                return self.decoded(frame)
            case b"o":
                kept = self.decoded(frame)
                return RemoteObject(self, len(self.asked) - 1, getattr(kept, "type_name", "object"))
            case b"w" if given is not None:
                value, args, kwargs = self._three(frame)
                for old, new in zip((*given[0], *given[1].values()), (*args, *kwargs.values()), strict=False):
                    replace_content(old, new)
                return value
            case b"r":
                self.raise_answer(frame, said)
        raise self._gone("crashed", "sent an invalid response")

    def raise_answer(self, frame: bytes, said: str) -> NoReturn:
        """Raise here what the candidate raised there, by the name of its nearest built-in class."""
        names, message, line = self._raised_parts(frame)
        if names[0] == "MemoryError":
            raise self._gone("out-of-memory", said)
        known = next((n for n in names if _is_exception(n)), "Exception")
        text = f"{describe(names[0], message, line)}, in {said}"
        if known == "Exception" or any(n in _STEERING for n in names):
            error: Exception = CandidateRaisedError(text)
        else:
            error = _built(getattr(builtins, known), text)
        self.raised = error
        self.last = text
        raise error

    def _raised_parts(self, frame: bytes) -> tuple[tuple[str, ...], str, int]:
        parts = self.decoded(frame)
        match parts:
            case ((str(), *_) as names, str(message), int(line)) if all(isinstance(n, str) for n in names):
                return tuple(names), message, line
        raise self._gone("crashed", "sent an invalid response")

    def _three(self, frame: bytes) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        match self.decoded(frame):
            case (value, tuple() as args, dict() as kwargs):
                return value, args, kwargs
        raise self._gone("crashed", "sent an invalid response")

    def decoded(self, frame: bytes) -> Any:
        try:
            return decode(memoryview(frame)[1:])
        except CodecError as error:
            raise self._gone("refused", f"a value that cannot be read: {error}") from None

    # --- the end -----------------------------------------------------------------------------------------
    def _gone(self, outcome: Outcome, detail: str) -> CandidateGoneError:
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

    def finish(self) -> None:
        """End the candidate. After this `cpu_seconds` is final."""
        self._account(self._run.finish())


def describe(name: str, message: str, line: int) -> str:
    """`TypeError: what it says (line 3)`, shortened."""
    text = f"{name}: {message}" if message else name
    return f"{text[:200]} (line {line})" if line else text[:200]


def short(value: object) -> str:
    """A value for a message: at most 80 characters, whatever it is."""
    try:
        text = repr(value)
    except Exception as error:  # integers too long to print, structures too deep
        text = f"<{type(value).__name__}: {type(error).__name__}>"
    return text if len(text) <= 80 else f"{text[:60]}…{text[-15:]}"


def replace_content(old: Any, new: Any) -> None:
    """Make a changeable argument hold what the candidate's copy of it holds after the call."""
    if type(old) is not type(new):
        return
    match old:
        case list():
            old[:] = new
        case dict() | set():
            old.clear()
            old.update(new)
        case bytearray():
            old[:] = new


def _changeable(value: Any) -> bool:
    return isinstance(value, list | dict | set | bytearray)


def _has_remote(value: Any) -> bool:
    match value:
        case RemoteObject():
            return True
        case list() | tuple() | set() | frozenset():
            return any(_has_remote(v) for v in value)
        case dict():
            return any(_has_remote(v) for v in value.values())
    return False


def _without_remotes(value: Any) -> Any:
    """Objects that stayed on the other side as references by number. Raises UncrossableError for names."""
    match value:
        case RemoteObject():
            target = object.__getattribute__(value, "_target")
            if not isinstance(target, int):
                raise UncrossableError(f"the sample's own {target} passed as an argument")
            return Opaque(str(target))
        case list():
            return [_without_remotes(v) for v in value]
        case tuple():
            return tuple(_without_remotes(v) for v in value)
        case dict():
            return {k: _without_remotes(v) for k, v in value.items()}
    return value


def _is_exception(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, Exception)


def _built(kind: type[Exception], text: str) -> Exception:
    try:
        return kind(text)
    except TypeError:  # UnicodeDecodeError and its like want more than a message
        return CandidateRaisedError(text)
