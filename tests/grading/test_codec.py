"""Values survive the trust boundary; hostile bytes are refused quickly and run nothing."""

import contextlib
import datetime
import marshal
import struct
import time
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.grading.boundary.boundary_values import ArrayValue, Bounded, CodecError, Opaque
from modelassay.grading.boundary.codec import NOT_SIMPLE, Reader, decode, decode_simple, encode
from modelassay.grading.boundary.writer import Writer

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(1 << 2000), max_value=1 << 2000)
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters(exclude_categories=()))
    | st.binary()
)
HASHABLE = st.recursive(SCALARS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=4))
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(inner, inner)
        | st.dictionaries(HASHABLE, inner, max_size=5)
        | st.sets(HASHABLE, max_size=5)
    ),
)


class Pair(NamedTuple):
    left: int
    right: int


class Loose(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


@given(VALUES)
def test_round_trip(value: Any) -> None:
    """What is read is what was written, with its types, by either writer."""
    for data in (encode(value), Writer().whole(value)):
        back = decode(data)

        assert back == value
        assert repr(type(back)) == repr(type(value))


@given(VALUES)
def test_bytes_are_deterministic(value: Any) -> None:
    """The same value has the same bytes again, so that equal bytes can stand for equal values."""
    assert encode(value) == encode(value)


@pytest.mark.parametrize(
    "value",
    [
        range(3, 30, 4),
        slice(1, None, 2),
        bytearray(b"ab"),
        Decimal("1.50"),
        Fraction(-3, 7),
        datetime.date(2026, 2, 28),
        datetime.datetime(2026, 2, 28, 23, 59, 58, 7),
        datetime.timedelta(days=-1, seconds=5),
        datetime.time(1, 2, 3),
        deque([1, 2], maxlen=5),
        Counter("abca"),
        OrderedDict([(2, 1), (1, 2)]),
        defaultdict(int, {1: 2}),
        {1: 2}.keys(),
        {1: 2}.items(),
        Pair(1, 2),
        ...,
        float("inf"),
        -0.0,
    ],
    ids=lambda v: type(v).__name__,
)
def test_known_classes(value: Any) -> None:
    """Common classes of the standard library arrive as themselves, inside other values too."""
    assert decode(encode(value)) == value
    assert decode(encode([value, [value]])) == [value, [value]]


def test_shared_structure_is_written_once() -> None:
    """A list that is there twice is one list again after the slower writer."""
    inner = [Fraction(1, 2)]

    one, two = decode(encode([inner, inner]))

    assert one is two


def test_iterators_are_bounded() -> None:
    """An iterator arrives as an iterator over its items; an endless one says so when it runs out."""
    from itertools import count

    assert list(decode(encode(iter([1, 2])))) == [1, 2]
    endless = decode(encode(count()))
    assert isinstance(endless, Bounded)
    with pytest.raises(CodecError):
        list(endless)


def test_what_cannot_cross_is_equal_to_nothing() -> None:
    """Objects of other classes arrive opaque; what they say about equality stays behind."""
    opaque = decode(encode(object()))

    assert isinstance(opaque, Opaque)
    assert opaque != decode(encode(object()))
    assert decode(encode(Loose(7))) == 7
    assert decode(encode(Loose(7))) != 8


def test_arrays_do_not_compare() -> None:
    """A numpy array arrives as its contents, which is equal to nothing; a numpy scalar as a number."""
    numpy = pytest.importorskip("numpy")

    assert isinstance(decode(encode(numpy.zeros(2))), ArrayValue)
    assert decode(encode(numpy.int64(5))) == 5


@pytest.mark.parametrize("deep", [300, 100_000])
def test_depth_is_limited(deep: int) -> None:
    """Nesting beyond the limit is refused by writer and reader."""
    with pytest.raises(CodecError):
        decode(b"[\x01\x00\x00\x00" * deep + b"N")


def explosion() -> bytes:
    """A hundred lists, each twice in the next: small bytes, astronomic value."""
    data = b"[\x00\x00\x00\x00"
    for level in range(100):
        data = b"[\x02\x00\x00\x00" + data + b"@" + struct.pack("<I", 99 - level + 1)
    return data


HOSTILE = {
    "lying length": b"[\xff\xff\xff\x7f",
    "negative length": b"u\xff\xff\xff\xff",
    "lying digits": b"l\xff\xff\xff\x7f\x00\x00",
    "digit too large": b"l\x01\x00\x00\x00\xff\xff",
    "self reference": b"[\x01\x00\x00\x00@\x00\x00\x00\x00",
    "unknown reference": b"@\x07\x00\x00\x00",
    "left over": b"NN",
    "nothing": b"",
    "code": marshal.dumps(compile("1", "x", "eval"), 2),
    "unhashable key": b"{[\x00\x00\x00\x00N0",
    "open dict": b"{" + b"i\x01\x00\x00\x00N",
    "range of text": b"X\x0ebuiltins.rangeN",
    "explosion": explosion(),
    "one hash": marshal.dumps([{i * (2**61 - 1): 0 for i in range(200)}], 2),
    "zero denominator": b"X\x12fractions.Fraction(\x02\x00\x00\x00i\x01\x00\x00\x00i\x00\x00\x00\x00",
    "bad surrogate": b"u\x01\x00\x00\x00\xff",
}


@pytest.mark.alone
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes(data: bytes) -> None:
    """Bytes that are not a value raise CodecError at once."""
    started = time.process_time()

    with pytest.raises(CodecError):
        decode(data)

    assert time.process_time() - started < 1


@settings(max_examples=2000)
@given(st.binary(max_size=200))
def test_noise(data: bytes) -> None:
    """Noise is a value or a CodecError, never anything else."""
    with contextlib.suppress(CodecError):
        decode(data)


@settings(max_examples=1000)
@given(VALUES, st.data())
def test_damaged_values(value: Any, data: st.DataObject) -> None:
    """A value with a changed byte is another value or a CodecError."""
    raw = bytearray(Writer().whole([value, Fraction(1, 3), range(3)]))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(CodecError):
        decode(bytes(raw))


@given(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 31), (1 << 31) - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.lists(st.integers(-(1 << 31), (1 << 31) - 1), max_size=64)
)
def test_the_short_way_reads_scalars_and_short_lists(value: Any) -> None:
    read = decode_simple(encode(value))
    assert type(read) is type(value)
    assert encode(read) == encode(value)


@given(
    st.binary(max_size=12)
    | st.builds(bytes.__add__, st.sampled_from([b"i", b"g", b"u", b"N"]), st.binary(max_size=12))
    | st.builds(
        bytes.__add__,
        st.sampled_from([b"[\1\0\0\0", b"[\2\0\0\0", b"[\2\0\0\0i\0\0\0\0"]),
        st.binary(max_size=12),
    )
)
def test_the_short_way_reads_nothing_that_the_long_one_refuses(data: bytes) -> None:
    read = decode_simple(data)
    if read is not NOT_SIMPLE:
        assert encode(read) == encode(Reader(data, 100).whole())
