"""pandas' objects as parts that cross the boundary, and back: frames, series, indexes, and their scalars.

A column is its dtype's kind and its items: numpy's arrays as arrays.py has them, texts as a list, categories as codes, dates
with a zone as UTC and the zone's name, nullable columns as values and a mask. So dtype, index, names, order and what is missing
survive. What comes from a sample is checked before pandas sees it. Used on both sides; pandas is imported where an object is
built, not before. What is of a kind that is not here stays where it is.
"""

from __future__ import annotations

import sys

from modelassay.grading.boundary.boundary_values import MAX_NODES, CodecError

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

_MASKED: Final = frozenset((
    "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64", "boolean",
))  # fmt: skip
_CLOSED: Final = ("left", "right", "both", "neither")


def frame_parts(value: Any, kind: type) -> tuple[str, Any] | None:
    """The name under which an object of pandas crosses, and its parts; None where it does not."""
    reduce = _REDUCERS.get(kind.__name__)
    try:
        parts = None if reduce is None else reduce(value)
    except (AttributeError, TypeError, ValueError):  # a forgery, or a version of pandas that has it otherwise
        return None
    return None if parts is None else (f"pandas {_KINDS.get(kind.__name__, kind.__name__)}", parts)


# --- to parts ---------------------------------------------------------------------------------------------
def _frame_parts(frame: Any) -> Any:
    columns = [_column_parts(frame.iloc[:, n].array) for n in range(frame.shape[1])]
    heads, index = _index_parts(frame.columns), _index_parts(frame.index)
    return None if _lacking(heads, index, *columns) else (heads, columns, index)


def _series_parts(series: Any) -> Any:
    column, index = _column_parts(series.array), _index_parts(series.index)
    return None if _lacking(column, index) else (column, index, series.name)


def _index_parts(index: Any) -> Any:
    kind = type(index).__name__
    if kind == "RangeIndex":
        return ("range", (index.start, index.stop, index.step), index.name)
    if kind == "MultiIndex":
        levels = [_index_parts(level) for level in index.levels]
        return (
            None
            if _lacking(*levels)
            else ("levels", (levels, [list(map(int, c)) for c in index.codes]), list(index.names))
        )
    column = _column_parts(index.array)
    if column is None:
        return None
    if column[0] == "numpy" and getattr(index, "freqstr", None):  # dates at a fixed distance
        return ("dates", (column, index.freqstr), index.name)
    return ("column", column, index.name)


def _column_parts(array: Any) -> Any:
    dtype = array.dtype
    kind = type(dtype).__name__
    if kind == "CategoricalDtype":
        categories = _index_parts(dtype.categories)
        return categories and ("category", (list(map(int, array.codes)), categories, bool(dtype.ordered)))
    if kind == "DatetimeTZDtype":
        return ("zoned", (array.tz_convert("UTC").tz_localize(None).to_numpy(), str(dtype.tz)))
    if kind == "StringDtype":
        missing = "NA" if dtype.na_value is sys.modules["pandas"].NA else "nan"
        return (
            "text",
            ([None if isinstance(item, type(dtype.na_value)) else str(item) for item in array], missing),
        )
    if str(dtype) in _MASKED:
        mask = array.isna()
        return (
            "masked",
            (str(dtype), array.to_numpy(dtype=array._data.dtype, na_value=array._data.dtype.type(0)), mask),
        )
    if kind == "PeriodDtype":
        return ("period", ([int(n) for n in array.asi8], str(dtype)[len("period[") : -1]))
    if kind == "IntervalDtype":
        left, right = _index_parts(array.left), _index_parts(array.right)
        return None if _lacking(left, right) else ("interval", (left, right, array.closed))
    plain = hasattr(getattr(dtype, "numpy_dtype", dtype), "byteorder")
    return ("numpy", array.to_numpy()) if plain else None


def _lacking(*parts: Any) -> bool:
    """Whether some part does not cross; its neighbours may be arrays, which `in` would compare."""
    return any(part is None for part in parts)


def _zone(moment: Any) -> str | None:
    return None if moment.tz is None else str(moment.tz)


_REDUCERS: Final[dict[str, Callable[[Any], Any]]] = {
    "DataFrame": _frame_parts,
    "Series": _series_parts,
    "Categorical": _column_parts,
    **{
        f"{name}Index": _index_parts
        for name in ("", "Range", "Multi", "Datetime", "Timedelta", "Categorical", "Period", "Interval")
    },
    "Timestamp": lambda v: ((v.tz_convert("UTC").tz_localize(None) if v.tz else v).asm8, _zone(v)),
    "Timedelta": lambda v: v.asm8,
    "Period": lambda v: (v.ordinal, v.freqstr),
    "Interval": lambda v: (v.left, v.right, v.closed),
    "NaTType": lambda v: (),
    "NAType": lambda v: (),
}
_KINDS: Final = {name: "index" for name in _REDUCERS if name.endswith("Index")}


# --- from parts -------------------------------------------------------------------------------------------
def _pandas() -> Any:
    try:
        import pandas
    except ImportError:
        raise CodecError("an object of pandas, which is not installed here") from None
    return pandas


def _build_frame(parts: Any) -> Any:
    heads, columns, index = _typed(parts, tuple, 3)
    made, rows = [_array(c) for c in _typed(columns, list)], _build_index(index)
    names: Any = _build_index(heads)
    if len(names) != len(made) or any(len(column) != len(rows) for column in made):
        raise CodecError("a frame whose columns do not fit")
    pandas = _pandas()
    frame = pandas.DataFrame({n: _one(column, rows) for n, column in enumerate(made)}, index=rows)
    frame.columns = names
    return frame


