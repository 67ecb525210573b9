"""Instances of known classes, rebuilt from their parts: the values of the codec's tag `X`.

The parts come from a candidate's process and may be anything: each builder checks their types and sizes
before it makes something of them, and raises CodecError, or one of the errors that the reader turns into it.
This file is used on both sides and imports the standard library only; its modules are imported when first
met, for most problems need none of them.
"""

from __future__ import annotations

from modelassay.grading.boundary.boundary_values import (
    ArrayValue,
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
        if kind == "defaultdict":
            return collections.defaultdict(None, payload)
        if kind == "OrderedDict":
            refuse_equal_hashes([key for key, _ in payload])
        return getattr(collections, kind)(payload)

    return build


def _deque(payload: Any) -> object:
    from collections import deque

    items, length = payload
    if length is not None and (type(length) is not int or length < len(items)):
        raise CodecError("not a deque")
    return deque(_typed(items, list), length)


def _items_view(payload: Any) -> object:
    refuse_equal_hashes([key for key, _ in payload])
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


def _ndarray(payload: Any) -> object:
    dtype, shape, items = payload
    return ArrayValue(_typed(dtype, str), _ints(shape, len(shape)), _typed(items, list))


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
    "collections.defaultdict": _collection("defaultdict", dict),
    "array.array": _array,
    "ndarray": _ndarray,
    "iterator": _iterator,
    "exception": _exception,
}
