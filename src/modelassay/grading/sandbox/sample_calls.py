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
import sys
import time
import types

from modelassay.grading.boundary import arguments, codec
from modelassay.grading.boundary.boundary_values import survey
from modelassay.grading.boundary.instances import blank, fill, parts_of
from modelassay.grading.boundary.reconstruction import ARRAY_BUILDERS
from modelassay.grading.boundary.wire import PLAIN
from modelassay.grading.boundary.writer import Writer, exception_names, message_of

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

KINDS: Final = ("C", "G", "S", "W", "D")
_VALUES: Final = (int, float, complex, str, bytes, list, tuple, dict, set, frozenset, BaseException)


class Lent:
    """A function of the tests: calling it asks there."""

    def __init__(self, ask: Callable[..., Any], number: int, name: str) -> None:
        self._ask, self.number, self.__name__ = ask, number, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(self.number, args, kwargs)


class LentIterator(Lent):
    """An iterator of the tests: each item is asked for there."""

    def __iter__(self) -> LentIterator:
        return self

    def __next__(self) -> Any:
        return self._ask(self.number, (), {})


Lent.__name__ = Lent.__qualname__ = "function"  # in messages of Python's
LentIterator.__name__ = LentIterator.__qualname__ = "generator"


class SampleLinks:
    """What references mean in the sample's process."""

    builders: dict[str, Callable[[Any], Any]]

    def __init__(self, module: types.ModuleType, ask: Callable[..., Any]) -> None:
        self._module = module
        self._ask = ask
        self._kept: list[Any] = []
        self._numbers: dict[int, int] = {}
        self.classes: dict[str, type] = {}
        self._names: dict[type, str] = {}
        self.shared = arguments.Shared(self.known)
        self.whole: Any = (
            None  # an object that was asked for by calling its class: it is kept, whatever it is
        )
        self.builders = {**ARRAY_BUILDERS, "exception": _exception, "collections.defaultdict": _defaultdict}

    def define(self, name: str, value: Any) -> None:
        """A class of the tests."""
        if isinstance(value, type):
            self.classes[name] = value
            self._names[value] = name

    @property
    def count(self) -> int:
        """How many objects have stayed here so far."""
        return len(self._kept)

    def known(self, kind: type) -> bool:
        """Whether objects of this class cross by what they hold."""
        return kind in self._names

    # --- reading
    def stayed(self, number: int, kind: str, name: str) -> Any:
        return (LentIterator if kind == "i" else Lent)(self._ask, number, name)

    def own(self, number: int) -> Any:
        return self._kept[number]

    def given(self, number: int) -> Any:
        return self.shared.find(number, [])

    def function(self, module: str, name: str) -> Any:
        __import__(module)
        found: Any = sys.modules[module]
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def named(self, name: str) -> Any:
        try:
            return self._module.__dict__[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None

    def blank(self, name: str) -> Any:
        return blank(self.classes[name])

    def filled(self, name: str, made: Any, base: Any, state: Any) -> Any:
        return fill(self.classes[name], made, base, state)

    # --- writing
    def admits(self, package: str) -> bool:
        """The tests have what the sample has."""
        return package in sys.modules

    def refer(self, writer: Writer, value: Any, kind: type, depth: int) -> bool:
        """Write a reference to what is no value."""
        if kind is Lent or kind is LentIterator:
            writer.tagged(b"B", value.number)
        elif self.known(kind):
            base, state = parts_of(value)
            writer.instance(self._names[kind], value, base, state, depth)
        elif value is self.whole:
            self._refer(writer, value, "o", kind)
        elif isinstance(value, type):
            self._class(writer, value)
        elif isinstance(value, tuple) and type(getattr(kind, "_fields", None)) is tuple:
            writer.named("named tuple", value, (kind.__name__, kind._fields, tuple(value)), depth)  # type: ignore[attr-defined]
        elif isinstance(value, _VALUES):
            return False
        elif kind is types.CoroutineType:
            self._refer(writer, value, "a", kind)
        elif hasattr(kind, "__next__"):
            self._refer(writer, value, "i", kind)
        else:
            self._refer(writer, value, "c" if callable(value) else "o", kind)
        return True

    def _class(self, writer: Writer, value: type) -> None:
        if value in self._names:
            writer.texts(b"G", self._names[value])
        elif value.__module__ == "builtins" and getattr(builtins, value.__name__, None) is value:
            writer.texts(b"f", "builtins", value.__name__)
        elif value.__module__ == "numpy" and getattr(sys.modules.get("numpy"), value.__name__, None) is value:
            writer.texts(b"f", "numpy", value.__name__)
        else:
            self._refer(writer, value, "t", value)

    def _refer(self, writer: Writer, value: Any, how: str, kind: type) -> None:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._kept)
            self._kept.append(value)
        writer.tagged(b"R", number, how, str(kind.__qualname__))


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


def _exception(payload: Any) -> BaseException:
    names, arguments_ = payload
    for name in names:
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, BaseException):
            return kind(*arguments_ if type(arguments_) is tuple else (arguments_,))
    return Exception(arguments_)


def _defaultdict(payload: Any) -> Any:
    from collections import defaultdict

    return defaultdict(*payload)
