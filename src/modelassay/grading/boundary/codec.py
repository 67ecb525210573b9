"""Values as bytes, for the trust boundary between the grader and the sample's process.

The bytes of plain values are those of `marshal` version 2, because C writes them in the sample's
process at no cost. They are read here, by a reader that only builds values: it runs nothing, imports
nothing, and stops at a limit of nodes, depth and equal hashes. Everything marshal cannot write goes
through the slower writer in writer.py, in the same format with more tags:

`X` name value   a known class: Decimal, Fraction, datetime, deque, range, arrays, iterators, exceptions, …
`@` index        what has been written before (shared structure; cycles are refused)
`?` name         an opaque value: something that cannot cross; it is equal to nothing but itself

and, where the two sides have agreed on them (references.py), references to what stays where it is:

`R` index kind name      an object that stays with the writer
`B` index, `A` index     an object of the reader's: one that stayed with it; one that it sent with this call
`f` module name, `G` name  a function or class that both have; a global name of the sample's
`I` name base state      an object of a class that both know; it may contain itself

Equal plain values without sets have equal bytes, so most answers are compared without being read.
This file is used on both sides; it and what it imports need the standard library only.
"""

from __future__ import annotations

import marshal
import struct
import sys

from modelassay.grading.boundary.boundary_values import (
    MAX_DEPTH,
    MAX_NODES,
    SCALARS,
    CodecError,
    Opaque,
    checked,
    refuse_equal_hashes,
    set_in_order,
    survey,
)
from modelassay.grading.boundary.reconstruction import BUILDERS
from modelassay.grading.boundary.writer import CONTAINERS, Writer

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, Protocol
else:
    Protocol = object

BUFFER_MODULES: Final = ("numpy", "array")  # their values would look like bytes to marshal


def encode(value: Any, *, strict: bool = False) -> bytes:
    """The bytes of a value. What cannot cross is written as opaque; raises CodecError for cycles and depth.

    strict: raise CodecError for what cannot cross. Runs iterators, so call it where their code may run.
    """
    if not any(name in sys.modules for name in BUFFER_MODULES):
        try:
            data = marshal.dumps(value, 2)
        except ValueError:
            pass  # not plain: the slower writer knows more types
        else:
            # marshal sorts what is in a set, so that its order would be lost.
            if not ((b"<" in data or b">" in data) and holds_set(value)):
                return data
    return Writer(strict=strict).whole(value)


def holds_set(value: Any) -> bool:
    """Whether a set is in a plain value."""
    left = [value]
    while left:
        kind = type(found := left.pop())
        if kind is set or kind is frozenset:
            return True
        if kind is dict:
            found = [*found.keys(), *found.values()]
        elif kind is not list and kind is not tuple:
            continue
        if not set(map(type, found)) <= SCALARS:
            left += [item for item in found if type(item) in CONTAINERS]
    return False


def encode_linked(value: Any, links: Any, given: dict[int, int]) -> bytes:
    """The bytes of a value with references where it is no plain one. given: see Writer."""
    plain, sets, changeable = survey(value)
    if plain and not sets and given.keys().isdisjoint(map(id, changeable)):
        return marshal.dumps(value, 2)
    return Writer(links=links, given=given).whole(value)


NOT_SIMPLE: Final = object()
_FEW: Final = 64  # integers
_CONSTANTS: Final = {b"N": None, b"T": True, b"F": False}


def decode_simple(data: bytes) -> Any:
    """The value of bytes that are one plain scalar, or a short list of small integers, as most answers are, in a tenth of a
    Reader's time; else NOT_SIMPLE.
    """
    tag, size = data[:1], len(data)
    if size == 1:
        return _CONSTANTS.get(tag, NOT_SIMPLE)
    if tag == b"i" and size == 5:
        return int.from_bytes(data[1:], "little", signed=True)
    if tag == b"g" and size == 9:
        return struct.unpack_from("<d", data, 1)[0]
    if tag == b"u" and size >= 5 and int.from_bytes(data[1:5], "little", signed=True) == size - 5:
        try:
            return data[5:].decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return NOT_SIMPLE
    if tag == b"[" and 5 <= size <= 5 + 5 * _FEW:
        count = int.from_bytes(data[1:5], "little", signed=True)
        if size == 5 + 5 * count and data[5::5] == b"i" * count:
            return [*struct.unpack_from("<" + "xi" * count, data, 5)]
    return NOT_SIMPLE


