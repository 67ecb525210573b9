"""Two models on the same problems: the paired difference, what it says, and what would settle it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from modelassay.core.measured import Comparison, Grade, Interval, PairVerdict
from modelassay.estimates.distributions import normal_quantile
from modelassay.estimates.estimate import Counts, counts, pairs, per_problem
from modelassay.estimates.mean import POPULATION, mean_difference
from modelassay.estimates.pass_at_k import CountError, Floats
from modelassay.estimates.rates import within_variance
from modelassay.estimates.several import look_level, mcnemar

MOST_SAMPLES = 1000  # per problem; beyond that nobody would take them
UNSEEN = 1.0  # weight of the unseen −1 and +1 where equivalence is decided: as far as the rule of three


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
    The interval is for the population of problems, and of one look at data whose size was fixed before: who has
    looked before at a part of them gives `several.look_level(…)` as the level. Raises CountError where no problem
    is shared, where a shared problem has fewer than k graded samples on either side, and for a margin outside [0, 1].
    """
    if not 0 <= margin <= 1:
        raise CountError(
            f"equivalence margin {margin} is not in [0, 1]",
            hint="state it as a share: 0.05 for 5 percentage points",
        )
    old, new = counts(baseline_grades, suite), counts(candidate_grades, suite)
    shared = [problem for problem in old if problem in new]
    if not shared:
        raise CountError(
            f"{baseline} and {candidate} share no problem under suite {suite}",
            hint="compare runs of one benchmark",
        )
    sides = [{p: side[p] for p in shared} for side in (old, new)]
    single = all(n == 1 for side in sides for n, _ in side.values())
    change = per_problem(new, k, shared) - per_problem(old, k, shared)
    held = mean_difference(change)
    interval = held.interval(level, POPULATION)
    said = verdict(change, interval, margin)
    share = SamplingShare(0.0, 1) if single else _sampling_share(sides, k, change)
    return Comparison(
        baseline=baseline,
        candidate=candidate,
        benchmark=benchmark,
        suite=suite,
        k=k,
        difference=held.value,
        interval=interval,
        probability_better=held.above_zero,
        verdict=said,
        problems=len(shared),
        only_baseline=len(old) - len(shared),
        only_candidate=len(new) - len(shared),
        advice=advice(interval, held.value, margin, len(shared), share) if said == "not enough data" else "",
        p_value=mcnemar(int((change < 0).sum()), int((change > 0).sum())).exact if single else None,
    )


def verdict(change: Floats, interval: Interval, margin: float) -> PairVerdict:
    """Equivalent where `equivalent` says so, else better or worse where the interval leaves out 0.

    change: the differences (P,) the interval was made of. A difference that is certain but smaller than the margin
    is an equivalence: it would not change the choice.
    """
    if -margin <= interval.low and interval.high <= margin and equivalent(change, margin, interval.level):
        return "tie"
    if interval.low > 0:
        return "better"
    return "worse" if interval.high < 0 else "not enough data"


def equivalent(change: Floats, margin: float, level: float) -> bool:
    """Whether no mean difference beyond ±margin is left, with the full weight of what was not seen.

    Never below `fewest_for_equivalence` problems, and only where the interval with an unseen −1 and +1 of
    weight 1 each lies within ±margin: differences that all were small do not show that no problem is broken.
    """
    if len(change) < fewest_for_equivalence(margin, level):
        return False
    held = mean_difference(change, unseen=UNSEEN).interval(level, POPULATION)
    return -margin <= held.low and held.high <= margin


def fewest_for_equivalence(margin: float, level: float) -> int:
    """How many problems must be seen before two models can be called equivalent within ±margin.

    A rival that fails on a share `margin` of the problems where the other passes shows nothing of it on P of them
    with probability (1 − margin)^P, which must be at most 1 − level: about three over the margin at 95% (the rule
    of three; J. A. Hanley and A. Lippman-Hand 1983, JAMA 249, 1743-1745).
    """
    if margin <= 0:
        return 2**62
    return 1 if margin >= 1 else math.ceil(math.log(1 - level) / math.log1p(-margin) - 1e-9)


@dataclass(frozen=True)
class SamplingShare:
    """The part of a paired difference's variance between problems that is sampling variance.

    share: in [0, 1]; samples: per problem, the smaller of both sides. More samples shrink this part alone.
    Single answers count as having none: greedy ones would be the same again.
    """

    share: float
    samples: int


def advice(
    interval: Interval, difference: float, margin: float, problems: int, sampling: SamplingShare
) -> str:
    """One sentence on the plan that would settle an open comparison.

    The interval's half-width h shrinks as one over the square root of the number of problems. It leaves 0
    out once h < |d|, and fits into ±margin once h < margin − |d|; whichever needs less is told. More samples
    for the same problems are told as the other way where they could do it. The plan is for one more look, at
    the level that a second look gets (several.look_level), hence h is taken at that level.
    """
    further = look_level(interval.level, 2)
    wider = normal_quantile((1 + further) / 2) / normal_quantile((1 + interval.level) / 2)
    half = wider * (interval.high - interval.low) / 2
    same = margin - abs(difference)
    reach, purpose = max((abs(difference), "settle which is better"), (same, "show equivalence"))
    if reach <= 0.002:
        return (
            "no affordable number of problems would settle this: the difference is too close to the "
            "equivalence margin"
        )
    total = max(problems + 1, math.ceil(problems * (half / reach) ** 2))
    if reach == same:
        total = max(total, fewest_for_equivalence(margin, further))
    text = f"a plan of about {total} problems, fixed before it is run, would {purpose} if the difference stays as it is"
    spare = (reach / half) ** 2 - (1 - sampling.share)  # what may stay of it, as a share of all variance
    if sampling.share > 0 and spare > 0:
        needed = max(sampling.samples + 1, math.ceil(sampling.samples * sampling.share / spare))
        if needed <= MOST_SAMPLES and (reach != same or problems >= fewest_for_equivalence(margin, further)):
            text += f"; so would about {needed} samples for each of these {problems}"
    return text + "; every look at a growing set is counted"


def _sampling_share(sides: Sequence[Counts], k: int, change: Floats) -> SamplingShare:
    """Both sides' mean variance from sampling, as a share of the differences' variance."""
    within = sum(float(within_variance(*pairs(side), k).mean()) for side in sides)
    total = float(change.var())
    share = min(1.0, within / total) if total > 0 else 0.0
    return SamplingShare(share=share, samples=min(n for side in sides for n, _ in side.values()))
