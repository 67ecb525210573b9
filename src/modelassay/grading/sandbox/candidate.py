"""What happens in a sample's process: run the program, then do what is asked of it, one call at a time.

Everything here is in the sample's reach; nothing here knows a test, an expected value or a verdict.
Whatever the sample does to it changes only what it answers about itself.

Requests: operations, each a frame (length, PLAIN or CODED, bytes).
    ("c", target, args, kwargs, how)       call; target: a global name, or the number of an opaque answer;
                                           how: VALUE, DIGEST (large values), or CHANGES (of arguments too)
    ("g", target, name)                    get an attribute
    ("s", target, name, value)             set an attribute
    ("t", "")                              CPU seconds of each operation so far; asked of references only
Answers, one frame each (length, then one byte and the codec's bytes), after one frame about loading:
    k  loaded             e  the program raised while loading (names, message, line, text)
    v  value              w  value and the arguments, which the call has changed
    r  raised             o  opaque: kept here under the operation's number, with its type's name
    d  digest: (sha256, size) of the bytes of a value that is larger than LARGE
"""

from __future__ import annotations

# Not `signal`: that makes members of enumerations, which every fork would pay for.
import _signal  # type: ignore[import-not-found]
import gc
import marshal
import os
import struct
import sys
import time
import types

from modelassay.grading.boundary import codec
from modelassay.grading.boundary.boundary_values import Opaque
from modelassay.grading.boundary.wire import DEFINING, DIGEST, FRAME, LINKED, PLAIN, REPLY, VALUE, write_all
from modelassay.grading.boundary.writer import exception_names
from modelassay.grading.sandbox import nontermination, stdin_program
from modelassay.grading.sandbox.plain_programs import plain
from modelassay.grading.sandbox.program_endings import FILE_NAME, line_of
from modelassay.grading.sandbox.sample_calls import KINDS, SampleCalls

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Final

# Places in the page that is shared with the supervisor. A sample can write there what it likes: it can have the
# limit in all for one call, be called endless, and be run again without being looked at.
STEPS: Final = 0  # that are done: loading, then each call
STATE: Final = 1  # MAY_LOOK: SIGVTALRM has a loop looked at; ENDLESS: it never ends
LINE: Final = 2  # of an endless loop
WAITING: Final = 3  # whether it waits for the next call
LOOKS: Final = 4  # signals that its handler has got
HANDED: Final = 5  # microseconds of CPU that handing over arguments and answers has taken so far
SINCE: Final = 6  # the CPU time in microseconds at which it began to hand something over; 0: it does not
PLACES: Final = 7
MAY_LOOK, ENDLESS = 1, 2
LARGE: Final = 1 << 18
SLICE: Final = 1024
SMALL: Final = 4096  # bytes of a call that are read in no time


