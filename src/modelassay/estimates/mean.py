"""The mean over problems of a value in [0, 1] each, with an interval that treats the problem as the unit.

Two targets. *Problems like these*: the problems stand for endlessly many of their kind; most of the
uncertainty is which problems were asked. *This benchmark*: only `population` problems exist; with all of
them measured, only the luck of sampling candidates is left. docs/method.md says how the method was chosen.
"""

from dataclasses import dataclass

import numpy as np

from modelassay.core.measured import Interval
from modelassay.estimates.distributions import beta_quantile
from modelassay.estimates.pass_at_k import CountError, Floats

PRIOR = 1 / 3  # weight of one unseen 0 and one unseen 1: Kerman's neutral prior, whose median is the data's
METHOD = "clustered beta"


@dataclass(frozen=True)
class Mean:
    """What the data say of a mean: `value` is unbiased; a Beta(a, b) stands for what is unknown of it.

    floor, ceiling: whether every single value was 0, or 1; then the interval reaches that end.
    """

    value: float
    a: float
    b: float
    floor: bool
    ceiling: bool

    def interval(self, level: float, target: str) -> Interval:
        """The central interval at `level`, stretched where it must be so that it holds `value`."""
        if not 0 < level < 1:
            raise CountError(f"level {level} is not between 0 and 1", hint="0.95 for 95 %")
        tail = (1 - level) / 2
        low = 0.0 if self.floor else min(beta_quantile(tail, self.a, self.b), self.value)
        high = 1.0 if self.ceiling else max(beta_quantile(1 - tail, self.a, self.b), self.value)
        return Interval(low=low, high=high, level=level, method=METHOD, target=target)


def mean_of(
    values: Floats, *, prior: float = PRIOR, within: float = 0.0, population: int | None = None
) -> Mean:
    """The mean of `values` (P,) in [0, 1], and the Beta with its first two moments.

    The values plus an unseen 0 and an unseen 1 of weight `prior` each have mean m and variance s²
    (corrected for its lost degree of freedom); the mean's variance is s² / (P + 2 prior + 1). For values
    that are all 0 or 1 this is close to the posterior under the neutral prior Beta(1/3, 1/3) (Kerman 2011,
    doi 10.1214/11-EJS648); for others the effective number of trials grows as in Korn and Graubard (1998).
    within: variance of one problem's value from sampling candidates, averaged over the problems.
    population: how many problems there are in all; None for endlessly many. The part already seen adds
    no uncertainty but `within` (finite population correction; Cochran 1977, section 2.8). Where all values
    are 0 or all are 1 they say nothing of `within`, and the interval stays that for endlessly many.
    """
    count = len(values)
    unanimous = bool(np.all(values == values[0])) and values[0] in (0.0, 1.0)
    seen = 0.0 if population is None or unanimous else count / population
    weight = count + 2 * prior
    centre = (float(values.sum()) + prior) / weight
    spread = (float(np.square(values).sum()) + prior) / weight - centre * centre
    between = spread * weight / (weight - 1) / (weight + 1)
    value = float(values.mean())
    centre = (1 - seen) * centre + seen * value
    variance = (1 - seen) * between + seen * within / count
    a, b = matched_beta(centre, variance)
    return Mean(
        value=value,
        a=a,
        b=b,
        floor=unanimous and values[0] == 0.0,
        ceiling=unanimous and values[0] == 1.0,
    )


def matched_beta(mean: float, variance: float) -> tuple[float, float]:
    """(a, b) of the Beta with this mean and variance; the variance is kept from 0 and from its largest."""
    trials = max(mean * (1 - mean) / max(variance, 1e-15) - 1, 1e-3)
    return mean * trials, (1 - mean) * trials


def mean_difference(differences: Floats) -> Mean:
    """The mean of `differences` (P,) in [−1, 1], as the mean of (d + 1) / 2 in [0, 1].

    The unseen −1 and +1 weigh 1/3 each when every difference seen is −1, 0 or 1. Where differences are
    small, so is what an unseen problem may add: the weight shrinks with their typical size Σd² / Σ|d|.
    """
    total = float(np.abs(differences).sum())
    size = float(np.square(differences).sum()) / total if total > 0 else 1.0
    return mean_of((differences + 1) / 2, prior=PRIOR * size)
