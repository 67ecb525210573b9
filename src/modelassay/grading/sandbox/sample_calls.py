"""What test code asks of a sample, done in the sample's process: calls, attributes, what special methods do.

Asked, beside candidate.py's own operations. LINKED: with references, see codec.py, and as (operation, changes), where
changes are what the tests have changed in what is held on to, see arguments.py.
    ("C", target, args, kwargs)     call; target: a global name, the number of an object kept here, or (module, name)
    ("G", target, name)             get an attribute
    ("S", target, name, value)      set an attribute
    ("W", number)                   run a coroutine that is kept here to its end
    ("D", source, names)            statements that define classes of the tests; the only one before the program is loaded
Answered:
    v  value, perhaps with references
    w  (value, {number: what an argument holds now}, held): the call has changed arguments; held: they are held on to
    x  raised: (names, message, line, arguments, attributes)
    q  a question, and not the answer yet: (number, args, kwargs) of a function of the tests; the reply is an operation
       ("A", done, value or (name, arguments))

Everything here is in the sample's reach; whatever it does to it changes only what it answers about itself.
"""

from __future__ import annotations

import builtins
import marshal
import time
import types
from itertools import repeat
from operator import is_

from modelassay.grading.boundary import arguments, codec
from modelassay.grading.boundary.boundary_values import SCALARS, simple_lists, survey
from modelassay.grading.boundary.wire import PLAIN
from modelassay.grading.boundary.writer import Writer, exception_names, message_of
from modelassay.grading.sandbox.sample_links import SampleLinks

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

KINDS: Final = ("C", "G", "S", "W", "D")
_FUNCTION: Final = types.FunctionType
_SMALL: Final = frozenset((type(None), bool, float, complex))
_FAR: Final = 1 << 1000  # integers within take no time to be written


