"""Values as bytes, for the border between the grader and the candidate's process.

The bytes of plain values are those of `marshal` version 2, because C writes them in the candidate's
process at no cost. They are read here, by a reader that only builds values: it runs nothing, imports
nothing, and stops at a limit of nodes, depth and equal hashes. Everything marshal cannot write goes
through the slower writer below, in the same format with three more tags:

`X` name value   a known class: Decimal, Fraction, datetime, deque, range, iterators, exceptions, …
`@` index        a container that has been written before (shared structure; cycles are refused)
`?` name         an opaque value: something that cannot cross; it is equal to nothing but itself

Equal plain values without sets have equal bytes, so most answers are compared without being read.
This file is used on both sides; it and what it imports need the standard library only.
"""

from __future__ import annotations

import marshal
import struct
import sys

from modelassay.grading.boundary.boundary_values import (
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_NODES,
    CodecError,
    Opaque,
    checked,
    refuse_equal_hashes,
    set_in_order,
)
from modelassay.grading.boundary.reconstruction import BUILDERS

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

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
            left += found.keys()
            left += found.values()
        elif kind is list or kind is tuple:
            left += [item for item in found if type(item) in _CONTAINERS]
    return False


def decode(data: bytes | memoryview, *, max_nodes: int = MAX_NODES) -> Any:
    """The value of bytes that may be hostile. Raises CodecError; never runs or imports anything."""
    return Reader(bytes(data), max_nodes).whole()


