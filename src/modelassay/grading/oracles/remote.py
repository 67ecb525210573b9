"""Objects of the tests that stand for what stayed in the sample's process.

Everything goes across by name: calls, attributes, `with`, iterating iterators, awaiting. What other special methods do
(`len`, `in`, `[]`, iteration, arithmetic, comparison, text) is asked for where a problem is about classes, where its
reference was asked for it, or where the tests use attributes that no value has; for all other samples the answers are held
against each other (observed.py), so that no function can answer `len` with one thing and iteration with another. A `with` of
a sample's cannot take an assertion of the tests' away. Comparison is asked between two such objects, or of one that the tests
made by calling the class themselves; never of what a function returned instead of a value.
"""

from __future__ import annotations

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator
    from typing import Any, Final, Protocol

    Target = str | int | tuple[str, str]

    class Calls(Protocol):
        """What does the asking: test_calls.py."""

        @property
        def reading(self) -> bool: ...
        @property
        def observer(self) -> Any: ...  # observed.py, which imports this file
        def may(self, remote: RemoteObject) -> bool: ...
        def call(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any: ...
        def get(self, target: Target, name: str) -> Any: ...
        def set(self, target: Target, name: str, value: Any) -> None: ...
        def awaited(self, remote: RemoteObject) -> Any: ...
        def next_of(self, remote: RemoteIterator) -> Any: ...


_READABLE: Final = ("__name__", "__qualname__", "__annotations__", "__wrapped__", "__enter__", "__exit__")
_SPACE: Final = ("_remote_calls", "_remote_target", "_remote_label", "_remote_made", "_remote_hash")
_quiet = [0]  # whether texts are made for a message of ours, for which nobody is to be asked


class RemoteObject:
    """A global name of the sample's, or an object of its that is no value."""

    __slots__ = (*_SPACE, "__weakref__")

    def __init__(self, calls: Calls, target: Target, label: str, *, made: bool = False) -> None:
        for name, value in zip(_SPACE, (calls, target, label, made, None), strict=True):
            object.__setattr__(self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._remote_calls.call(self._remote_target, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__" and name not in _READABLE:
            raise AttributeError(name)
        return self._remote_calls.get(self._remote_target, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._remote_calls.set(self._remote_target, name, value)

    def __delattr__(self, name: str) -> None:
        self._remote_calls.call(("builtins", "delattr"), (self, name), {})

    def __enter__(self) -> Any:
        return self._remote_calls.get(self._remote_target, "__enter__")()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if error is not None and not isinstance(
            error, Exception
        ):  # the end of the tests is nobody's to prevent
            return False
        leave = self._remote_calls.get(self._remote_target, "__exit__")
        return bool(leave(kind, error, None)) and not isinstance(error, AssertionError)

    async def __aenter__(self) -> Any:
        return await self._remote_calls.get(self._remote_target, "__aenter__")()

    async def __aexit__(self, kind: Any, error: Any, trace: object) -> bool:
        if error is not None and not isinstance(error, Exception):
            return False
        leave = self._remote_calls.get(self._remote_target, "__aexit__")
        return bool(await leave(kind, error, None)) and not isinstance(error, AssertionError)

    def __await__(self) -> Generator[None, None, Any]:
        yield from ()
        return self._remote_calls.awaited(self)

    async def __aiter__(self) -> AsyncIterator[Any]:
        ended = object()
        items = self._remote_calls.call(("builtins", "aiter"), (self,), {})
        while (item := await next_of_items(items, ended)) is not ended:
            yield item

    def __repr__(self) -> str:
        return self._remote_text("repr")

    def __str__(self) -> str:
        return self._remote_text("str")

    def __format__(self, form: str) -> str:
        if not self._remote_asked():
            return format(object.__repr__(self), form) if form else str(self)
        return str(self._remote_calls.call(("builtins", "format"), (self, form), {}))

    def __hash__(self) -> int:
        if self._remote_hash is None:
            asked = not self._remote_calls.reading and self._remote_asked()
            found = (
                self._remote_calls.call(("builtins", "hash"), (self,), {}) if asked else object.__hash__(self)
            )
            object.__setattr__(self, "_remote_hash", found if type(found) is int else object.__hash__(self))
        return int(self._remote_hash)

    def __bool__(self) -> bool:
        if not self._remote_asked():
            return True
        return self._remote_calls.call(("builtins", "bool"), (self,), {}) is True

    def __instancecheck__(self, value: object) -> bool:
        return self._remote_calls.call(("builtins", "isinstance"), (value, self), {}) is True

    def __subclasscheck__(self, kind: type) -> bool:
        return self._remote_calls.call(("builtins", "issubclass"), (kind, self), {}) is True

    def _remote_asked(self) -> bool:
        """Whether it says itself what its text, hash and truth are: for objects, and for names where the problem needs it."""
        if _quiet[0]:
            return False
        return self._remote_calls.may(self) or type(self._remote_target) is int

    def _remote_text(self, how: str) -> str:
        if not self._remote_asked():
            return f"<{self._remote_label} object>"
        text = self._remote_calls.call(("builtins", how), (self,), {})
        if type(text) is not str:
            raise TypeError(f"__{how}__ returned non-string")
        return text


_classes: dict[tuple[type, str], type] = {}
MOST_CLASSES: Final = 200


def named(form: type[RemoteObject], label: str) -> type[RemoteObject]:
    """The class of objects that stand for those of a class of the sample's: it has that one's name, which messages show."""
    name = label.rpartition(".")[2]
    name = name if name.isidentifier() else "object"
    found = _classes.get((form, name))
    if found is None:
        if len(_classes) == MOST_CLASSES:
            _classes.clear()
        found = _classes[form, name] = type(name, (form,), {"__slots__": (), "__module__": "candidate"})
    return found


async def next_of_items(items: Any, ended: object) -> Any:
    """The next item of an asynchronous iterator of the sample's, or `ended`."""
    try:
        return await items._remote_calls.call(("builtins", "anext"), (items,), {})
    except StopAsyncIteration:
        return ended


class RemoteIterator(RemoteObject):
    """An iterator of the sample's: each item is asked for, and none before."""

    __slots__ = ()

    def __iter__(self) -> RemoteIterator:
        return self

    def __next__(self) -> Any:
        return self._remote_calls.next_of(self)


def quietly(text: Callable[[object], str], value: object) -> str:
    """The text of a value for a message of ours: nothing is asked of the sample for it."""
    _quiet[0] += 1
    try:
        return text(value)
    finally:
        _quiet[0] -= 1


# --- what other special methods do ------------------------------------------------------------------------
def _special_method(name: str, module: str, function: str) -> Callable[..., Any]:
    def method(self: RemoteObject, *args: Any) -> Any:
        calls = self._remote_calls
        if calls.may(self):
            return calls.call((module, function), (self, *args), {})
        if name not in _OBSERVED:
            raise TypeError(f"{self._remote_label!r} object has no {name}")
        return getattr(calls.observer, name)(self, *args)

    method.__name__ = name
    return method


def _computed(function: str, *, reflected: bool = False) -> Callable[..., Any]:
    def method(self: RemoteObject, other: Any) -> Any:
        if not self._remote_calls.may(self) and not isinstance(other, RemoteObject):
            return NotImplemented
        pair = (other, self) if reflected else (self, other)
        return self._remote_calls.call(("operator", function), pair, {})

    return method


def _compared(function: str) -> Callable[..., Any]:
    def method(self: RemoteObject, other: Any) -> Any:
        calls, both = self._remote_calls, isinstance(other, RemoteObject)
        if calls.reading:
            return NotImplemented
        if not calls.may(self):
            return calls.observer.compared(function, self, other) if both else NotImplemented
        return (
            calls.call(("operator", function), (self, other), {})
            if self._remote_made or both
            else NotImplemented
        )

    return method


_ASKED: Final = {
    "len": "builtins", "getitem": "operator", "setitem": "operator", "delitem": "operator", "contains": "operator",
    "iter": "builtins", "reversed": "builtins", "int": "builtins", "float": "builtins", "complex": "builtins",
    "index": "operator", "abs": "builtins", "neg": "operator", "pos": "operator", "invert": "operator",
    "round": "builtins", "divmod": "builtins", "bytes": "builtins", "length_hint": "operator",
}  # fmt: skip
_OBSERVED: Final = ("iter", "len", "contains", "getitem", "setitem", "delitem", "reversed")
_COMPUTED: Final = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift")
_BITS: Final = ("and", "or", "xor")
for _name, _module in _ASKED.items():
    setattr(RemoteObject, f"__{_name}__", _special_method(_name, _module, _name))
for _name in (*_COMPUTED, *_BITS):
    _function = _name + "_" if _name in ("and", "or") else _name
    setattr(RemoteObject, f"__{_name}__", _computed(_function))
    setattr(RemoteObject, f"__r{_name}__", _computed(_function, reflected=True))
    setattr(RemoteObject, f"__i{_name}__", _computed("i" + _name))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(RemoteObject, f"__{_name}__", _compared(_name))
for _name in ("floor", "ceil", "trunc"):
    setattr(RemoteObject, f"__{_name}__", _special_method(_name, "math", _name))
