"""Rule `float`: word by word; numbers within 1e-6, absolutely or of the expected number, everything else exactly."""

from modelassay.core.startup_imports import NamedTuple


class Tolerance(NamedTuple):
    """How far a number may be off: absolutely, or as a share of what is expected; the wider of both holds."""

    absolute: float
    relative: float


TOLERANCE = Tolerance(1e-6, 1e-6)


def agrees(got: str, expected: str) -> bool:
    """Whether an output is right."""
    return words_agree(got.split(), expected.split(), TOLERANCE)


def words_agree(got: list[str], expected: list[str], tolerance: Tolerance) -> bool:
    """Whether each word is the expected one, or a number near it. NaN is near nothing."""
    return len(got) == len(expected) and all(
        a == b or _words_near(a, b, tolerance) for a, b in zip(got, expected, strict=True)
    )


def near(got: float, expected: float, tolerance: Tolerance) -> bool:
    """Whether a number is near the expected one."""
    return abs(got - expected) <= max(tolerance.absolute, tolerance.relative * abs(expected))


def _words_near(got: str, expected: str, tolerance: Tolerance) -> bool:
    try:
        return near(float(got), float(expected), tolerance)
    except ValueError:
        return False
