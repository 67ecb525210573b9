"""Several models against one baseline, or one model's protocols: intervals that hold together, and who is best."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from modelassay.core.measured import Comparison, Grade, Leader, Spread
from modelassay.estimates.compare import compare
from modelassay.estimates.estimate import Counts, counts, per_problem
from modelassay.estimates.pass_at_k import CountError
from modelassay.estimates.ranking import Ranked, leader_interval, rank
from modelassay.estimates.several import look_level, shared_level

Side = tuple[str, Sequence[Grade]]  # a model's name and its grades


@dataclass(frozen=True)
class Question:
    """What is compared. margin: a smaller difference in pass@k would not change the choice. level: of all together.

    stated: whether the comparisons carry a verdict; without one they are differences with intervals. Verdicts of
    several questions would err together more often than the level of each says. family: of how many comparisons the
    verdicts shall hold together, where that is more than meet this baseline.
    """

    benchmark: str
    suite: str
    k: int
    margin: float
    level: float
    stated: bool = True
    family: int = 0


def compare_together(
    baseline: Side, others: Sequence[Side], question: Question, looks: Sequence[int] | None = None
) -> list[Comparison]:
    """Each of the others against the baseline.

    With several others each interval is taken at the level at which all hold together (several.shared_level), and
    `probability_first` is the chance of each to be the best of all, baseline included, on the problems that all have.
    looks: which look each of these is (several.look_level); None for the first.
    """
    if not others:
        return []
    found = []
    for (name, grades), look in zip(others, looks or [1] * len(others), strict=True):
        comparison = compare(
            baseline[1], grades, baseline=baseline[0], candidate=name, benchmark=question.benchmark,
            suite=question.suite, k=question.k, margin=question.margin,
            level=level_of(question.level, max(question.family, len(others)), look),
        )  # fmt: skip
        stated = comparison if question.stated else without_verdict(comparison)
        found.append(msgspec.structs.replace(stated, look=look))
    chances = _chances(baseline, others, question)
    return [
        msgspec.structs.replace(c, probability_first=chance) for c, chance in zip(found, chances, strict=True)
    ]


def level_of(level: float, others: int, look: int = 1) -> float:
    """The level of one of several comparisons at its look-th look, such that all of all looks hold at `level`."""
    return shared_level(look_level(level, look), others)


def without_verdict(comparison: Comparison) -> Comparison:
    """The difference and its interval alone."""
    return msgspec.structs.replace(comparison, verdict=None, advice="")


def _chances(baseline: Side, others: Sequence[Side], question: Question) -> list[float | None]:
    """Each other's chance to be the best of all; None for all where two models meet, or share no problem."""
    unknown: list[float | None] = [None] * len(others)
    if len(others) == 1:
        return unknown
    tallies = [counts(grades, question.suite) for _, grades in (baseline, *others)]
    ranks = ranks_of(tallies, question.k)
    return unknown if ranks is None else [r.probability_first for r in ranks[1:]]


def ranks_of(tallies: Sequence[Counts], k: int) -> list[Ranked] | None:
    """Where each of several models stands, in the order given, on the problems that all have; None without any."""
    shared = [p for p in tallies[0] if all(t.get(p, (0, 0))[0] >= k for t in tallies)]
    if not shared:
        return None
    # By place, not by name: two runs of one model may be compared.
    return list(rank({str(i): per_problem(t, k, shared) for i, t in enumerate(tallies)}).values())


def leader_of(tallies: Sequence[Counts], k: int, level: float) -> Leader | None:
    """What is known of the model with the highest score, which is probably high by chance; None below three models.

    Of two the better one's own interval holds as often as its level says. None, too, where they share no problem.
    """
    shared = [p for p in tallies[0] if all(t.get(p, (0, 0))[0] >= k for t in tallies)]
    if len(tallies) < 3 or not shared:
        return None
    values = {str(i): per_problem(t, k, shared) for i, t in enumerate(tallies)}
    first = max(values, key=lambda name: float(values[name].mean()))
    found = rank(values)[first]
    return Leader(
        models=len(tallies), place=int(first), value=found.value, interval=leader_interval(values, first, level, found),
        probability_first=found.probability_first,
    )  # fmt: skip


def spread_of(model: str, sides: Sequence[Side], question: Question) -> Spread:
    """How far two or more runs of one model lie apart, each under the protocol that names its side.

    On the problems that all have. Raises CountError where there are none.
    """
    tallies = {name: counts(grades, question.suite) for name, grades in sides}
    first, *others = tallies.values()
    shared = [p for p in first if all(t.get(p, (0, 0))[0] >= question.k for t in (first, *others))]
    if not shared:
        raise CountError(f"the runs of {model} share no problem under suite {question.suite}")
    values = {name: float(per_problem(t, question.k, shared).mean()) for name, t in tallies.items()}
    lowest, *_, highest = sorted(values, key=lambda name: values[name])
    grades = {name: [g for g in side if g.problem in set(shared)] for name, side in sides}
    pairs = len(sides) * (len(sides) - 1) // 2
    found = compare(
        grades[lowest], grades[highest], baseline=lowest, candidate=highest, benchmark=question.benchmark,
        suite=question.suite, k=question.k, margin=question.margin, level=shared_level(question.level, pairs),
    )  # fmt: skip
    return Spread(
        model=model, benchmark=question.benchmark, suite=question.suite, k=question.k, values=values,
        highest=highest, lowest=lowest, difference=found.difference, interval=found.interval, problems=len(shared),
    )  # fmt: skip