class SampleCalls:
    """Does what test code asks. question: sends a question's frame and gives the reply, an operation.

    clock: where the supervisor sees how much CPU handing over has taken, and since when more is being handed over: that is
    no time of the sample's.
    """

    def __init__(
        self, module: types.ModuleType, question: Callable[[bytes], bytes], clock: memoryview
    ) -> None:
        self._clock = clock
        self._started = 0.0
        self._module = module
        self._question = question
        self.links = SampleLinks(module, self._ask)
        self._definitions: dict[str, Any] = {}
        self.seconds = 0.0  # of CPU that the sample's own code took in the last call
        self._loop: Any = None

    def define(self, source: str, names: tuple[str, ...]) -> None:
        """Run the statements that define classes of the tests; what does not run here is not there."""
        for statement in source.split("\0"):
            try:
                exec(compile(statement, "<setup>", "exec", dont_inherit=True), self._module.__dict__)
            except Exception:  # a package that is not here; the class is missed when it is needed
                continue
        for name in names:
            if name in self._module.__dict__:
                self._definitions[name] = self._module.__dict__[name]
                self.links.define(name, self._definitions[name])

    def loaded(self) -> None:
        """After the program: the tests' classes have their names again, as where tests stand below the program."""
        self._module.__dict__.update(self._definitions)

    def _hand(self, *, over: bool) -> float:
        """Handing over begins or ends; between an end and a beginning the sample's own code runs. The CPU time now."""
        seconds = time.process_time()
        since, now = self._clock[1], int(seconds * 1e6) or 1
        if over:
            self._clock[1] = since or now
        elif since:
            self._clock[0] += max(now - since, 0)
            self._clock[1] = 0
        return seconds

    def answer(self, raw: bytes, operation: tuple[Any, ...]) -> bytes:
        """The answer to one operation, which is `operation` where it is plain."""
        if not self._clock[1]:  # candidate.py has begun already, before it read a call
            self._hand(over=True)
        try:
            return self._answer(raw, operation)
        finally:
            self._hand(over=False)

    def quick(self, operation: tuple[Any, ...]) -> bytes | None:
        """The answer to a plain call of a function of the program's with scalars and lists of scalars, which most are.

        The same as `answer` gives, at less cost: small values take no time to hand over. None: it is no such call, and nothing has been done.
        """
        _, name, args, kwargs = operation
        links = self.links
        target = self._module.__dict__.get(name) if type(name) is str else None
        if kwargs or type(target) is not _FUNCTION or links.shared.objects:
            return None
        lists = simple_lists(args)
        if lists is None:
            return None
        before = [found[:] for found in lists]
        stayed = links.count
        links.whole = None
        try:
            value = target(*args)
            kind = type(value)
            small = kind in _SMALL or (kind is int and -_FAR < value < _FAR)
            if not small:  # what writing it takes is not the sample's time
                self._hand(over=True)
            for found, held in zip(lists, before, strict=True):
                if len(found) != len(held) or not all(map(is_, found, held)):
                    break
            else:
                if kind in SCALARS or (
                    (kind is list or kind is tuple)
                    and SCALARS.issuperset(map(type, value))
                    and not any(map(is_, lists, repeat(value)))
                ):
                    return b"v" + marshal.dumps(value, 2)
            self._hand(over=True)
            # In the order of `survey`: the last argument first, after the names.
            objects, contents = [None, *reversed(lists)], [None, *reversed(before)]
            return self._result_of(operation, objects, contents, value, stayed)
        except BaseException as error:  # whatever it raises is its answer
            return self._raised(error)
        finally:
            if self._clock[1]:
                self._hand(over=False)

    def _answer(self, raw: bytes, operation: tuple[Any, ...]) -> bytes:
        self.seconds = self._started = 0.0
        if raw[:1] == PLAIN:
            objects = survey(operation[2:])[2]
        else:
            reader = codec.Reader(raw[1:], 1 << 40, self.links)
            (operation, changes), objects = reader.whole(), reader.objects
            for number, update in changes.items():
                arguments.apply(self.links.shared.find(number, []), update, self.links.known)
        if operation[0] == "C":
            names = operation[3]
            objects = [None if found is names else found for found in objects]
        self.links.shared.settle()
        try:
            return self._done(operation, objects)
        except BaseException as error:  # whatever it raises is its answer
            if self._started:
                self.seconds = self.seconds or time.process_time() - self._started
            return self._raised(error)

    def _done(self, operation: tuple[Any, ...], objects: list[Any]) -> bytes:
        links, kind = self.links, operation[0]
        stayed, known = links.count, links.known
        before = [arguments.content(found, known) for found in objects]
        target = links.own(operation[1]) if kind == "W" else self._target(operation[1])
        self._started = self._hand(over=False)
        match kind:
            case "C":
                value = target(*operation[2], **operation[3])
            case "W":
                value = self._run(target)
            case "G":
                value = getattr(target, operation[2])
            case _:
                value = None
                setattr(target, operation[2], operation[3])
        self.seconds = self._hand(over=True) - self._started
        links.whole = (
            value if kind == "C" and isinstance(target, type) and isinstance(value, target) else None
        )
        return self._result_of(operation, objects, before, value, stayed)

    def _result_of(
        self, operation: tuple[Any, ...], objects: list[Any], before: list[Any], value: Any, stayed: int
    ) -> bytes:
        """What an operation has come to. before: what the objects held. stayed: how many had stayed here."""
        links = self.links
        updates = self._updates(objects, before)
        given = {id(found): number for number, found in enumerate(objects)}
        given.update(links.shared.numbers)
        if not updates:
            data = codec.encode_linked(value, links, given)
            if not objects or not (links.count > stayed or isinstance(operation[1], int)):
                return b"v" + data
        held_on = links.count > stayed or isinstance(operation[1], int)
        data = Writer(links=links, given=given).whole((value, updates, held_on))
        if held_on:
            links.shared.add(objects)
        links.shared.settle()
        return b"w" + data

    def _updates(self, objects: list[Any], before: list[Any]) -> dict[int, Any]:
        """What the call has changed, by number, in its arguments and in what is held on to. before: what these held."""
        shared, known = self.links.shared, self.links.known
        updates = shared.updates()
        for number, held in enumerate(before):
            if held is not None and id(objects[number]) not in shared.numbers:
                found = objects[number]
                if arguments.changed(found, held, known):
                    updates[number] = arguments.update_of(found, known)
        return updates

    def _target(self, target: Any) -> Any:
        if isinstance(target, int):
            return self.links.own(target)
        if isinstance(target, str):
            return self.links.named(target)
        return self.links.function(*target)

    def _run(self, coroutine: Any) -> Any:
        import asyncio

        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)
        return self._loop.run_until_complete(coroutine)

    def _ask(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Have a function of the tests called there."""
        reply = self._question(b"q" + Writer(links=self.links).whole((number, args, kwargs)))
        _, done, value = codec.Reader(reply[1:], 1 << 40, self.links).whole()
        if done:
            return value
        name, given = value
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, BaseException):
            raise kind(*given)
        raise RuntimeError(name, *given)

    def _raised(self, error: BaseException) -> bytes:
        """Names of the class and its bases, the message, the line of the program, what it was made with."""
        names, message, line = exception_names(type(error)), message_of(error), line_of(error)
        try:
            arguments_, state = error.args, dict(error.__dict__)
            return b"x" + Writer(links=self.links).whole((names, message, line, arguments_, state))
        except Exception:  # what it was made with cannot cross
            return b"x" + codec.encode((names, message, line, (message,), {}))


def line_of(error: BaseException) -> int:
    """The line of the program where it was raised, 0 if unknown. Its frames are let go: they may hold all memory."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<candidate>":
            line = trace.tb_lineno
        trace = trace.tb_next
    error.__traceback__ = None
    return error.lineno if isinstance(error, SyntaxError) and isinstance(error.lineno, int) else line
