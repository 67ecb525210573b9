"""Why two rules disagree on an output: the first of these kinds that covers all the difference."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from modelassay.grading.comparisons.output_rules.float_tolerance import Tolerance, near, words_agree

OTHER: Final = "something else"


def difference(got: bytes, expected: str, *, value: bool = False) -> str:
    """In what an output differs from the expected one. value: both are JSON, as of a function."""
    text = got.decode("utf-8", "surrogateescape")
    if value:
        return _of_values(text, expected)
    return next((name for name, covers in _KINDS if covers(text, expected)), OTHER)


def _of_values(got: str, expected: str) -> str:
    try:
        mine, right = json.loads(got), json.loads(expected)
    except (ValueError, RecursionError):
        return OTHER
    if isinstance(right, list) and right and mine == right[0]:
        return "a value alone in a list"
    if _close(mine, right):
        return "numbers within 1e-6"
    if isinstance(mine, list) and isinstance(right, list):
        return "order" if sorted(map(json.dumps, mine)) == sorted(map(json.dumps, right)) else OTHER
    return OTHER


def _close(mine: Any, right: Any) -> bool:
    if isinstance(mine, list) and isinstance(right, list):
        return len(mine) == len(right) and all(map(_close, mine, right))
    if isinstance(mine, int | float) and isinstance(right, int | float):
        return near(mine, right, Tolerance(1e-6, 1e-6))
    return bool(mine == right)


def _rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.split("\n") if line.strip()]


def _decimals(got: str, expected: str) -> bool:
    mine, right = got.split(), expected.split()
    return len(mine) == len(right) and all(
        a == b or (_decimal(a) is not None and _decimal(a) == _decimal(b))
        for a, b in zip(mine, right, strict=True)
    )


def _decimal(word: str) -> Decimal | None:
    try:
        return Decimal(word)
    except InvalidOperation:
        return None


def _within(tolerance: float) -> Callable[[str, str], bool]:
    return lambda got, expected: words_agree(got.split(), expected.split(), Tolerance(tolerance, tolerance))


_KINDS: Final[Sequence[tuple[str, Callable[[str, str], bool]]]] = (
    ("blanks or empty lines", lambda got, expected: _rows(got) == _rows(expected)),
    ("line breaks", lambda got, expected: got.split() == expected.split()),
    ("letter case", lambda got, expected: got.casefold().split() == expected.casefold().split()),
    ("how numbers are written", _decimals),
    ("numbers within 1e-6", _within(1e-6)),
    ("numbers within 1e-5", _within(1e-5)),
    ("order", lambda got, expected: sorted(got.split()) == sorted(expected.split())),
    ("repeated lines", lambda got, expected: set(got.split()) == set(expected.split())),
)
