"""The slower writer of the codec: every type of the list in codec.py, shared structure, references, opaque rest.

This file is used on both sides; it and what it imports need the standard library only.
"""

from __future__ import annotations

import marshal
import struct

from modelassay.grading.boundary.arrays import numpy_parts
from modelassay.grading.boundary.boundary_values import MAX_DEPTH, MAX_ITEMS, SCALARS, CodecError, Opaque
from modelassay.grading.boundary.frames import frame_parts

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, Protocol

    class Referrer(Protocol):
        """What a side of the conversation refers to instead of writing it."""

        def refer(self, writer: Writer, value: Any, kind: type, depth: int) -> bool:
            """Write a reference to the value, or leave it: False."""
            ...

        def admits(self, package: str) -> bool:
            """Whether the reader has a package. Raises CodecError where it should have."""
            ...


class Writer:
    """Writes one value, whatever it is."""

    def __init__(
        self, *, strict: bool = False, links: Referrer | None = None, given: dict[int, int] | None = None
    ) -> None:
        """links: what to do with what is no value. given: objects that the reader has, by id; written as `A`."""
        self._strict = strict
        self._links = links
        self._given = given or {}
        self._out: list[bytes] = []
        self._memo: dict[int, int] = {}
        self._open: set[int] = set()
        self.objects: list[Any] = []  # in the order of the reader's; ids must not be reused while writing

    def whole(self, value: object) -> bytes:
        self.write(value, 0)
        return b"".join(self._out)

    def write(self, value: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise CodecError("nested too deeply")
        kind = type(value)
        if kind in SCALARS:
            self._out.append(marshal.dumps(value, 2))
        elif (key := id(value)) in self._given:
            self.tagged(b"A", self._given[key])
        elif key in self._memo and key not in self._open:
            self.tagged(b"@", self._memo[key])
        elif kind in CONTAINERS:
            self._container(value, kind, depth)
        else:
            self._other(value, kind, depth)

    def _container(self, value: Any, kind: type, depth: int) -> None:
        key = id(value)
        if key in self._open:
            raise CodecError("a structure that contains itself")
        self.remember(value)
        self._open.add(key)
        if kind is dict:
            self._out.append(b"{")
            for name, item in value.items():
                self.write(name, depth + 1)
                self.write(item, depth + 1)
            self._out.append(b"0")
        else:
            items = list(value)
            self._out.append(CONTAINERS[kind] + struct.pack("<i", len(items)))
            for item in items:
                self.write(item, depth + 1)
        self._open.discard(key)

    def remember(self, value: object) -> None:
        """Give a value the number by which it is known from now on."""
        self._memo[id(value)] = len(self.objects)
        self.objects.append(value)

    def tagged(self, tag: bytes, number: int, *names: str) -> None:
        """A tag with a number and perhaps names."""
        self._out.append(tag + struct.pack("<I", number) + b"".join(map(_short_text, names)))

    def texts(self, tag: bytes, *names: str) -> None:
        """A tag with names."""
        self._out.append(tag + b"".join(map(_short_text, names)))

    def named(self, name: str, value: object, payload: object, depth: int) -> None:
        """A value of a known class by its parts. What contains itself is refused by the reader."""
        self.remember(value)
        self._out.append(b"X" + _short_text(name))
        self.write(payload, depth + 1)

    def instance(self, name: str, value: object, base: object, state: dict[str, Any], depth: int) -> None:
        """An object of a class that both sides know. It may contain itself."""
        self.remember(value)
        self._out.append(b"I" + _short_text(name))
        self.write(base, depth + 1)
        self.write(state, depth + 1)

    def opaque(self, name: str) -> None:
        """A value that stays here, and that is known by its type only."""
        self._out.append(b"?" + _short_text(name))

    def _other(self, value: Any, kind: type, depth: int) -> None:
        name = f"{kind.__module__}.{kind.__qualname__}"
        if kind is Opaque:
            self.opaque(value.type_name)
        elif name in REDUCERS:
            self.named(name, value, REDUCERS[name](value), depth)
        elif (
            (kind.__module__.partition(".")[0] == "numpy" and self._numpy(value, kind, depth))
            or (kind.__module__.partition(".")[0] == "pandas" and self._frame(value, kind, depth))
            or (self._links is not None and self._links.refer(self, value, kind, depth))
        ):
            return
        elif isinstance(value, BaseException):
            self.named("exception", value, (exception_names(kind), message_of(value)), depth)
        elif hasattr(kind, "__next__"):
            self._iterator(value, depth)
        else:
            self._subclass(value, kind, depth)

    def _numpy(self, value: Any, kind: type, depth: int) -> bool:
        found = numpy_parts(value, kind)
        if found is not None:
            self.named(found[0], value, found[1], depth)
        return found is not None

    def _frame(self, value: Any, kind: type, depth: int) -> bool:
        """An object of pandas; not of inputs with expected values, where nothing could be done with it."""
        found = frame_parts(value, kind) if self._links is not None and self._links.admits("pandas") else None
        if found is not None:
            self.named(found[0], value, found[1], depth)
        return found is not None

    def _iterator(self, value: Any, depth: int) -> None:
        items: list[Any] = []
        for item in value:
            if len(items) == MAX_ITEMS:
                self.named("iterator", value, (items, True), depth)
                return
            items.append(item)
        self.named("iterator", value, (items, False), depth)

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


CONTAINERS: Final[dict[type, bytes]] = {list: b"[", tuple: b"(", set: b"<", frozenset: b">", dict: b"{"}
_BASES: Final[tuple[tuple[type, Callable[[Any], object]], ...]] = (
    (list, lambda v: [*list.__iter__(v)]),
    (tuple, lambda v: (*tuple.__iter__(v),)),
    (set, lambda v: {*set.__iter__(v)}),
    (frozenset, lambda v: frozenset(frozenset.__iter__(v))),
    (bytes, lambda v: bytes.__getitem__(v, slice(None))),
)


def _short_text(text: str) -> bytes:
    raw = text.encode("utf-8", "replace")[:200]
    return bytes([len(raw)]) + raw


def exception_names(kind: type) -> tuple[str, ...]:
    """The names of an exception's class and its bases, nearest first."""
    return tuple(k.__name__[:100] for k in kind.__mro__[:12] if k is not object)


def message_of(error: BaseException) -> str:
    try:
        if isinstance(error, OSError) and len(error.args) > 1:  # the first is only a number
            return OSError.__str__(error)[:300]
        return str(error.args[0])[:300] if error.args else ""
    except Exception:  # the message's own code failed; an error without a message is still that error
        return ""


def _span_parts(v: Any) -> object:
    return (v.days, v.seconds, v.microseconds)


def _datetime_parts(v: Any) -> object:
    offset = v.utcoffset()
    zone = None if offset is None else _span_parts(offset)
    return (v.year, v.month, v.day, v.hour, v.minute, v.second, v.microsecond, zone)


REDUCERS: Final[dict[str, Callable[[Any], object]]] = {
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
    "datetime.timedelta": _span_parts,
    "collections.deque": lambda v: (list(v), v.maxlen),
    "collections.Counter": lambda v: dict(v.items()),
    "collections.OrderedDict": lambda v: list(v.items()),
    "collections.defaultdict": lambda v: (v.default_factory, dict(v.items())),
    "array.array": lambda v: (v.typecode, v.tolist()),
    "datetime.timezone": lambda v: _span_parts(v.utcoffset(None)),
    "_io.StringIO": lambda v: (v.getvalue(), v.tell()),
    "_io.BytesIO": lambda v: (v.getvalue(), v.tell()),
    "pathlib.PosixPath": str,
    "pathlib.PurePosixPath": str,
    "uuid.UUID": lambda v: v.int,
    "time.struct_time": tuple,
    **{f"ipaddress.IPv{n}{kind}": str for n in (4, 6) for kind in ("Address", "Network", "Interface")},
}
