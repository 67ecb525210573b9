"""What crosses the trust boundary between the grader and the sample's process besides Python's own values, and
the limits on it.

This file is used on both sides and imports nothing of ours and the standard library only.
"""

from __future__ import annotations

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Final


MAX_DEPTH: Final = 200
MAX_NODES: Final = 5_000_000
MAX_EQUAL_HASHES: Final = 64
MAX_ITEMS: Final = 100_000  # of an iterator


class CodecError(Exception):
    """The bytes are not a value, or the value is over a limit."""


class Opaque:
    """A value that stayed in the sample's process. Equal to nothing but itself, as a plain object is."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __repr__(self) -> str:
        return f"<{self.type_name} object>"


class Bounded:
    """An iterator whose items have been taken in the sample's process; `cut` when there were more."""

    __slots__ = ("_items", "cut")

    def __init__(self, items: list[Any], cut: bool) -> None:
        self._items = iter(items)
        self.cut = cut

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        for item in self._items:
            return item
        if self.cut:
            raise CodecError(f"an iterator of more than {MAX_ITEMS} items")
        raise StopIteration


class ArrayValue:
    """What a numpy array held: comparisons with it are decided by the oracles, never by `==`."""

    __slots__ = ("dtype", "items", "shape")

    def __init__(self, dtype: str, shape: tuple[int, ...], items: list[Any]) -> None:
        self.dtype = dtype
        self.shape = shape
        self.items = items

    def __repr__(self) -> str:
        return f"array{self.shape}({self.items!r:.200})"

    def __iter__(self) -> Iterator[Any]:
        self._check_row()
        return iter(self.items)

    def __len__(self) -> int:
        self._check_row()
        return len(self.items)

    def _check_row(self) -> None:
        if len(self.shape) != 1:
            raise TypeError("only an array of one dimension has items here")


class RaisedValueError(Exception):
    """An exception that was returned as a value. Equal to nothing but itself, as exceptions are."""


_NONE: Final = type(None)
SCALARS: Final = frozenset((_NONE, bool, int, float, complex, str, bytes, type(...)))
_ITEMS: Final = frozenset((list, tuple, set, frozenset))


def simple_lists(args: Iterable[Any]) -> list[list[Any]] | None:
    """The lists among arguments that are scalars and lists of scalars, none of which is there twice; None for any others."""
    lists: list[list[Any]] = []
    for found in args:
        if type(found) not in SCALARS:
            if type(found) is not list or not SCALARS.issuperset(map(type, found)):
                return None
            lists.append(found)
    return lists if len(lists) < 2 or len(set(map(id, lists))) == len(lists) else None


def survey(value: Any) -> tuple[bool, bool, list[Any]]:
    """Whether marshal carries a value whole, whether sets are in it, and what can be changed in it.

    What can be changed (lists, dicts, sets) comes in an order that is the same for a copy of the value. Marshal does not
    carry what is no plain value, and what is there twice, which would be two things after it.
    """
    sets, left = False, [value]
    changeable: list[Any] = []
    seen: set[int] = set()
    while left:
        item = left.pop()
        kind = type(item)
        if kind in _ITEMS:
            parts = item
        elif kind is dict:
            parts = [*item.keys(), *item.values()]
        elif kind in SCALARS:
            continue
        else:
            return False, sets, changeable
        changes = kind is not tuple and kind is not frozenset
        if changes or parts:
            if id(item) in seen:
                return False, sets, changeable
            seen.add(id(item))
        if changes:
            changeable.append(item)
        sets = sets or kind is set or kind is frozenset
        if not set(map(type, parts)) <= SCALARS:
            left += [part for part in parts if type(part) not in SCALARS]
    return True, sets, changeable


def refuse_equal_hashes(keys: list[Any]) -> None:
    """Raises CodecError when so many keys share a hash that a table of them would take quadratic time."""
    if len(keys) <= MAX_EQUAL_HASHES:
        return
    seen: dict[int, int] = {}
    for key in keys:
        mark = hash(key)
        seen[mark] = seen.get(mark, 0) + 1
        if seen[mark] > MAX_EQUAL_HASHES:
            raise CodecError("too many keys with one hash")


def checked(items: list[Any]) -> list[Any]:
    """The same items, when a table of them can be made at little cost. Raises CodecError."""
    refuse_equal_hashes(items)
    return items


def set_in_order(items: list[Any]) -> set[Any]:
    """A set that iterates in the order given, as the set it was written from did, where a way to build it is known.

    A set's order depends on how its table grew: a set literal is a copy of a constant, and a copy's table may be
    smaller than one that grew item by item. Programs that turn a set into a list show the difference.
    """
    found = set(items)
    if list(found) != items:
        copied: set[Any] = set()
        copied.update(frozenset(items))
        if list(copied) == items:
            return copied
    return found