def decode(data: bytes | memoryview, *, max_nodes: int = MAX_NODES, links: Links | None = None) -> Any:
    """The value of bytes that may be hostile. Raises CodecError; never runs anything of theirs.

    links: what references mean on this side; without, they are refused.
    """
    data = bytes(data)
    simple = decode_simple(data)
    return Reader(data, max_nodes, links).whole() if simple is NOT_SIMPLE else simple


class Links(Protocol):
    """What references mean on one side of a conversation. Each raises CodecError for one that means nothing."""

    builders: dict[str, Callable[[Any], Any]]  # of known classes, beside those of reconstruction.py

    def stayed(self, number: int, kind: str, name: str) -> Any: ...
    def own(self, number: int) -> Any: ...
    def given(self, number: int) -> Any: ...
    def function(self, module: str, name: str) -> Any: ...
    def named(self, name: str) -> Any: ...
    def blank(self, name: str) -> Any: ...
    def filled(self, name: str, made: Any, base: Any, state: Any) -> Any: ...


# --- reading ------------------------------------------------------------------------------------------
class Reader:
    """Builds one value from bytes; every length is checked against what is left before anything is made."""

    def __init__(self, data: bytes, max_nodes: int, links: Links | None = None) -> None:
        self._data = data
        self._links = links
        self._at = 0
        self._left = max_nodes
        self._refs: list[tuple[Any, int] | None] = []

    def whole(self) -> Any:
        try:
            value = self.value(0)
        except CodecError:
            raise
        except Exception as error:  # whatever bytes that are no value lead to
            raise CodecError(f"not a value: {type(error).__name__}: {error}"[:200]) from None
        if self._at != len(self._data):
            raise CodecError("bytes left over")
        return value

    def value(self, depth: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise CodecError("too many values")
        if depth > MAX_DEPTH:
            raise CodecError("nested too deeply")
        tag = self._data[self._at]
        self._at += 1
        read = _READERS.get(tag)
        if read is None:
            raise CodecError(f"unknown tag {tag}")
        return read(self, depth)

    def take(self, size: int) -> bytes:
        end = self._at + size
        if size < 0 or end > len(self._data):
            raise CodecError("a length beyond the end")
        part = self._data[self._at : end]
        self._at = end
        return part

    def count(self) -> int:
        """A number of items; each takes at least one byte, so more than what is left is a lie."""
        number: int = struct.unpack("<i", self.take(4))[0]
        if not 0 <= number <= len(self._data) - self._at:
            raise CodecError("a length beyond the end")
        return number

    def long(self) -> int:
        size: int = struct.unpack("<i", self.take(4))[0]
        raw = self.take(2 * abs(size))
        digits = struct.unpack(f"<{abs(size)}H", raw)
        if any(d > 0x7FFF for d in digits):
            raise CodecError("not a digit")
        bits = _join(digits)
        return -bits if size < 0 else bits

    def begin(self) -> tuple[int, int]:
        self._refs.append(None)
        return len(self._refs) - 1, self._left

    def end(self, started: tuple[int, int], value: Any) -> Any:
        index, before = started
        self._refs[index] = (value, before - self._left)
        return value

    def items(self, depth: int) -> list[Any]:
        return [self.value(depth + 1) for _ in range(self.count())]

    def mapping(self, depth: int) -> dict[Any, Any]:
        keys, values = [], []
        while self._data[self._at] != 0x30:  # "0"
            keys.append(self.value(depth + 1))
            values.append(self.value(depth + 1))
        self._at += 1
        refuse_equal_hashes(keys)
        return dict(zip(keys, values, strict=True))

    def shared(self) -> Any:
        index: int = struct.unpack("<I", self.take(4))[0]
        known = self._refs[index] if index < len(self._refs) else None
        if known is None:
            raise CodecError("a structure that contains itself")
        self._left -= known[1]  # what reading it again would have cost: no cheap explosions
        if self._left < 0:
            raise CodecError("too many values")
        return known[0]

    def name(self) -> str:
        return self.take(self._data[self._expect()]).decode("utf-8", "replace")

    def _expect(self) -> int:
        if self._at >= len(self._data):
            raise CodecError("a length beyond the end")
        self._at += 1
        return self._at - 1

    def special(self, depth: int) -> Any:
        started = self.begin()
        name = self.name()
        payload = self.value(depth + 1)
        build = (self._links.builders.get(name) if self._links else None) or BUILDERS.get(name)
        return self.end(started, Opaque(name) if build is None else build(payload))

    def number(self) -> int:
        index: int = struct.unpack("<I", self.take(4))[0]
        return index

    def linked(self) -> Links:
        if self._links is None:
            raise CodecError("a reference where there is none to be")
        return self._links

    def reference(self) -> Any:
        return self.linked().stayed(self.number(), self.name(), self.name())

    def instance(self, depth: int) -> Any:
        links, name = self.linked(), self.name()
        index, before = self.begin()
        made = links.blank(name)
        if made is not None:  # what has no built-in part may contain itself
            self._refs[index] = (made, 1)
        base, state = self.value(depth + 1), self.value(depth + 1)
        return self.end((index, before), links.filled(name, made, base, state))

    @property
    def objects(self) -> list[Any]:
        """Everything that has a number, in the order of the writer's."""
        return [None if known is None else known[0] for known in self._refs]


def _join(digits: tuple[int, ...]) -> int:
    """15-bit digits, least significant first, as one integer, by halves so that it is not quadratic."""
    if len(digits) <= 64:
        number = 0
        for digit in reversed(digits):
            number = number << 15 | digit
        return number
    middle = len(digits) // 2
    return _join(digits[:middle]) | _join(digits[middle:]) << (15 * middle)


_READERS: Final[dict[int, Callable[[Reader, int], Any]]] = {
    ord("N"): lambda r, d: None,
    ord("T"): lambda r, d: True,
    ord("F"): lambda r, d: False,
    ord("."): lambda r, d: Ellipsis,
    ord("i"): lambda r, d: struct.unpack("<i", r.take(4))[0],
    ord("l"): lambda r, d: r.long(),
    ord("g"): lambda r, d: struct.unpack("<d", r.take(8))[0],
    ord("y"): lambda r, d: complex(*struct.unpack("<dd", r.take(16))),
    ord("u"): lambda r, d: r.take(r.count()).decode("utf-8", "surrogatepass"),
    ord("s"): lambda r, d: r.take(r.count()),
    ord("["): lambda r, d: r.end(r.begin(), r.items(d)),
    ord("("): lambda r, d: r.end(r.begin(), tuple(r.items(d))),
    ord("<"): lambda r, d: r.end(r.begin(), set_in_order(checked(r.items(d)))),
    ord(">"): lambda r, d: r.end(r.begin(), frozenset(checked(r.items(d)))),
    ord("{"): lambda r, d: r.end(r.begin(), r.mapping(d)),
    ord("@"): lambda r, d: r.shared(),
    ord("X"): lambda r, d: r.special(d),
    ord("R"): lambda r, d: r.reference(),
    ord("B"): lambda r, d: r.linked().own(r.number()),
    ord("A"): lambda r, d: r.linked().given(r.number()),
    ord("f"): lambda r, d: r.linked().function(r.name(), r.name()),
    ord("G"): lambda r, d: r.linked().named(r.name()),
    ord("I"): lambda r, d: r.instance(d),
    ord("?"): lambda r, d: Opaque(r.name()),
}
