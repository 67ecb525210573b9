"""numpy's arrays and scalars as parts that cross the boundary, and back.

The parts are a dtype's name, a shape, an order and the items' bytes, so that dtype, shape, order and NaN survive.
What comes from a sample is checked whole before anything is built: a dtype of the list below, as many bytes as the
shape needs, and for the kinds that cannot hold every pattern of bits (bool, text) their bits. Arrays of objects carry
their items as values. Used on both sides; numpy is imported where an array is built, not before.
"""

from __future__ import annotations

import sys

from modelassay.grading.boundary.boundary_values import ArrayValue, CodecError, Opaque

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Any, Final

MAX_DIMENSIONS: Final = 32
MAX_FIELDS: Final = 100  # of records, and letters of their names
MAX_TEXT_ITEM: Final = 1 << 20
_SIZES: Final = {
    "b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8, 16), "c": (8, 16, 32), "M": (8,), "m": (8,), "O": (8,),
}  # fmt: skip
# struct's letters, by which a memoryview reads items without numpy
_LETTERS: Final = {
    "b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q",
    "f4": "f", "f8": "d",
}  # fmt: skip


def numpy_parts(value: Any, kind: type) -> tuple[str, Any] | None:
    """The name under which an object of numpy's crosses, and its parts; None where it does not."""
    match kind.__qualname__:
        case "ndarray":
            return _named("ndarray", array_parts(value))
        case "matrix":
            return _named("numpy matrix", array_parts(value.view(sys.modules["numpy"].ndarray)))
        case "MaskedArray":
            parts = (array_parts(value.data), array_parts(sys.modules["numpy"].ma.getmaskarray(value)))
            return None if None in parts else ("numpy masked array", parts)
        case "MaskedConstant":  # `numpy.ma.masked`, of which there is one
            return "numpy masked", ()
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.dtype):
        return None if value.names is not None or value.hasobject else ("numpy dtype", value.str)
    return (
        _named("numpy scalar", scalar_parts(value))
        if hasattr(value, "dtype") and not isinstance(value, type)
        else None
    )


def _named(name: str, parts: Any) -> tuple[str, Any] | None:
    return None if parts is None else (name, parts)


def array_parts(value: Any) -> tuple[Any, tuple[int, ...], str, Any] | None:
    """dtype, shape, order and bytes (items, of an array of objects). None for a dtype that does not cross.

    The dtype of an array of records is the tuple of its fields, each a name and a dtype.
    """
    dtype = value.dtype
    if dtype.names is not None:
        fields = tuple((name, dtype[name].str) for name in dtype.names)
        if any(dtype[name].kind not in "biufcMmUS" or dtype[name].shape for name in dtype.names):
            return None
        packed = (
            value.astype([*fields])
            if dtype.itemsize != sum(dtype[n].itemsize for n in dtype.names)
            else value
        )
        return fields, tuple(int(n) for n in value.shape), "C", packed.tobytes("C")
    if dtype.kind not in "biufcMmUSO":
        return None
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    data = value.ravel(order).tolist() if dtype.kind == "O" else value.tobytes(order)
    return dtype.str, tuple(int(n) for n in value.shape), order, data


def scalar_parts(value: Any) -> tuple[str, bytes] | None:
    """dtype and bytes of a numpy scalar."""
    dtype = value.dtype
    if dtype.names is not None or dtype.kind not in "biufcMmUS":
        return None
    return dtype.str, value.tobytes()


def _checked_dtype(name: Any) -> tuple[str, int]:
    """The kind and the size of one item in bytes. Raises CodecError for what is no dtype of ours."""
    if type(name) is not str or not 2 <= len(name) <= 24 or name[0] not in "<>|":
        raise CodecError("not a dtype")
    kind, rest = name[1], name[2:]
    digits, unit = rest, ""
    if kind in "Mm" and "[" in rest:
        digits, _, unit = rest.partition("[")
        if not unit.endswith("]") or not unit[:-1].isalnum() or not unit.isascii():
            raise CodecError("not a dtype")
    if kind == "O" and not digits:
        return kind, 8
    if not (digits.isascii() and digits.isdigit()):
        raise CodecError("not a dtype")
    size = int(digits)
    if kind == "U" and name[0] == "<" and size <= MAX_TEXT_ITEM:
        return kind, 4 * size
    if kind == "S" and size <= MAX_TEXT_ITEM:
        return kind, size
    if size not in _SIZES.get(kind, ()):
        raise CodecError("not a dtype")
    return kind, size


def _checked_fields(fields: Any) -> int:
    """The size of one record in bytes. Raises CodecError for what are no fields."""
    if not 0 < len(fields) <= MAX_FIELDS:
        raise CodecError("not the fields of records")
    size = 0
    for field in fields:
        match field:
            case (str() as name, str() as dtype) if name and len(name) <= MAX_FIELDS and name.isprintable():
                kind, each = _checked_dtype(dtype)
                if kind == "O":
                    raise CodecError("not a field of records")
                size += each
            case _:
                raise CodecError("not the fields of records")
    if len({name for name, _ in fields}) != len(fields):
        raise CodecError("two fields of one name")
    return size


