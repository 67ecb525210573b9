"""What an object of a sample's that is no value answers where nobody has said that the problem is about such objects.

A value has one length, the same items each time, and is equal to what it was equal to before; an object can say something
else each time it is asked. So it is asked what cannot contradict itself, or the answers are held against each other:

- its items are fetched one by one, and are the same each time, as long as the sample has been asked nothing else;
- its length is the number of its items, where it has any; `in`, `[]` with a number and `reversed` are looked up in the items;
- text, hash and truth are what it says;
- operators and comparisons are asked between two such objects, so that no value of the tests becomes known;
  comparison both ways.

An object that contradicts itself ends the tests, whatever they catch.
"""

from __future__ import annotations

from modelassay.grading.boundary.boundary_values import MAX_ITEMS
from modelassay.grading.oracles.remote import RemoteIterator, RemoteObject

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final, NoReturn, Protocol

    from modelassay.grading.oracles.remote import Target

    class Looks(Protocol):
        """What does the asking: test_calls.py."""

        changes: int

        def look(self, target: Target, args: tuple[Any, ...]) -> Any: ...
        def look_next(self, items: RemoteIterator, ended: object) -> Any: ...
        def call(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any: ...
        def forgive(self, error: Exception) -> None: ...
        def contradiction(self, remote: RemoteObject, said: str) -> NoReturn: ...


_STRICT: Final = ("lt", "gt")


class Observer:
    """What one run of tests has seen of such objects. Methods raise what Python raises for an object without the method."""

    def __init__(self, calls: Looks) -> None:
        self._calls = calls
        self._seen: dict[int, tuple[int, list[Any]]] = {}  # items, and how much had been asked by then

    def iter(self, remote: RemoteObject) -> Iterator[Any]:
        """Its items, one by one."""
        found = self._calls.look(("builtins", "iter"), (remote,))
        if not isinstance(found, RemoteIterator):
            raise TypeError(f"iter() returned non-iterator of type {type(found).__name__!r}")
        return self._checked(remote, found)

    def _checked(self, remote: RemoteObject, found: RemoteIterator) -> Iterator[Any]:
        calls, now = self._calls, self._calls.changes
        time, items = self._seen.get(id(remote), (-1, []))
        if time != now:
            time, items = self._seen[id(remote)] = (now, [])
        number, size, ended = 0, len(items), object()
        while (item := calls.look_next(found, ended)) is not ended:
            if calls.changes == time:
                if number >= len(items):
                    items.append(item)
                elif not _same(items[number], item):
                    calls.contradiction(remote, "has other items each time")
            number += 1
            yield item
        if calls.changes == time and number < size:
            calls.contradiction(remote, "has other items each time")

    def len(self, remote: RemoteObject) -> int:
        """Its length, which is the number of its items where it has any."""
        size = self._calls.look(("builtins", "len"), (remote,))
        try:
            items = self.iter(remote)
        except Exception as error:  # it has none: then there is nothing that its length could contradict
            self._calls.forgive(error)
            return int(size)
        counted = 0
        for _ in items:
            counted += 1
            if counted > min(int(size), MAX_ITEMS):
                break
        if counted != size:
            self._calls.contradiction(remote, f"has a length of {int(size)} and other items")
        return int(size)

    def contains(self, remote: RemoteObject, value: Any) -> bool:
        return any(item is value or item == value for item in self._all(remote))

    def getitem(self, remote: RemoteObject, place: Any) -> Any:
        """What stands at a place, or under a key, of which there is no second account."""
        if not isinstance(place, int | slice):
            return self._calls.look(("operator", "getitem"), (remote, place))
        return self._all(remote)[place]

    def setitem(self, remote: RemoteObject, place: Any, value: Any) -> None:
        self._calls.call(("operator", "setitem"), (remote, place, value), {})

    def delitem(self, remote: RemoteObject, place: Any) -> None:
        self._calls.call(("operator", "delitem"), (remote, place), {})

    def reversed(self, remote: RemoteObject) -> Iterator[Any]:
        return iter(self._all(remote)[::-1])

    def _all(self, remote: RemoteObject) -> list[Any]:
        if isinstance(remote, RemoteIterator):  # it is used up by this, as in Python
            return list(remote)
        items: list[Any] = []
        for item in self.iter(remote):
            items.append(item)
            if len(items) > MAX_ITEMS:
                raise TypeError(f"{remote._remote_label!r} object has too many items")
        return items

    def compared(self, function: str, one: RemoteObject, other: RemoteObject) -> bool:
        """`==`, `!=` and the orders between two objects of the sample's."""
        if function == "ne":
            return not self.compared("eq", one, other)
        answer = self._calls.look(("operator", function), (one, other)) is True
        if function == "eq" and (self._calls.look(("operator", "eq"), (other, one)) is True) != answer:
            self._calls.contradiction(one, "is equal to what is not equal to it")
        if answer and function in _STRICT and self._calls.look(("operator", function), (other, one)) is True:
            self._calls.contradiction(one, "is before and behind one object")
        return answer


def _same(one: Any, other: Any) -> bool:
    """Whether two items may be the same one. Objects may be made anew each time."""
    if isinstance(one, RemoteObject) or isinstance(other, RemoteObject):
        return type(one) is type(other)
    try:
        return bool(one == other) or (one != one and other != other)  # noqa: PLR0124 - nan
    except Exception:  # arrays
        return type(one) is type(other) and repr(one) == repr(other)