def _build_series(parts: Any) -> Any:
    column, index, name = _typed(parts, tuple, 3)
    array, rows = _array(column), _build_index(index)
    if len(array) != len(rows):
        raise CodecError("a series whose index does not fit")
    made = _one(array, rows)
    made.name = name
    return made


def _one(array: Any, index: Any) -> Any:
    return _pandas().Series(array, index=index, dtype=array.dtype)


def _build_index(parts: Any) -> Any:
    kind, payload, name = _typed(parts, tuple, 3)
    pandas = _pandas()
    match kind, payload:
        case "range", (int(start), int(stop), int(step)) if step:
            made = pandas.RangeIndex(start, stop, step, name=name)
            if len(made) > MAX_NODES:
                raise CodecError("an index too long")
            return made
        case "levels", (list(levels), list(codes)) if len(levels) == len(codes) == len(_typed(name, list)):
            for rows in codes:
                if any(type(n) is not int for n in _typed(rows, list)):
                    raise CodecError("not the codes of an index")
            return pandas.MultiIndex(
                levels=[_build_index(level) for level in levels], codes=codes, names=name
            )
        case "dates", (column, str(frequency)) if _is_frequency(frequency):
            made = pandas.Index(_array(column), name=name)
            made.freq = frequency
            return made
        case "column", column:
            array = _array(column)
            return pandas.Index(array, dtype=array.dtype, name=name)
    raise CodecError("not an index")


def _array(parts: Any) -> Any:
    kind, payload = _typed(parts, tuple, 2)
    pandas = _pandas()
    match kind, payload:
        case "numpy", array if type(array).__name__ == "ndarray" and array.ndim == 1:
            return array
        case "text", (list(items), "NA" | "nan" as missing) if all(
            i is None or type(i) is str for i in items
        ):
            return pandas.array(items, dtype="string" if missing == "NA" else "str")
        case "category", (list(codes), categories, bool(ordered)) if all(type(n) is int for n in codes):
            return pandas.Categorical.from_codes(codes, _build_index(categories), ordered=ordered)
        case "zoned", (moments, str(zone)) if _is_zone(zone):
            return pandas.DatetimeIndex(moments).tz_localize("UTC").tz_convert(zone).array
        case "masked", (str(dtype), values, mask) if dtype in _MASKED:
            made = pandas.array(values, dtype=dtype)
            made[_flags(mask)] = pandas.NA
            return made
        case "period", (list(ordinals), str(frequency)) if _is_frequency(frequency):
            return pandas.PeriodIndex.from_ordinals([*ordinals], freq=frequency).array
        case "interval", (left, right, str(closed)) if closed in _CLOSED:
            return pandas.arrays.IntervalArray.from_arrays(
                _build_index(left), _build_index(right), closed=closed
            )
    raise CodecError("not a column")


def _flags(mask: Any) -> Any:
    if type(mask).__name__ != "ndarray" or str(mask.dtype) != "bool":
        raise CodecError("not a mask")
    return mask


def _build_moment(parts: Any) -> Any:
    moment, zone = _typed(parts, tuple, 2)
    made = _pandas().Timestamp(moment)
    if zone is None:
        return made
    if not _is_zone(zone):
        raise CodecError("not a zone")
    return made.tz_localize("UTC").tz_convert(zone)


def _build_period(parts: Any) -> Any:
    ordinal, frequency = _typed(parts, tuple, 2)
    if type(ordinal) is not int or not _is_frequency(frequency):
        raise CodecError("not a period")
    return _pandas().Period(ordinal=ordinal, freq=frequency)


def _build_interval(parts: Any) -> Any:
    left, right, closed = _typed(parts, tuple, 3)
    if closed not in _CLOSED:
        raise CodecError("not an interval")
    return _pandas().Interval(left, right, closed)


def _is_zone(text: Any) -> bool:
    """Whether a text may name a zone, and no file. Without `re`, which would be loaded in every sandbox."""
    return (
        type(text) is str
        and len(text) <= 60
        and not text.startswith("dateutil")
        and all(part.strip("_+-:") and _bare(part, "_+-:") for part in text.split("/"))
    )


def _is_frequency(text: Any) -> bool:
    return type(text) is str and len(text) <= 20 and _bare(text, "-")


def _bare(text: str, more: str) -> bool:
    """Whether a text is of ASCII letters and digits, and of these signs."""
    return bool(text) and all(c.isascii() and (c.isalnum() or c in more) for c in text)


def _typed(payload: Any, kind: Any, size: int | None = None) -> Any:
    if type(payload) is not kind or (size is not None and len(payload) != size):
        raise CodecError("not the parts of this class")
    return payload


BUILDERS: Final[dict[str, Callable[[Any], Any]]] = {
    "pandas DataFrame": _build_frame,
    "pandas Series": _build_series,
    "pandas index": _build_index,
    "pandas Categorical": _array,
    "pandas Timestamp": _build_moment,
    "pandas Timedelta": lambda p: _pandas().Timedelta(p),
    "pandas Period": _build_period,
    "pandas Interval": _build_interval,
    "pandas NaTType": lambda p: _pandas().NaT,
    "pandas NAType": lambda p: _pandas().NA,
}


# --- changes in place ---------------------------------------------------------------------------------------
def replace(value: Any, parts: Any) -> None:
    """Have a frame or a series hold what the sample's copy holds. Raises CodecError."""
    fresh = (_build_frame if type(value).__name__ == "DataFrame" else _build_series)(parts)
    update = getattr(value, "_update_inplace", None)
    if update is None:
        raise CodecError("a version of pandas that cannot be changed so")
    update(fresh)
    if type(value).__name__ == "Series":
        value.name = fresh.name