class Answers:
    """The sample's side of one conversation."""

    def __init__(self, confine: Callable[[], None], counter: memoryview) -> None:
        """counter: shared with the supervisor. confine: takes the right to start processes away."""
        self._confine = confine
        self.rights = stdin_program.Rights(plain, confine)
        self._counter = counter
        self._answers = -1
        self._calls: int | None = None
        self._module = types.ModuleType("candidate")
        self._kept: dict[int, Any] = {}
        self._number = 0
        self._seconds: list[float] = []
        self._tests = SampleCalls(self._module, self._question, counter[HANDED : SINCE + 1])

    def connect(self, answers: int, calls: int | None) -> None:
        """The descriptors to which answers go, and from which further calls come."""
        self._answers, self._calls = answers, calls

    def run(self, program: bytes, batch: bytes | memoryview) -> None:
        """Load the program, do the batch, then what else is asked until nobody asks."""
        at = self._defined(batch)
        if not self._load(program):
            return
        self._tests.loaded()
        while at < len(batch):
            start = at + FRAME.size
            at = start + FRAME.unpack_from(batch, at)[0]
            self._do(bytes(batch[start:at]))
        for raw in self._further():
            self._do(raw)

    def _defined(self, batch: bytes | memoryview) -> int:
        """Define what the tests define for the sample, if the batch begins with that; where the rest of it begins."""
        end = FRAME.size + FRAME.unpack_from(batch)[0] if batch else 0
        if batch[FRAME.size : end][: len(DEFINING)] != DEFINING:
            return 0
        self._tests.define(*marshal.loads(batch[FRAME.size + 1 : end])[1:])
        return end

    def _question(self, frame: bytes) -> bytes:
        """Ask the tests something in the middle of a call. They may ask something themselves before they reply."""
        self._send(frame)
        for raw in self._further():
            if raw[:1] == LINKED and raw[1:].startswith(REPLY):
                return raw
            self._do(raw)
        os._exit(0)

    def _load(self, program: bytes) -> bool:
        sys.modules["candidate"] = self._module
        try:
            source = program.decode("utf-8", "surrogatepass")
            code = compile(source, FILE_NAME, "exec", dont_inherit=True)
            if plain(code):
                watcher = nontermination.watcher(source, FILE_NAME, self._never_ends, self._counter[LOOKS:])
                _signal.signal(_signal.SIGVTALRM, watcher)
                self._counter[STATE] = MAY_LOOK
            else:
                self._confine()  # before the program's first instruction
            exec(code, self._module.__dict__)
        except BaseException as error:  # whatever it raises is its answer
            self._send(b"e" + _raised(error))
            return False
        self._counter[STEPS] = 1
        self._send(b"k")
        return True

    def _never_ends(self, line: int) -> None:
        """The end of a program that would go on for ever."""
        self._counter[LINE], self._counter[STATE] = line, ENDLESS
        os._exit(0)

    def _do(self, raw: bytes) -> None:
        started, tests = time.process_time(), None
        try:
            if (
                raw[11:12] == b"C" and len(raw) > SMALL
            ):  # a call of test code: what reading it takes is not the sample's time
                self._counter[SINCE] = int(started * 1e6) or 1
            operation = marshal.loads(raw[1:]) if raw[:1] == PLAIN else ("",)
            answer = self._tests.quick(operation) if operation[0] == "C" and len(raw) <= SMALL else None
            if answer is not None:
                pass
            elif raw[:1] == LINKED or operation[0] in KINDS:
                tests = self._tests
                answer = tests.answer(raw, operation)
            else:
                answer = self._answer(operation if raw[:1] == PLAIN else self._resolve(codec.decode(raw[1:])))
        except BaseException as error:  # whatever it raises is its answer
            answer = b"r" + _raised(error)
        self._seconds.append(time.process_time() - started if tests is None else tests.seconds)
        self._number += 1
        self._counter[STEPS] = self._number + 1
        self._send(answer)

    def _answer(self, operation: tuple[Any, ...]) -> bytes:
        if operation[0] == "t":
            return b"v" + codec.encode(self._seconds)
        target = self._target(operation[1])
        match operation[0]:
            case "g":
                return self._value(getattr(target, operation[2]))
            case "s":
                setattr(target, operation[2], operation[3])
                return b"v" + codec.encode(None)
            case _:
                return self._call(target, operation)

    def _call(self, target: Any, operation: tuple[Any, ...]) -> bytes:
        args, kwargs, how = operation[2:5]
        if how == DIGEST:
            value = target(*args, **kwargs)
            return digest_of(value) or self._value(value)
        if how == VALUE:
            return self._value(target(*args, **kwargs))
        before = codec.encode((args, kwargs))
        value = target(*args, **kwargs)
        if codec.encode((args, kwargs)) == before:  # nothing changed
            return self._value(value)
        return b"w" + codec.encode((value, args, kwargs))

    def _value(self, value: Any) -> bytes:
        data = codec.encode(value)
        if data[:1] == b"?":
            self._kept[self._number] = value
            return b"o" + data
        return b"v" + data

    def _target(self, target: Any) -> Any:
        if isinstance(target, int):
            return self._kept[target]
        try:
            return self._module.__dict__[target]
        except KeyError:
            raise NameError(f"name {target!r} is not defined") from None

    def _resolve(self, value: Any) -> Any:
        """Arguments with every reference replaced by the object that stayed here."""
        match value:
            case Opaque():
                return self._kept[int(value.type_name)]
            case list():
                return [self._resolve(v) for v in value]
            case tuple():
                return tuple(self._resolve(v) for v in value)
            case dict():
                return {self._resolve(k): self._resolve(v) for k, v in value.items()}
        return value

    def _further(self) -> Iterator[bytes]:
        while self._calls is not None:
            self._counter[WAITING] = 1
            head = _read(self._calls, FRAME.size)
            self._counter[WAITING] = 0
            if not head:
                return
            yield _read(self._calls, FRAME.unpack(head)[0])

    def _send(self, answer: bytes) -> None:
        write_all(self._answers, FRAME.pack(len(answer)) + answer)