# --- writing ------------------------------------------------------------------------------------------
class Writer:
    """The slower writer: every type of the list in the module's docstring, shared structure, opaque rest."""

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._out: list[bytes] = []
        self._memo: dict[int, int] = {}
        self._open: set[int] = set()
        self._keep: list[object] = []  # ids must not be reused while writing

    def whole(self, value: object) -> bytes:
        self.write(value, 0)
        return b"".join(self._out)

    def write(self, value: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise CodecError("nested too deeply")
        kind = type(value)
        if value is None or value is Ellipsis or kind in (bool, int, float, complex, str, bytes):
            self._out.append(marshal.dumps(value, 2))
        elif kind in _CONTAINERS:
            self._container(value, kind, depth)
        else:
            self._other(value, kind, depth)

    def _container(self, value: Any, kind: type, depth: int) -> None:
        key = id(value)
        if key in self._open:
            raise CodecError("a structure that contains itself")
        if key in self._memo:
            self._out.append(b"@" + struct.pack("<I", self._memo[key]))
            return
        self._memo[key] = len(self._memo)
        self._keep.append(value)
        self._open.add(key)
        if kind is dict:
            self._out.append(b"{")
            for name, item in value.items():
                self.write(name, depth + 1)
                self.write(item, depth + 1)
            self._out.append(b"0")
        else:
            items = list(value)
            self._out.append(_CONTAINERS[kind] + struct.pack("<i", len(items)))
            for item in items:
                self.write(item, depth + 1)
        self._open.discard(key)

    def named(self, name: str, payload: object, depth: int) -> None:
        raw = name.encode("utf-8", "replace")[:200]
        self._out.append(b"X" + bytes([len(raw)]) + raw)
        self.write(payload, depth + 1)

    def opaque(self, name: str) -> None:
        raw = name.encode("utf-8", "replace")[:200]
        self._out.append(b"?" + bytes([len(raw)]) + raw)

    def _other(self, value: Any, kind: type, depth: int) -> None:
        name = f"{kind.__module__}.{kind.__qualname__}"
        if kind is Opaque:
            self.opaque(value.type_name)
        elif name in _REDUCERS:
            self.named(name, _REDUCERS[name](value), depth)
        elif kind.__module__ == "numpy" and hasattr(value, "tolist"):
            self._numpy(value, kind, depth)
        elif isinstance(value, BaseException):
            self.named("exception", (exception_names(kind), _message(value)), depth)
        elif hasattr(kind, "__next__"):
            self._iterator(value, depth)
        else:
            self._subclass(value, kind, depth)

    def _numpy(self, value: Any, kind: type, depth: int) -> None:
        if kind.__qualname__ == "ndarray":
            self.named("ndarray", (str(value.dtype), value.shape, value.ravel().tolist()), depth)
        else:
            self.write(value.item(), depth + 1)

    def _iterator(self, value: Any, depth: int) -> None:
        items: list[Any] = []
        for item in value:
            if len(items) == MAX_ITEMS:
                self.named("iterator", (items, True), depth)
                return
            items.append(item)
        self.named("iterator", (items, False), depth)

    def _subclass(self, value: Any, kind: type, depth: int) -> None:
        """A subclass crosses as its built-in part: what it says about equality stays behind."""
        if isinstance(value, int):
            self.write(int.__add__(value, 0), depth + 1)
        elif isinstance(value, float):
            self.write(float.__add__(value, 0.0) if value else float(float.__repr__(value)), depth + 1)
        elif isinstance(value, str):
            self.write(str.__str__(value)[:] if kind is str else "".join(str.__iter__(value)), depth + 1)
        elif isinstance(value, dict):
            self.write(dict(dict.items(value)), depth + 1)
        else:
            for base, rebuild in _BASES:
                if isinstance(value, base):
                    self.write(rebuild(value), depth + 1)
                    return
            if self._strict:
                raise CodecError(f"a {kind.__qualname__} cannot cross the trust boundary")
            self.opaque(str(kind.__qualname__))


_CONTAINERS: Final[dict[type, bytes]] = {list: b"[", tuple: b"(", set: b"<", frozenset: b">", dict: b"{"}
_BASES: Final[tuple[tuple[type, Callable[[Any], object]], ...]] = (
    (list, lambda v: [*list.__iter__(v)]),
    (tuple, lambda v: (*tuple.__iter__(v),)),
    (set, lambda v: {*set.__iter__(v)}),
    (frozenset, lambda v: frozenset(frozenset.__iter__(v))),
    (bytes, lambda v: bytes.__getitem__(v, slice(None))),
)


def exception_names(kind: type) -> tuple[str, ...]:
    """The names of an exception's class and its bases, nearest first."""
    return tuple(k.__name__[:100] for k in kind.__mro__[:12] if k is not object)


def _message(error: BaseException) -> str:
    try:
        return str(error.args[0])[:300] if error.args else ""
    except Exception:  # the message's own code failed; an error without a message is still that error
        return ""


def _datetime_parts(v: Any) -> object:
    offset = v.utcoffset()
    zone = None if offset is None else (offset.days, offset.seconds, offset.microseconds)
    return (v.year, v.month, v.day, v.hour, v.minute, v.second, v.microsecond, zone)


_REDUCERS: Final[dict[str, Callable[[Any], object]]] = {
    "builtins.range": lambda v: (v.start, v.stop, v.step),
    "builtins.slice": lambda v: (v.start, v.stop, v.step),
    "builtins.bytearray": bytes,
    "builtins.memoryview": bytes,
    "builtins.dict_keys": list,
    "builtins.dict_values": list,
    "builtins.dict_items": list,
    "builtins.NotImplementedType": lambda v: None,
    "decimal.Decimal": str,
    "fractions.Fraction": lambda v: (v.numerator, v.denominator),
    "datetime.date": lambda v: (v.year, v.month, v.day),
    "datetime.time": lambda v: (v.hour, v.minute, v.second, v.microsecond),
    "datetime.datetime": _datetime_parts,
    "datetime.timedelta": lambda v: (v.days, v.seconds, v.microseconds),
    "collections.deque": lambda v: (list(v), v.maxlen),
    "collections.Counter": lambda v: dict(v.items()),
    "collections.OrderedDict": lambda v: list(v.items()),
    "collections.defaultdict": lambda v: dict(v.items()),
    "array.array": lambda v: (v.typecode, v.tolist()),
}


# --- reading ------------------------------------------------------------------------------------------
class Reader:
    """Builds one value from bytes; every length is checked against what is left before anything is made."""

    def __init__(self, data: bytes, max_nodes: int) -> None:
        self._data = data
        self._at = 0
        self._left = max_nodes
        self._refs: list[tuple[Any, int] | None] = []

    def whole(self) -> Any:
        try:
            value = self.value(0)
        except CodecError:
            raise
        except (IndexError, struct.error, ValueError, TypeError, ArithmeticError, RecursionError) as error:
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
        name = self.name()
        payload = self.value(depth + 1)
        build = BUILDERS.get(name)
        if build is None:
            return Opaque(name)
        return build(payload)


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
    ord("?"): lambda r, d: Opaque(r.name()),
}
