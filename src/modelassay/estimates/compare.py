"""Two models on the same problems: the paired difference, what it says, and what would settle it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from modelassay.core.measured import Comparison, Grade, Interval
from modelassay.estimates.distributions import beta_cdf
from modelassay.estimates.estimate import Counts, counts, pairs, per_problem
from modelassay.estimates.mean import Mean, mean_difference
from modelassay.estimates.pass_at_k import CountError, Floats
from modelassay.estimates.rates import within_variance
from modelassay.estimates.several import mcnemar

MOST_CANDIDATES = 1000  # per problem; beyond that nobody would sample them
Verdict = Literal["better", "worse", "tie", "not enough data"]


def compare(  # noqa: PLR0913 — who, on what, and by which rule; no smaller record would be whole
    baseline_grades: Sequence[Grade],
    candidate_grades: Sequence[Grade],
    *,
    baseline: str,
    candidate: str,
    benchmark: str,
    suite: str,
    k: int,
    margin: float,
    level: float = 0.95,
) -> Comparison:
    """Candidate minus baseline in pass@k, paired by problem on the problems both have.

    margin: the difference, in [0, 1], below which the two are as good as each other to the user.
    The interval is for problems like these. Raises CountError where no problem is shared, where a shared
    problem has fewer than k graded candidates on either side, and for a margin outside [0, 1].
    """
    if not 0 <= margin <= 1:
        raise CountError(
            f"margin {margin} is not in [0, 1]", hint="state it as a share: 0.05 for 5 percentage points"
        )
    old, new = counts(baseline_grades, suite), counts(candidate_grades, suite)
    shared = [problem for problem in old if problem in new]
    if not shared:
        raise CountError(
            f"{baseline} and {candidate} share no problem under suite {suite}",
            hint="compare runs of one benchmark",
        )
    single = all(side[problem][0] == 1 for side in (old, new) for problem in shared)
    change = per_problem(new, k, shared) - per_problem(old, k, shared)
    halved = mean_difference(change)
    interval = _doubled(halved.interval(level, "problems like these"))
    difference = float(change.mean())
    luck = Luck(0.0, 1) if single else _luck([{p: side[p] for p in shared} for side in (old, new)], k, change)
    return Comparison(
        baseline=baseline,
        candidate=candidate,
        benchmark=benchmark,
        suite=suite,
        k=k,
        difference=difference,
        interval=interval,
        probability_better=probability_above_half(halved),
        verdict=verdict(interval, margin),
        problems=len(shared),
        only_baseline=len(old) - len(shared),
        only_candidate=len(new) - len(shared),
        advice=advice(interval, difference, margin, len(shared), luck),
        p_value=mcnemar(int((change < 0).sum()), int((change > 0).sum())).exact if single else None,
    )


def verdict(interval: Interval, margin: float) -> Verdict:
    """Tie when the whole interval lies within ±margin, else better or worse when it leaves out 0.

    A difference that is certain but smaller than the margin is a tie: it would not change the choice.
    """
    if -margin <= interval.low and interval.high <= margin:
        return "tie"
    if interval.low > 0:
        return "better"
    if interval.high < 0:
        return "worse"
    return "not enough data"


def probability_above_half(mean: Mean) -> float:
    """P(mean > 1/2) under its Beta: for a halved difference, that the candidate is the better one."""
    return 1.0 - beta_cdf(0.5, mean.a, mean.b)


@dataclass(frozen=True)
class Luck:
    """The part of a paired difference's variance between problems that is luck of sampling.

    share: in [0, 1]; candidates: per problem, the smaller of both sides. More candidates shrink this part
    alone. Single answers count as having none: greedy ones would be the same again.
    """

    share: float
    candidates: int


def advice(interval: Interval, difference: float, margin: float, problems: int, luck: Luck) -> str:
    """One sentence on what would settle an open comparison; "" for a settled one.

    The interval's half-width h shrinks as one over the square root of the number of problems. It leaves 0
    out once h < |d|, and fits into ±margin once h < margin − |d|; whichever needs less is told. More
    candidates for the same problems are told as the other way where they could do it.
    """
    if verdict(interval, margin) != "not enough data":
        return ""
    half = (interval.high - interval.low) / 2
    reach, purpose = max(
        (abs(difference), "settle which is better"), (margin - abs(difference), "show equivalence")
    )
    if reach <= 0.002:
        return "no affordable number of problems would settle this: the difference is too close to the margin"
    more = max(1, math.ceil(problems * (half / reach) ** 2) - problems)
    text = f"about {more} more problems of this kind would {purpose}, if the difference stays as it is"
    spare = (reach / half) ** 2 - (1 - luck.share)  # what may stay of the luck, as a share of all variance
    if luck.share > 0 and spare > 0:
        needed = max(luck.candidates + 1, math.ceil(luck.candidates * luck.share / spare))
        if needed <= MOST_CANDIDATES:
            text += f"; so would about {needed} samples for each of these"
    return text


def _luck(sides: Sequence[Counts], k: int, change: Floats) -> Luck:
    """Both sides' mean variance from sampling, as a share of the differences' variance."""
    within = sum(float(within_variance(*pairs(side), k).mean()) for side in sides)
    total = float(change.var())
    share = min(1.0, within / total) if total > 0 else 0.0
    return Luck(share=share, candidates=min(n for side in sides for n, _ in side.values()))


def _doubled(halved: Interval) -> Interval:
    return Interval(
        low=2 * halved.low - 1,
        high=2 * halved.high - 1,
        level=halved.level,
        method=f"paired {halved.method}",
        target=halved.target,
    )
