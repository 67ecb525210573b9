"""Wilson's interval against known values."""

import pytest

from modelassay.core.intervals import wilson


def test_known_value() -> None:
    """10 of 20 gives 29.9–70.1 %, as published tables do."""
    assert wilson(10, 20) == pytest.approx((0.29929, 0.70071), abs=1e-4)


@pytest.mark.parametrize(("successes", "bounds"), [(0, (0.0, 0.16113)), (20, (0.83887, 1.0))])
def test_ends_are_exact(successes: int, bounds: tuple[float, float]) -> None:
    """None and all of them reach 0 and 1 exactly, and the other end is not 0 or 1."""
    assert wilson(successes, 20) == pytest.approx(bounds, abs=1e-4)


def test_no_trials_is_refused() -> None:
    """No data is not certainty."""
    with pytest.raises(ValueError, match="no proportion"):
        wilson(0, 0)
