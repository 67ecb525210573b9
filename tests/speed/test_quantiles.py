"""Percentiles, and an interval of the median that holds as often as it says."""

import numpy as np
import pytest

from modelassay.speed.quantiles import median_interval, quantiles


def test_percentiles_by_hand() -> None:
    found = quantiles([1.0, 2.0, 3.0, 4.0])

    assert (found.p50, found.minimum, found.maximum, found.count) == (2.5, 1.0, 4.0, 4)
    assert found.stdev == pytest.approx(1.2909944)
    assert quantiles([3.0]).stdev is None


def test_ranks_are_those_of_the_published_table() -> None:
    """95 %: the whole range of 6 values, the 2nd to the 9th of 10, the 6th to the 15th of 20 (Conover, 1999, table A3's method)."""
    assert median_interval(range(1, 6)).low is None
    assert (median_interval(range(1, 7)).low, median_interval(range(1, 7)).high) == (1, 6)
    assert (median_interval(range(1, 11)).low, median_interval(range(1, 11)).high) == (2, 9)
    assert (median_interval(range(1, 21)).low, median_interval(range(1, 21)).high) == (6, 15)


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    """Skewed times: of 2,000 samples of 15 the interval covers the true median at least 95 %, less chance."""
    rng = np.random.default_rng(0)
    draws = np.exp(rng.normal(0, 1, (2000, 15)))
    held = [median_interval(list(row)) for row in draws]

    covered = np.mean([i.low is not None and i.high is not None and i.low <= 1 <= i.high for i in held])
    assert covered > 0.94