def digest_of(value: Any) -> bytes:
    """The answer for a plain value whose bytes are more than LARGE; b"" for any other.

    Long lists and tuples are written slice by slice, so that their bytes never exist all at once.
    """
    kind = type(value)
    if kind not in (list, tuple, str, bytes, int):
        return b""
    if kind not in (list, tuple) or len(value) <= SLICE or "numpy" in sys.modules or "array" in sys.modules:
        data = marshal.dumps(value, 2) if kind in (str, bytes, int) else b""
        if len(data) <= LARGE:
            return b""
        import hashlib  # loads OpenSSL, which every fork would have to carry

        return b"d" + codec.encode((hashlib.sha256(data).digest(), len(data)))
    import hashlib

    try:
        head = marshal.dumps(value[:0], 2)[:1] + struct.pack("<i", len(value))
        digest, size = hashlib.sha256(head), len(head)
        for start in range(0, len(value), SLICE):
            part = memoryview(marshal.dumps(list(value[start : start + SLICE]), 2))[len(head) :]
            digest.update(part)
            size += len(part)
    except ValueError:  # not plain
        return b""
    return b"" if size <= LARGE else b"d" + codec.encode((digest.digest(), size))


def _read(descriptor: int, size: int) -> bytes:
    """Exactly `size` bytes, or b"" when the other side has gone."""
    parts = []
    while size:
        part = os.read(descriptor, size)
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _raised(error: BaseException) -> bytes:
    """Names of the class and its bases, the message cut short, the line of the program, 0 if unknown."""
    line = line_of(error)
    try:
        message = error.msg if isinstance(error, SyntaxError) else str(error)[:300]
    except BaseException:  # the message is the sample's code too
        message = ""
    return codec.encode((exception_names(type(error)), str(message)[:300], line))


def payload_of(descriptor: int) -> tuple[bytes, memoryview]:
    """The program and the batch of operations. The descriptor is closed."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    whole = memoryview(os.pread(descriptor, size, 0))
    os.close(descriptor)
    start = FRAME.size + FRAME.unpack_from(whole)[0]
    return bytes(whole[FRAME.size : start]), whole[start:]


def main(
    counter: memoryview,
    answers: Answers,
    descriptors: Sequence[int],
    streams: stdin_program.Streams | None = None,
) -> None:
    """The life of a sample's process, which ends here whatever happens.

    counter: the page shared with the supervisor, where tests look for it. descriptors: the payload, answers out, and perhaps further calls in.
    streams: for a whole program.
    """
    status = 1
    try:
        gc.enable()
        if streams is not None and len(descriptors) > 3:  # a whole program: stdout, stdin and stderr
            steps = counter[STEPS : STEPS + 1]
            status = stdin_program.run(descriptors[0], descriptors[1:], answers.rights, streams, steps)
            return
        program, batch = payload_of(descriptors[0])
        answers.connect(descriptors[1], descriptors[2] if len(descriptors) > 2 else None)
        answers.run(program, batch)
        status = 0
    finally:
        os._exit(status)