def _checked_parts(payload: Any) -> tuple[str, Any, int, tuple[int, ...], str, Any]:
    """kind, dtype, number of items, shape, order, data; all of one piece. Raises CodecError."""
    match payload:
        case (str() | tuple() as dtype, tuple() as shape, "C" | "F" as order, data):
            pass
        case _:
            raise CodecError("not an array")
    kind, size = _checked_dtype(dtype) if type(dtype) is str else ("V", _checked_fields(dtype))
    if len(shape) > MAX_DIMENSIONS or any(type(n) is not int or not 0 <= n < 1 << 40 for n in shape):
        raise CodecError("not a shape")
    count = 1
    for n in shape:
        count *= n
        if count > 1 << 40:
            raise CodecError("not a shape")
    if kind == "O":
        if type(data) is not list or len(data) != count:
            raise CodecError("an array whose shape has no room for its items")
    elif type(data) is not bytes or len(data) != count * size:
        raise CodecError("an array whose shape has no room for its items")
    return kind, dtype, count, shape, order, data


def build_array(payload: Any) -> Any:
    """A numpy array. Raises CodecError for parts that are none, or where numpy is not installed."""
    kind, dtype, count, shape, order, data = _checked_parts(payload)
    numpy = _numpy()
    if kind == "O":
        made = numpy.empty(count, dtype=object)
        for number, item in enumerate(data):
            made[number] = item
        return made.reshape(shape, order=order)
    dtype = dtype if kind != "V" else [*dtype]
    if len(data) == 0:
        return numpy.zeros(shape, dtype=dtype, order=order)
    flat = numpy.frombuffer(data, dtype=dtype)
    for name in flat.dtype.names or (None,):
        column = flat if name is None else flat[name]
        _check_bits(numpy, column.dtype, numpy.ascontiguousarray(column).tobytes())
    return flat.reshape(shape, order=order).copy(order=order)


def build_scalar(payload: Any) -> Any:
    """A numpy scalar. Raises CodecError as `build_array`."""
    match payload:
        case (str() as dtype, bytes() as data):
            return build_array((dtype, (), "C", data))[()]
    raise CodecError("not a scalar")


def build_matrix(payload: Any) -> Any:
    """A matrix. Raises CodecError as `build_array`."""
    found = build_array(payload)
    if found.ndim != 2:
        raise CodecError("not a matrix")
    return _numpy().asmatrix(found)


def build_masked(payload: Any) -> Any:
    """An array with a mask. Raises CodecError as `build_array`."""
    match payload:
        case (data, mask):
            made, hidden = build_array(data), build_array(mask)
            if hidden.dtype.kind != "b" or hidden.shape != made.shape:
                raise CodecError("not a mask")
            return _numpy().ma.MaskedArray(made, mask=hidden)
    raise CodecError("not an array with a mask")


def build_masked_constant(payload: Any) -> Any:
    """`numpy.ma.masked`. Raises CodecError."""
    if payload != ():
        raise CodecError("not the masked constant")
    return _numpy().ma.masked


def build_dtype(payload: Any) -> Any:
    """A dtype. Raises CodecError."""
    kind, _ = _checked_dtype(payload)
    return _numpy().dtype(object if kind == "O" else payload)


def _check_bits(numpy: Any, dtype: Any, data: bytes) -> None:
    """Raises CodecError where some bits are no item of this dtype."""
    kind = dtype.kind
    if kind == "b" and numpy.frombuffer(data, dtype="u1").max() > 1:
        raise CodecError("neither true nor false")
    if kind == "U" and numpy.frombuffer(data, dtype="<u4").max() > 0x10FFFF:
        raise CodecError("not a character")
    if dtype.str[1:] in ("f16", "c32"):
        _check_extended(numpy, numpy.frombuffer(data, dtype="<u2").reshape(-1, 8))


def _check_extended(numpy: Any, words: Any) -> None:
    """Numbers of 80 bits in 16 bytes, as x86 has them: the leading bit is set unless the exponent is 0."""
    if numpy.finfo(numpy.longdouble).nmant != 63:  # other machines have other numbers of this size
        raise CodecError("a long double of another machine")
    leading, exponent = words[:, 3] >> 15, words[:, 4] & 0x7FFF
    if ((exponent != 0) & (leading == 0)).any():
        raise CodecError("not a number")


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:
        raise CodecError("an array, but numpy is not installed here") from None
    return numpy


def describe_array(payload: Any) -> object:
    """The array as a list of items that compares with nothing, for tests that use no numpy."""
    kind, dtype, count, shape, _, data = _checked_parts(payload)
    if kind == "O":
        return ArrayValue(dtype, shape, data)
    if kind == "V":
        return Opaque("ndarray")
    letter = _LETTERS.get(dtype[1:]) if dtype[0] in "<|" else None
    if letter is not None:
        items = memoryview(data).cast(letter).tolist() if data else []  # type: ignore[call-overload]
        return ArrayValue(dtype, shape, items)
    if dtype == "<c16":
        halves = memoryview(data).cast("d").tolist() if data else []
        return ArrayValue(dtype, shape, [complex(*halves[2 * n : 2 * n + 2]) for n in range(count)])
    return Opaque("ndarray")


def describe_scalar(payload: Any) -> object:
    """A numpy scalar as the number or text that it holds."""
    match payload:
        case (str() as dtype, bytes() as data):
            found = describe_array((dtype, (), "C", data))
            if isinstance(found, ArrayValue):
                return found.items[0]
            if dtype[:2] == "<U":
                return data.decode("utf-32-le", "surrogatepass").rstrip("\0")
            if dtype[1:2] == "S":
                return data.rstrip(b"\0")
            if dtype in ("<f2", "<c8"):
                import struct

                parts = struct.unpack("<e" if dtype == "<f2" else "<ff", data)
                return parts[0] if len(parts) == 1 else complex(*parts)
            return found
    raise CodecError("not a scalar")
