"""Several models against one baseline, or one model's protocols: intervals that hold together, and who is best."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from modelassay.core.measured import Comparison, Grade, Spread
from modelassay.estimates.compare import compare
from modelassay.estimates.estimate import counts, per_problem
from modelassay.estimates.pass_at_k import CountError
from modelassay.estimates.several import rank_one, shared_level

Side = tuple[str, Sequence[Grade]]  # a model's name and its grades


@dataclass(frozen=True)
class Question:
    """What is compared. margin: a smaller difference in pass@k would not change the choice. level: of all together."""

    benchmark: str
    suite: str
    k: int
    margin: float
    level: float


def compare_together(baseline: Side, others: Sequence[Side], question: Question) -> list[Comparison]:
    """Each of the others against the baseline.

    With several others each interval is taken at the level at which all hold together (several.shared_level), and
    `probability_first` is the chance of each to be the best of all, baseline included, on the problems that all have.
    """
    if not others:
        return []
    level = shared_level(question.level, len(others))
    found = [
        compare(
            baseline[1], grades, baseline=baseline[0], candidate=name, benchmark=question.benchmark,
            suite=question.suite, k=question.k, margin=question.margin, level=level,
        )
        for name, grades in others
    ]  # fmt: skip
    if len(others) == 1:
        return found
    tallies = [counts(grades, question.suite) for _, grades in (baseline, *others)]
    shared = [p for p in tallies[0] if all(t.get(p, (0, 0))[0] >= question.k for t in tallies)]
    if not shared:
        return found
    # By place, not by name: two runs of one model may be compared.
    chances = rank_one({str(i): per_problem(t, question.k, shared) for i, t in enumerate(tallies)})
    return [
        msgspec.structs.replace(comparison, probability_first=chances[str(i)])
        for i, comparison in enumerate(found, start=1)
    ]


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
