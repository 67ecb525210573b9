"""What references mean in the sample's process: to what stays here, to functions and classes of the tests.

Everything here is in the sample's reach; whatever it does to it changes only what it answers about itself.
"""

from __future__ import annotations

import builtins
import sys
import types

from modelassay.grading.boundary import arguments
from modelassay.grading.boundary.instances import blank, fill, parts_of
from modelassay.grading.boundary.reconstruction import ARRAY_BUILDERS

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from modelassay.grading.boundary.writer import Writer

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
