"""Planning: the promise made before a run is kept by simulated runs."""

import numpy as np
import pytest

from modelassay.core.errors import InputError
from modelassay.estimates.mean import mean_difference
from modelassay.estimates.pass_at_k import pass_at_k
from modelassay.estimates.planning import (
    Assumed,
    Design,
    candidates_needed,
    detectable,
    difference_spread,
    half_width,
    problems_needed,
)

BASE, NEW = Assumed(0.30), Assumed(0.40)


def test_problems_needed_shows_the_difference_as_often_as_planned() -> None:
    """With the planned number of problems 0 is left out in 80 % of simulated runs, give or take 6 points."""
    rng = np.random.default_rng(4)
    design, n = Design(correlation=0.0), 10
    problems = problems_needed(BASE, NEW, 0.10, n, design)
    sides = [model.rates() for model in (BASE, NEW)]
    shown = 0
    for _ in range(400):
        one, two = (rng.choice(rates, problems) for rates in sides)
        values = [pass_at_k(n, rng.binomial(n, r), 1) for r in (one, two)]
        interval = mean_difference(values[1] - values[0]).interval(0.95, "")
        shown += interval.low > 0

    assert shown / 400 == pytest.approx(0.8, abs=0.06)


def test_164_greedy_answers_give_seven_points_either_way() -> None:
    """The figure everyone should know: HumanEval, one candidate each, ±7 points at 95 %."""
    assert half_width(Assumed(0.35), 164, 1, Design()) == pytest.approx(0.073, abs=0.002)


def test_more_of_anything_never_hurts() -> None:
    """More problems, more candidates or closer models: a smaller difference can be shown."""
    here = detectable(BASE, NEW, 100, 10, Design())

    assert detectable(BASE, NEW, 200, 10, Design()) == pytest.approx(here / 2**0.5)
    assert detectable(BASE, NEW, 100, 50, Design()) < here
    assert detectable(BASE, NEW, 100, 10, Design(correlation=0.9)) < here
    assert problems_needed(BASE, NEW, here, 10, Design()) in (100, 101)


def test_candidates_needed_is_the_fewest_and_knows_when_none_suffice() -> None:
    """One fewer would not do; a point on forty problems is out of reach of any number."""
    design = Design(k=5)
    needed = candidates_needed(BASE, NEW, 0.15, 80, design)

    assert needed is not None
    assert detectable(BASE, NEW, 80, needed, design) <= 0.15
    assert needed == 5 or detectable(BASE, NEW, 80, needed - 1, design) > 0.15
    assert candidates_needed(BASE, NEW, 0.01, 40, design) is None


def test_all_luck_of_sampling_goes_with_many_candidates() -> None:
    """What stays is the difference between problems."""
    few, many = (difference_spread(BASE, NEW, n, Design()) for n in (1, 1000))

    assert few.between == pytest.approx(many.between)
    assert many.within < 0.01 * few.within


@pytest.mark.parametrize("claim", [0.0, 1.0, 1.2])
def test_impossible_assumptions_are_refused(claim: float) -> None:
    """A claim of 0 or 100 % leaves nothing to plan with."""
    with pytest.raises(InputError):
        half_width(Assumed(claim), 100, 1, Design())
