"""The rules by their names. `checker` is not among them: it is the problem's own program (oracles/program_tests.py)."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from modelassay.grading.comparisons.output_rules import (
    apps,
    codecontests,
    exact,
    float_tolerance,
    lines,
    livecodebench,
    unordered,
)

RULES: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "livecodebench": livecodebench.agrees,
    "codecontests": codecontests.agrees,
    "apps": apps.agrees,
    "float": float_tolerance.agrees,
    "lines": lines.agrees,
    "exact": exact.agrees,
    "unordered": unordered.agrees,
}


_DIGITS: Final = 4_000


def output_agrees(rule: str, got: bytes, expected: str) -> bool:
    """Whether what a program wrote is right. What is no UTF-8 is equal to nothing that is."""
    return RULES[rule](got.decode("utf-8", "surrogateescape"), expected)


def value_agrees(rule: str, got: bytes, expected: str) -> bool:
    """Whether the JSON value that a function returned is right.

    Equal values, tuples as lists; under `float` numbers within 1e-6; under `unordered` lists in any order; under `apps`
    the expected value may stand alone in a list, as its files have it.
    """
    try:
        mine, right = (json.loads(text, parse_int=_integer) for text in (got, expected))
    except (ValueError, RecursionError):
        return False
    if _same(mine, right, rule):
        return True
    return rule == "apps" and isinstance(right, list) and bool(right) and _same(mine, right[0], rule)


def _written(value: Any) -> str:
    return json.dumps(value, default=str)


def _integer(digits: str) -> int | Decimal:
    """An integer, of which Python reads no more digits than this process lets it."""
    return int(digits) if len(digits) <= _DIGITS else Decimal(digits)


def _same(mine: Any, right: Any, rule: str) -> bool:
    if rule == "unordered" and isinstance(mine, list) and isinstance(right, list):
        return sorted(map(_written, mine)) == sorted(map(_written, right))
    if isinstance(mine, list) and isinstance(right, list):
        return len(mine) == len(right) and all(_same(a, b, rule) for a, b in zip(mine, right, strict=True))
    if rule == "float" and isinstance(mine, int | float) and isinstance(right, int | float):
        return float_tolerance.near(mine, right, float_tolerance.TOLERANCE)
    return bool(mine == right)
