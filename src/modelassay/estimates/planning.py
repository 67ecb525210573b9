"""Before a run: which difference it could show, and how many problems and samples it would take.

The assumed models come from published claims. They decide how much to measure and nothing else: no
estimate, interval or verdict takes them in. Source of the sample-size formula: E. Miller (2024), Adding
Error Bars to Evals, arXiv 2411.00640, section 5, with pass@k in the place of a mean score.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from modelassay.estimates.distributions import beta_quantile, normal_quantile
from modelassay.estimates.pass_at_k import CountError, Floats
from modelassay.estimates.rates import resampling_variance

# (spread, correlation) that ask for the fewest and for the most problems. Correlations of true pass@1 between the 861
# pairs of 42 models on 400 LiveCodeBench problems (n = 10): 0.45 at the first decile, 0.60 in the middle, 0.71 at the
# last; a + b 0.14 to 0.35 there, 1.0 and 1.8 on HumanEval.
ASSUMED = ((1.8, 0.7), (0.2, 0.45))
_POINTS = 200
_MOST_CANDIDATES = 1000


@dataclass(frozen=True)
class Assumed:
    """What is assumed of one model before anything is measured.

    pass_at_1: as claimed. spread: a + b of the Beta that its pass rates follow over the problems; small
    for problems that are nearly all solved or hopeless. On HumanEval counts of two 7B–16B models it was
    1.0 and 1.8; the smaller asks for more problems.
    """

    pass_at_1: float
    spread: float = 1.0

    def rates(self) -> Floats:
        """Equally likely pass rates (200,): the quantiles of the assumed Beta."""
        if not 0 < self.pass_at_1 < 1 or self.spread <= 0:
            raise CountError(
                f"cannot plan with pass@1 = {self.pass_at_1} and spread = {self.spread}",
                hint="assume a pass@1 between 0 and 1",
            )
        return _quantiles(self.pass_at_1 * self.spread, (1 - self.pass_at_1) * self.spread)


@lru_cache(maxsize=64)
def _quantiles(a: float, b: float) -> Floats:
    """Those of Beta(a, b) in the middle of _POINTS equal shares; a search for a design asks for the same again and again."""
    found = np.array([beta_quantile((i + 0.5) / _POINTS, a, b) for i in range(_POINTS)])
    found.setflags(write=False)
    return found


@dataclass(frozen=True)
class Design:
    """A run: k of pass@k, its level, and the chance it shall have to show a difference that is there.

    correlation: of the two models' pass@k over the problems; 0.7 was measured between two models of
    different makers on HumanEval, and models of one family are closer. Lower asks for more problems.
    """

    k: int = 1
    level: float = 0.95
    power: float = 0.8
    correlation: float = 0.7

    @property
    def reach(self) -> float:
        """Standard errors a difference must measure to be shown at this level with this power."""
        return normal_quantile((1 + self.level) / 2) + normal_quantile(self.power)


@dataclass(frozen=True)
class Spread:
    """Variance of one problem's paired difference: `between` problems, and from sampling n samples."""

    between: float
    within: float

    @property
    def total(self) -> float:
        return self.between + self.within


def difference_spread(baseline: Assumed, candidate: Assumed, candidates: int, design: Design) -> Spread:
    """The paired difference's variance per problem with `candidates` for each. Raises CountError for n < k."""
    if candidates < design.k:
        raise CountError(f"pass@{design.k} from {candidates} samples per problem")
    sides = [model.rates() for model in (baseline, candidate)]
    solved = [1 - (1 - rates) ** design.k for rates in sides]
    shared = 2 * design.correlation * math.sqrt(solved[0].var() * solved[1].var())
    within = sum(float(resampling_variance(candidates, design.k, rates).mean()) for rates in sides)
    return Spread(between=max(float(solved[0].var() + solved[1].var()) - shared, 0.0), within=within)


def detectable(
    baseline: Assumed, candidate: Assumed, problems: int, candidates: int, design: Design
) -> float:
    """The smallest difference in pass@k that these problems and samples would show."""
    return design.reach * math.sqrt(
        difference_spread(baseline, candidate, candidates, design).total / problems
    )


def problems_needed(
    baseline: Assumed, candidate: Assumed, difference: float, candidates: int, design: Design
) -> int:
    """How many problems show a difference of this size with `candidates` each. Raises CountError for 0."""
    if difference <= 0:
        raise CountError("no number of problems shows a difference of 0")
    spread = difference_spread(baseline, candidate, candidates, design).total
    return math.ceil(spread * (design.reach / difference) ** 2)


def candidates_needed(
    baseline: Assumed, candidate: Assumed, difference: float, problems: int, design: Design
) -> int | None:
    """The fewest samples per problem that show it on `problems`; None if not even a thousand do.

    More samples take away sampling variance, never the differences between problems.
    """

    def enough(count: int) -> bool:
        return detectable(baseline, candidate, problems, count, design) <= difference

    low, high = design.k - 1, max(_MOST_CANDIDATES, design.k)
    if not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def half_width(model: Assumed, problems: int, candidates: int, design: Design) -> float:
    """Half the width of one model's interval for problems like these, to a first approximation."""
    rates = model.rates()
    solved = 1 - (1 - rates) ** design.k
    variance = float(solved.var() + resampling_variance(candidates, design.k, rates).mean())
    return normal_quantile((1 + design.level) / 2) * math.sqrt(variance / problems)
