"""Throughput from timings."""

import pytest

from modelassay.core.errors import InputError
from modelassay.core.measured import BatchTiming
from modelassay.speed.measure import measure


def timing(problem: str, seconds: float) -> BatchTiming:
    return BatchTiming(problem=problem, candidates=10, completion_tokens=500, wall_seconds=seconds)


def test_rates_are_totals_over_total_time() -> None:
    """A slow batch weighs by its time, and two batches of one problem are one problem."""
    point = measure([timing("a", 1.0), timing("b", 3.0), timing("b", 6.0)], "cpu", "float32")

    assert (point.problems, point.candidates, point.completion_tokens) == (2, 30, 1500)
    assert point.tokens_per_second == pytest.approx(150.0)
    assert point.candidates_per_second == pytest.approx(3.0)
    assert point.seconds_per_problem_median == pytest.approx(5.0)
    assert point.seconds_per_problem_p90 == pytest.approx(8.2)


@pytest.mark.parametrize("timings", [[], [timing("a", 0.0)]])
def test_refuses_what_has_no_rate(timings: list[BatchTiming]) -> None:
    """No timing and no time are errors, not infinite speed."""
    with pytest.raises(InputError):
        measure(timings, "cpu", "float32")
