"""Instances of known classes, rebuilt from their parts: the values of the codec's tag `X`.

The parts come from a sample's process and may be anything: each builder checks their types and sizes
before it makes something of them, and raises CodecError, or one of the errors that the reader turns into it.
This file is used on both sides and imports the standard library only; its modules are imported when first
met, for most problems need none of them.
"""

from __future__ import annotations

from modelassay.grading.boundary import frames
from modelassay.grading.boundary.arrays import (
    build_array,
    build_dtype,
    build_masked,
    build_masked_constant,
    build_matrix,
    build_scalar,
    describe_array,
    describe_scalar,
)
from modelassay.grading.boundary.boundary_values import (
    MAX_NODES,
    Bounded,
    CodecError,
    RaisedValueError,
    checked,
    refuse_equal_hashes,
)

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final


def _ints(payload: Any, count: int) -> tuple[int, ...]:
    if type(payload) is not tuple or len(payload) != count or any(type(i) is not int for i in payload):
        raise CodecError("not the parts of this class")
    return payload


def _optional_ints(payload: Any) -> tuple[int | None, ...]:
    if (
        type(payload) is not tuple
        or len(payload) != 3
        or any(type(i) not in (int, type(None)) for i in payload)
    ):
        raise CodecError("not the parts of this class")
    return payload


def _typed(payload: Any, kind: type) -> Any:
    if type(payload) is not kind:
        raise CodecError("not the parts of this class")
    return payload


def _decimal(payload: Any) -> object:
    from decimal import Decimal  # imported when first met: most problems never need it

    if type(payload) is not str or len(payload) > 100_000:
        raise CodecError("not a decimal")
    return Decimal(payload)


def _fraction(payload: Any) -> object:
    from fractions import Fraction

    numerator, denominator = _ints(payload, 2)
    if max(numerator.bit_length(), denominator.bit_length()) > 200_000:
        raise CodecError("a fraction too long to reduce")
    return Fraction(numerator, denominator)


def _moment(kind: str, count: int) -> Callable[[Any], object]:
    def build(payload: Any) -> object:
        import datetime

        return getattr(datetime, kind)(*_ints(payload, count))

    return build


def _datetime(payload: Any) -> object:
    import datetime

    parts = _ints(payload[:7], 7)
    zone = payload[7]
    offset = None if zone is None else datetime.timezone(datetime.timedelta(*_ints(zone, 3)))
    return datetime.datetime(*parts, tzinfo=offset)  # type: ignore[misc, arg-type]


def _collection(kind: str, part: type) -> Callable[[Any], object]:
    def build(payload: Any) -> object:
        import collections

        _typed(payload, part)
        if kind == "OrderedDict":
            _check_pairs(payload)
        return getattr(collections, kind)(payload)

    return build


def _defaultdict(payload: Any) -> object:
    from collections import defaultdict

    _, held = payload  # what makes new items stays behind
    return defaultdict(None, _typed(held, dict))


def _deque(payload: Any) -> object:
    from collections import deque

    items, length = payload
    if len(_typed(items, list)) > (length if type(length) is int else MAX_NODES):
        raise CodecError("not a deque")
    return deque(items, length)


def _check_pairs(payload: Any) -> None:
    if any(type(pair) is not tuple or len(pair) != 2 for pair in _typed(payload, list)):
        raise CodecError("not the parts of this class")
    refuse_equal_hashes([key for key, _ in payload])


def _items_view(payload: Any) -> object:
    _check_pairs(payload)
    return dict(payload).items()


def _keys_view(payload: Any) -> object:
    return dict.fromkeys(checked(_typed(payload, list))).keys()


def _iterator(payload: Any) -> object:
    items, cut = payload
    return Bounded(_typed(items, list), _typed(cut, bool))


def _array(payload: Any) -> object:
    import array

    typecode, items = payload
    if type(typecode) is not str or typecode not in "bBuhHiIlLqQfd" or len(typecode) != 1:
        raise CodecError("not an array")
    return array.array(typecode, "".join(items) if typecode == "u" else _typed(items, list))


def _named_tuple(payload: Any) -> object:
    name, fields, items = payload
    if len(_typed(fields, tuple)) != len(_typed(items, tuple)):
        raise CodecError("not a named tuple")
    return _tuple_class(_typed(name, str), fields)(items)


_TUPLE_CLASSES: Final[dict[tuple[str, tuple[str, ...]], Any]] = {}
MAX_FIELDS: Final = 100


