"""pass@k before a date and from it on: what a model may have seen in training, and what it cannot have seen.

The two parts hold other problems, so their difference is not paired, and later problems may simply be harder. Beside
another model on the same problems that is taken away as far as they are equally much harder for both: the difference
of the two models' differences is paired by problem within each part.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from modelassay.core.by_date import DatedPart, DateSplit
from modelassay.core.measured import Interval
from modelassay.estimates.estimate import Counts, per_problem
from modelassay.estimates.mean import POPULATION, Mean, mean_difference, mean_of
from modelassay.estimates.pass_at_k import CountError, Floats

METHOD = "from the intervals of both parts (MOVER), clustered by problem"
FEWEST = 2  # problems in a part; one says nothing of how problems differ


@dataclass(frozen=True)
class SplitRequest:
    """What is split: pass@k of one suite at `cutoff`, with intervals at `level`."""

    suite: str
    k: int
    cutoff: date
    level: float = 0.95


def split_by_date(
    tallies: Counts,
    dates: Mapping[str, date],
    request: SplitRequest,
    *,
    model: str,
    benchmark: str,
    baseline: tuple[str, Counts] | None = None,
) -> DateSplit:
    """pass@k on the problems dated before the cutoff and on those dated from it on, and their difference.

    dates: problem → its date; problems without one are counted in `undated` and take no part.
    baseline: another model's name and counts; the difference of differences is over the problems that both have.
    Raises CountError where a part has fewer than two problems, or a problem fewer than k graded samples.
    """
    early, late = _parts(tallies, dates, request.cutoff)
    for part, when in ((early, "before"), (late, "from")):
        if len(part) < FEWEST:
            raise CountError(
                f"{len(part)} problems of {benchmark} with a date {when} {request.cutoff}; a part needs {FEWEST}",
                hint="choose a cutoff that lies between the problems' dates",
            )
    before, after = (mean_of(per_problem(tallies, request.k, part)) for part in (early, late))
    difference = after.value - before.value
    against = None if baseline is None else _against(tallies, baseline[1], (early, late), request)
    return DateSplit(
        model=model, benchmark=benchmark, suite=request.suite, k=request.k, cutoff=request.cutoff,
        before=_part(before, len(early), request.level), after=_part(after, len(late), request.level),
        difference=difference, interval=mover(before, after, request.level),
        undated=len(tallies) - len(early) - len(late),
        baseline=None if baseline is None or against is None else baseline[0],
        against=None if against is None else against[0],
        against_interval=None if against is None else against[1],
    )  # fmt: skip


def mover(before: Mean, after: Mean, level: float) -> Interval:
    """The interval of after − before from the intervals [l, u] of both, which are independent.

    From d = x₂ − x₁ down by √((x₂ − l₂)² + (u₁ − x₁)²) and up by √((u₂ − x₂)² + (x₁ − l₁)²): the method of variance
    estimates recovery (G. Y. Zou and A. Donner 2008, Stat. Med. 27, 1693-1702), Newcombe's hybrid interval (1998,
    Stat. Med. 17, 873-890) with our interval in the place of Wilson's.
    """
    one, two = (part.interval(level, POPULATION) for part in (before, after))
    return _recovered((before.value, one), (after.value, two))


def _recovered(before: tuple[float, Interval], after: tuple[float, Interval]) -> Interval:
    (x, one), (y, two) = before, after
    low = y - x - math.hypot(y - two.low, one.high - x)
    high = y - x + math.hypot(two.high - y, x - one.low)
    return Interval(low=low, high=high, level=one.level, method=METHOD, target=POPULATION)


def _against(
    tallies: Counts, baseline: Counts, parts: tuple[Sequence[str], Sequence[str]], request: SplitRequest
) -> tuple[float, Interval] | None:
    """The model's after − before, less the baseline's, over the problems that both have; None where too few."""
    shared = [[p for p in part if baseline.get(p, (0, 0))[0] >= request.k] for part in parts]
    if min(map(len, shared)) < FEWEST:
        return None
    changes: list[Floats] = [
        per_problem(tallies, request.k, p) - per_problem(baseline, request.k, p) for p in shared
    ]
    before, after = map(mean_difference, changes)
    ends = [(d.value, d.interval(request.level, POPULATION)) for d in (before, after)]
    return after.value - before.value, _recovered(ends[0], ends[1])


def _parts(tallies: Counts, dates: Mapping[str, date], cutoff: date) -> tuple[list[str], list[str]]:
    dated = [p for p in tallies if p in dates]
    return [p for p in dated if dates[p] < cutoff], [p for p in dated if dates[p] >= cutoff]


def _part(mean: Mean, problems: int, level: float) -> DatedPart:
    return DatedPart(value=mean.value, interval=mean.interval(level, POPULATION), problems=problems)
