"""Several models against one baseline at once: intervals that hold together, and who is the best of all."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from modelassay.core.measured import Comparison, Grade
from modelassay.estimates.compare import compare
from modelassay.estimates.estimate import counts, per_problem
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
