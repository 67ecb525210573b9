"""How two values are held against each other. Both are built-in values by now: no sample code runs.

The rules are EvalPlus's (0.3.1), written from its documentation of them: exact equality first; where that
fails and a tolerance applies, the same type and element by element |a - b| <= tolerance + 1e-7 |b|.
"""

from __future__ import annotations

from modelassay.core.startup_imports import NamedTuple

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Any, Final, Literal

    Kind = Literal["equal", "set", "not-none", "root", "any"]


RELATIVE: Final = 1e-7
FLOAT_TOLERANCE: Final = 1e-6


class Comparison(NamedTuple):
    """kind, tolerance: as in core.problems.Pairs."""

    kind: Kind = "equal"
    tolerance: float | None = 0.0


def agrees(value: Any, expected: Any, comparison: Comparison, arguments: Any) -> bool:
    """Whether `value` is right. Anything that cannot be compared is wrong. `any` is the caller's."""
    try:
        match comparison.kind:
            case "not-none":
                return _something(value) == _something(expected)
            case "set":
                same = set(value) == set(expected)
            case "root":
                return _is_root(value, arguments[0], comparison.tolerance or 0.0)
            case _:
                same = bool(value == expected)
        return same or _near(value, expected, comparison.tolerance)
    except (TypeError, ValueError, ArithmeticError, RecursionError, AttributeError):
        return False


def _something(value: Any) -> bool:
    return value is not None and value is not False


def _near(value: Any, expected: Any, tolerance: float | None) -> bool:
    if tolerance == 0 and _floats(expected):
        tolerance = FLOAT_TOLERANCE
    if not tolerance or type(value) is not type(expected):
        return False
    return _close(value, expected, tolerance)


def _floats(value: Any) -> bool:
    if isinstance(value, float):
        return True
    return isinstance(value, list | tuple) and all(isinstance(item, float) for item in value)


def _close(value: Any, expected: Any, tolerance: float) -> bool:
    if isinstance(expected, list | tuple):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(expected)
            and all(_close(v, e, tolerance) for v, e in zip(value, expected, strict=True))
        )
    numbers = (bool, int, float, complex)
    if not isinstance(value, numbers) or not isinstance(expected, numbers):
        return False
    return value == expected or abs(value - expected) <= tolerance + RELATIVE * abs(expected)


def _is_root(value: Any, coefficients: Any, tolerance: float) -> bool:
    total = sum(c * value**power for power, c in enumerate(coefficients))
    return bool(abs(total) <= tolerance)
