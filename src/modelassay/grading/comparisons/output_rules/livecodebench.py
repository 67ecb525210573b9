"""Rule `livecodebench`: as many lines, each without blanks around it the same, or the same decimal numbers exactly."""

from decimal import Decimal, InvalidOperation


def agrees(got: str, expected: str) -> bool:
    """Whether an output is right."""
    mine, right = _rows(got), _rows(expected)
    return len(mine) == len(right) and all(a == b or _numbers(a, b) for a, b in zip(mine, right, strict=True))


def _rows(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


def _numbers(got: str, expected: str) -> bool:
    try:
        return [Decimal(w) for w in got.split()] == [Decimal(w) for w in expected.split()]
    except (InvalidOperation, ValueError):
        return False
