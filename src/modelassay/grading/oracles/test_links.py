"""What references mean on the tests' side. Nothing that a sample sends names code to be run here.

A sample can name: an object that it keeps, an object or function that the tests gave it, a built-in type out of a fixed list,
a class of the tests. An object of such a class is rebuilt from what it holds.
"""

from __future__ import annotations

import builtins
import sys
import types

from modelassay.grading.boundary.arguments import Shared
from modelassay.grading.boundary.boundary_values import CodecError
from modelassay.grading.boundary.instances import blank, fill, parts_of
from modelassay.grading.boundary.reconstruction import ARRAY_BUILDERS
from modelassay.grading.oracles.remote import RemoteIterator, RemoteObject, named

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from modelassay.grading.boundary.writer import Writer
    from modelassay.grading.oracles.remote import Calls
    from modelassay.grading.oracles.test_names import TestNames

_TYPES: Final = {
    kind.__name__: kind
    for kind in (
        bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, object,
        *(k for k in vars(builtins).values() if isinstance(k, type) and issubclass(k, BaseException)),
    )
}  # fmt: skip
_FACTORIES: Final = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)
_VALUES: Final = (int, float, complex, str, bytes, list, tuple, dict, set, frozenset, BaseException)
_NAMED: Final = (types.BuiltinFunctionType, types.FunctionType, type, type(str.upper), type(str.__len__))
_NUMBERS: Final = frozenset((
    "bool", "bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
    "float64", "longdouble", "complex64", "complex128", "str_", "bytes_", "datetime64", "timedelta64", "ndarray",
))  # fmt: skip
_OF_ITERATORS: Final = frozenset(("send", "throw", "close", "from_iterable"))
_LAZY: Final = ("generator", "count", "cycle", "repeat")


