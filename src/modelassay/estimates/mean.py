"""The mean over problems of a value in [0, 1] each, with an interval that treats the problem as the unit.

Two targets. *Population of problems*: the problems stand for endlessly many of their kind; most of the
uncertainty is which problems were asked. *Fixed problem set*: only `population` problems exist; with all of
them measured, only the variance of sampling is left. docs/method.md says how the method was chosen.
"""

import math
from dataclasses import dataclass

import numpy as np

from modelassay.core.measured import Interval
from modelassay.estimates.distributions import beta_cdf, beta_quantile, binomial_ends
from modelassay.estimates.pass_at_k import CountError, Floats

PRIOR = 1 / 3  # of paired differences: Kerman's neutral prior, whose median is the data's
UNSEEN = 1.0  # weight of one unseen 0 and one unseen 1 in the spread of pass@k
METHOD = "mid-P on effective trials, clustered by problem"
PAIRED = "paired clustered beta"
POPULATION = "problems like these"  # what the pages call the population of problems


@dataclass(frozen=True)
class Mean:
    """What the data say of a mean: `value` is unbiased and known as well as from `trials` single trials.

    trials is infinite where nothing is left unknown.
    """

    value: float
    trials: float

    def interval(self, level: float, target: str) -> Interval:
        """The binomial interval at `level` of trials · value passes in `trials` trials."""
        checked(level)
        low, high = self.value, self.value
        if math.isfinite(self.trials):
            low, high = binomial_ends(self.trials * self.value, self.trials, level)
        return Interval(low=low, high=high, level=level, method=METHOD, target=target)


def checked(level: float) -> float:
    """A level between 0 and 1. Raises CountError for any other."""
    if not 0 < level < 1:
        raise CountError(f"level {level} is not between 0 and 1", hint="0.95 for 95%")
    return level


def mean_of(
    values: Floats, *, within: float | None = None, population: int | None = None, unseen: float = UNSEEN
) -> Mean:
    """The mean of `values` (P,) in [0, 1], and the number of single trials it is worth.

    The values plus an unseen 0 and an unseen 1 of weight `unseen` each have mean m and variance s²; P values
    are worth P · m(1 − m) / s² trials: exactly P where all are 0 or 1, more where they differ less (E. Korn
    and B. Graubard 1998, Survey Methodology 24, 193-201). The unseen keep s² from being small by accident.
    within: variance of one problem's value from sampling, averaged over the problems; 0 for greedy runs,
    None where it is unknown. population: how many problems there are in all; None for endlessly many. The
    part already seen adds no uncertainty but `within` (finite population correction; Cochran 1977, section
    2.8). Where all values are 0 or all are 1 and sampled they say nothing of `within`, and the interval
    stays that for endlessly many.
    """
    count, value = len(values), float(values.mean())
    total = count + 2 * unseen
    centre = (float(values.sum()) + unseen) / total
    spread = (float(np.square(values).sum()) + unseen) / total - centre * centre
    unanimous = within != 0.0 and value in (0.0, 1.0)
    seen = 0.0 if population is None or unanimous else count / population
    left = (1 - seen) * spread + seen * (spread if within is None else within)
    if left <= 0:
        return Mean(value, math.inf)
    return Mean(value, count * centre * (1 - centre) / left)


def matched_beta(mean: float, variance: float) -> tuple[float, float]:
    """(a, b) of the Beta with this mean and variance; the variance is kept from 0 and from its largest."""
    trials = max(mean * (1 - mean) / max(variance, 1e-15) - 1, 1e-3)
    return mean * trials, (1 - mean) * trials


@dataclass(frozen=True)
class Difference:
    """What the data say of a mean difference: (difference + 1) / 2 as a Beta(a, b)."""

    value: float
    a: float
    b: float

    def interval(self, level: float, target: str) -> Interval:
        """The central interval at `level` in [−1, 1], stretched where it must be so that it holds `value`."""
        tail = (1 - checked(level)) / 2
        low = min(2 * beta_quantile(tail, self.a, self.b) - 1, self.value)
        high = max(2 * beta_quantile(1 - tail, self.a, self.b) - 1, self.value)
        return Interval(low=low, high=high, level=level, method=PAIRED, target=target)

    @property
    def above_zero(self) -> float:
        """The probability that the difference is above 0."""
        return 1.0 - beta_cdf(0.5, self.a, self.b)


def mean_difference(differences: Floats, *, unseen: float | None = None) -> Difference:
    """The mean of `differences` (P,) in [−1, 1], as the mean of (d + 1) / 2 in [0, 1].

    To them an unseen −1 and an unseen +1 are added, 1/3 each when every difference seen is −1, 0 or 1. Where
    differences are small, so is what an unseen problem probably adds: the weight shrinks with their typical
    size Σd² / Σ|d|. unseen: another weight, where "probably" is not enough.
    The Beta has the mean m and the variance s² / (W + 1) of all W = P + 2 · weight values.
    """
    # What is left of subtracting equal numbers is no difference, and of one problem alone would decide the weight.
    differences = np.where(np.abs(differences) < 1e-12, 0.0, differences)
    if unseen is None:
        total = float(np.abs(differences).sum())
        unseen = PRIOR * (float(np.square(differences).sum()) / total if total > 0 else 1.0)
    halves = (differences + 1) / 2
    weight = len(halves) + 2 * unseen
    centre = (float(halves.sum()) + unseen) / weight
    spread = (float(np.square(halves).sum()) + unseen) / weight - centre * centre
    a, b = matched_beta(centre, spread * weight / (weight - 1) / (weight + 1))
    return Difference(float(differences.mean()), a, b)
