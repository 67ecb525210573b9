"""Whatever bytes a sample sends, what is rebuilt from them could exist in Python: checked on damaged values of every kind."""

import contextlib
import datetime
import io
import math
import random
from array import array
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pytest

from modelassay.grading.boundary.boundary_values import ArrayValue, Bounded, CodecError
from modelassay.grading.boundary.codec import decode
from modelassay.grading.boundary.reconstruction import ARRAY_BUILDERS
from modelassay.grading.boundary.writer import Writer

Pair = namedtuple("Pair", "left right")


class NumpyLinks:
    """Arrays are arrays; no reference means anything."""

    builders = ARRAY_BUILDERS

    def __getattr__(self, name: str) -> Any:
        raise CodecError(name)


VALUES: list[Any] = [
    range(3, 30, 4), slice(1, None, 2), bytearray(b"ab"), Decimal("1.50"), Fraction(-3, 7), {1: 2}.keys(), {1: 2}.items(),
    datetime.datetime(2026, 2, 28, 23, 59, 58, 7), datetime.timedelta(days=-1, seconds=5), datetime.time(1, 2, 3),
    deque([1, 2], maxlen=5), Counter("abca"), OrderedDict([(2, 1), (1, 2)]), defaultdict(int, {1: 2}), iter([1, 2]),
    array("i", [1, 2, 3]), io.StringIO("ab"), ("x", "äö", "\ud800", 1 << 70, -0.0, 1j), {1, 2, 3}, frozenset("abc"),
    numpy.arange(6, dtype="int16").reshape(2, 3), numpy.array([True, False]), numpy.array(["ab", "c"]),
    numpy.float32(1.5), numpy.array([1, "a", None], dtype=object), numpy.array(["2026-01-01"], dtype="M8[D]"),
    numpy.zeros((0, 3)), memoryview(b"abc"), ValueError("x"),
]  # fmt: skip


def check(value: Any) -> None:  # noqa: PLR0912 - one case for each type
    """Raises AssertionError for what no program could have made."""
    if isinstance(value, Bounded | io.StringIO):
        return
    with contextlib.suppress(TypeError):  # what has no length or no items
        assert isinstance(value, range | int) or len(value) == sum(1 for _ in value), value
    with contextlib.suppress(TypeError):  # what has no hash
        assert hash(value) == hash(value)
    match value:
        case numpy.ndarray():
            assert math.prod(value.shape) == value.size == len(value.ravel().tolist())
            if value.dtype == bool:
                assert set(value.view("u1").ravel().tolist()) <= {0, 1}
        case ArrayValue():
            assert math.prod(value.shape) == len(value.items)
        case dict():
            # nan is not equal to itself, and is not found again
            assert all(value[k] is v for k, v in value.items() if k == k)  # noqa: PLR0124, PLR1733
            for part in (*value.keys(), *value.values()):
                check(part)
        case set() | frozenset():
            assert all(item in value for item in value)
        case list() | tuple():
            for part in value:
                check(part)
        case deque():
            assert value.maxlen is None or len(value) <= value.maxlen
        case Fraction():
            assert math.gcd(value.numerator, value.denominator) == 1
            assert value.denominator > 0
        case str():
            assert value.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass") == value
            assert max(map(ord, value), default=0) <= 0x10FFFF
    if isinstance(value, int | str | bytes | Decimal | range):
        assert value == value or value.is_nan()  # type: ignore[union-attr]  # noqa: PLR0124


@pytest.mark.parametrize("links", [None, NumpyLinks()], ids=["plain", "numpy"])
def test_damaged_values_are_possible_values(links: Any) -> None:
    """Values with some bytes changed are refused, or rebuilt as something that can be."""
    rng, rebuilt = random.Random(7), 0
    for _ in range(6000):
        raw = bytearray(Writer().whole([rng.choice(VALUES[:-2]), rng.choice(VALUES)]))
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(raw))
            raw[at] = rng.choice((rng.randrange(256), raw[at] ^ 1, raw[rng.randrange(len(raw))]))
        try:
            value = decode(bytes(raw), links=links)
        except CodecError:
            continue
        rebuilt += 1
        check(value)

    assert rebuilt > 500