class TestLinks:
    """References of one run of tests against one sample."""

    builders: dict[str, Callable[[Any], Any]]

    def __init__(self, calls: Calls, names: TestNames, namespace: dict[str, Any]) -> None:
        self._calls = calls
        self._names = names
        self._namespace = namespace
        self._remotes: dict[int, Any] = {}
        self.lent: list[Any] = []
        self._lent_numbers: dict[int, int] = {}
        self.objects: list[Any] = []
        self.shared = Shared(self.known)
        self.reading = False
        self.builders = {**ARRAY_BUILDERS, "collections.defaultdict": _defaultdict}

    def known(self, kind: type) -> bool:
        """Whether this is a class of the tests that the sample's side has, too."""
        return kind.__module__ == "tests" and self._class(kind.__name__) is kind

    def _class(self, name: str) -> Any:
        found = self._namespace.get(name) if name in self._names.defined else None
        return found if isinstance(found, type) else None

    def exception(self, name: str) -> type[Exception] | None:
        """The class of exceptions by this name: the tests', the problem's, or Python's."""
        found = self._class(name) or self._names.exceptions.get(name) or getattr(builtins, name, None)
        return found if isinstance(found, type) and issubclass(found, Exception) else None

    # --- reading: from a sample, to be trusted in nothing ------------------------------------------------
    def stayed(self, number: int, kind: str, name: str) -> Any:
        """What stands here for an object that stays there; the same for the same number."""
        if number not in self._remotes:
            form = RemoteIterator if kind == "i" else RemoteObject
            made = named(form, name)(self._calls, number, name)
            self._remotes[number] = made
        found = self._remotes[number]
        return _coroutine(found) if kind == "a" else found

    def own(self, number: int) -> Any:
        if number >= len(self.lent):
            raise CodecError("a function that was not given")
        return self.lent[number]

    def given(self, number: int) -> Any:
        return self.shared.find(number, self.objects)

    def function(self, module: str, name: str) -> Any:
        if module == "numpy" and name in _NUMBERS and "numpy" in sys.modules:
            return getattr(sys.modules["numpy"], name)
        if module != "builtins" or name not in _TYPES:
            raise CodecError("not a type that can be named")
        return _TYPES[name]

    def named(self, name: str) -> Any:
        return self._known_class(name)

    def _known_class(self, name: str) -> Any:
        found = self._class(name)
        if found is None:
            raise CodecError("not a class of the tests")
        return found

    def blank(self, name: str) -> Any:
        return blank(self._known_class(name))

    def filled(self, name: str, made: Any, base: Any, state: Any) -> Any:
        return fill(self._known_class(name), made, base, state)

    # --- writing: from the tests ---------------------------------------------------------------------------
    def admits(self, package: str) -> bool:
        """Whether samples have a package. Raises CodecError, for tests pass them what they cannot have."""
        from modelassay.grading.sandbox.packages import admitted

        if package not in admitted(self._names.packages):
            raise CodecError(
                f"tests pass an object of {package} to samples, which do not have it: No module named '{package}'"
            )
        return True

    def refer(self, writer: Writer, value: Any, kind: type, depth: int) -> bool:
        """Write a reference to what is no value. False: the writer has to see to it."""
        if isinstance(value, RemoteObject):
            _write_remote(writer, value._remote_target)
        elif self.known(kind):
            base, state = parts_of(value)
            writer.instance(kind.__name__, value, base, state, depth)
        elif isinstance(value, type) and self.known(value):
            writer.texts(b"G", value.__name__)
        elif (isinstance(value, _NAMED) or kind.__qualname__ == "ufunc") and (named := _name_of(value)):
            writer.texts(b"f", *named)
        elif isinstance(value, types.ModuleType) and _everywhere(value.__name__):
            writer.texts(b"f", value.__name__, "")
        elif isinstance(value, tuple) and type(getattr(kind, "_fields", None)) is tuple:
            writer.named("named tuple", value, (kind.__name__, kind._fields, tuple(value)), depth)  # type: ignore[attr-defined]
        elif isinstance(value, _VALUES) or kind.__module__.startswith("unittest"):
            return False
        elif hasattr(kind, "__next__"):
            if not _only_iterates(kind):
                raise CodecError(
                    f"a {kind.__qualname__} is more than its items and cannot cross the trust boundary"
                )
            if kind.__name__ not in _LAZY:
                return False
            self._lend(writer, value.__next__, "i", kind)
        elif callable(value):
            self._lend(writer, value, "c", kind)
        else:
            return False
        return True

    def _lend(self, writer: Writer, value: Any, how: str, kind: type) -> None:
        number = self._lent_numbers.get(id(value))
        if number is None:
            number = self._lent_numbers[id(value)] = len(self.lent)
            self.lent.append(value)
        writer.tagged(b"R", number, how, str(getattr(value, "__name__", kind.__name__)))


def _write_remote(writer: Writer, target: Any) -> None:
    if isinstance(target, int):
        writer.tagged(b"B", target)
    elif isinstance(target, str):
        writer.texts(b"G", target)
    else:
        writer.texts(b"f", *target)


def _only_iterates(kind: type) -> bool:
    """Whether an iterator has nothing to ask but its next item: an open file or a cursor has."""
    return not any(n for n in dir(kind) if not n.startswith(("_", "gi_")) and n not in _OF_ITERATORS)


def _everywhere(module: str) -> bool:
    """Whether a module is on both sides: Python's own, and numpy."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top == "numpy"


def _name_of(value: Any) -> tuple[str, str] | None:
    """The module and name by which a function or class is found on both sides, if it is."""
    owner = getattr(value, "__objclass__", None)
    module: Any = getattr(owner or value, "__module__", None)
    name: Any = getattr(value, "__qualname__", "")
    if type(value).__qualname__ == "ufunc":
        module, name = "numpy", value.__name__
    if type(module) is not str or not _everywhere(module) or "<" in name:
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return (module, name) if found is value else None


def _defaultdict(payload: Any) -> Any:
    from collections import defaultdict

    match payload:
        case (factory, dict() as held):
            fits = factory in _FACTORIES if isinstance(factory, type) else isinstance(factory, RemoteObject)
            return defaultdict(factory if fits else None, held)
    raise CodecError("not a dictionary with a default")


async def _coroutine(remote: RemoteObject) -> Any:
    """A coroutine of the sample's: run there to its end when it is awaited."""
    return remote._remote_calls.awaited(remote)