def _tuple_class(name: str, fields: tuple[Any, ...]) -> Any:
    """A class of named tuples; like a plain tuple in everything but the names. Nothing of theirs is run for it."""
    from keyword import iskeyword

    if len(fields) > MAX_FIELDS or len(set(fields)) != len(fields):
        raise CodecError("not a named tuple")
    for text in (name, *fields):
        if type(text) is not str or not text.isidentifier() or iskeyword(text) or len(text) > MAX_FIELDS:
            raise CodecError("not a named tuple")
    if any(field[0] == "_" for field in fields) or set(fields) & {"count", "index"}:
        raise CodecError("not a named tuple")
    if len(_TUPLE_CLASSES) > MAX_FIELDS:
        _TUPLE_CLASSES.clear()
    if (name, fields) not in _TUPLE_CLASSES:
        from collections import namedtuple

        _TUPLE_CLASSES[name, fields] = namedtuple(name, fields)
    made = _TUPLE_CLASSES[name, fields]
    return made._make


def _text_file(payload: Any) -> object:
    import io

    text, at = payload
    made = io.StringIO(_typed(text, str), newline="")
    if type(at) is not int or not 0 <= at <= len(text):
        raise CodecError("not a place in this file")
    made.seek(at)
    return made


def _bytes_file(payload: Any) -> object:
    import io

    data, at = payload
    made = io.BytesIO(_typed(data, bytes))
    if type(at) is not int or not 0 <= at <= len(data):
        raise CodecError("not a place in this file")
    made.seek(at)
    return made


def _path(payload: Any) -> object:
    import pathlib

    return pathlib.PurePosixPath(_typed(payload, str))


def _uuid(payload: Any) -> object:
    import uuid

    return uuid.UUID(int=_typed(payload, int))


def _struct_time(payload: Any) -> object:
    import time

    return time.struct_time(_ints(payload, 9))


def _address(kind: str) -> Callable[[Any], object]:
    def build(payload: Any) -> object:
        import ipaddress

        if len(_typed(payload, str)) > MAX_FIELDS:
            raise CodecError("not an address")
        return getattr(ipaddress, kind)(payload)

    return build


def _zone(payload: Any) -> object:
    import datetime

    return datetime.timezone(datetime.timedelta(*_ints(payload, 3)))


def _exception(payload: Any) -> object:
    names, message = payload
    return RaisedValueError(*[str(n) for n in names[:1]], _typed(message, str))


BUILDERS: Final[dict[str, Callable[[Any], Any]]] = {
    "builtins.range": lambda p: range(*_ints(p, 3)),
    "builtins.slice": lambda p: slice(*_optional_ints(p)),
    "builtins.bytearray": lambda p: bytearray(_typed(p, bytes)),
    "builtins.memoryview": lambda p: memoryview(_typed(p, bytes)),
    "builtins.dict_keys": _keys_view,
    "builtins.dict_values": lambda p: dict(enumerate(_typed(p, list))).values(),
    "builtins.dict_items": _items_view,
    "builtins.NotImplementedType": lambda p: NotImplemented,
    "decimal.Decimal": _decimal,
    "fractions.Fraction": _fraction,
    "datetime.date": _moment("date", 3),
    "datetime.time": _moment("time", 4),
    "datetime.timedelta": _moment("timedelta", 3),
    "datetime.datetime": _datetime,
    "collections.deque": _deque,
    "collections.Counter": _collection("Counter", dict),
    "collections.OrderedDict": _collection("OrderedDict", list),
    "collections.defaultdict": _defaultdict,
    "array.array": _array,
    "ndarray": describe_array,
    "numpy scalar": describe_scalar,
    "iterator": _iterator,
    "exception": _exception,
    "named tuple": _named_tuple,
    "datetime.timezone": _zone,
    "_io.StringIO": _text_file,
    "_io.BytesIO": _bytes_file,
    "pathlib.PosixPath": _path,
    "pathlib.PurePosixPath": _path,
    "uuid.UUID": _uuid,
    "time.struct_time": _struct_time,
    **{
        f"ipaddress.IPv{n}{kind}": _address(f"IPv{n}{kind}")
        for n in (4, 6)
        for kind in ("Address", "Network", "Interface")
    },
}
# Where numpy's and pandas' values are to be theirs again.
ARRAY_BUILDERS: Final[dict[str, Callable[[Any], Any]]] = {
    "ndarray": build_array,
    "numpy scalar": build_scalar,
    "numpy matrix": build_matrix,
    "numpy masked array": build_masked,
    "numpy masked": build_masked_constant,
    "numpy dtype": build_dtype,
    **frames.BUILDERS,
}
