"""Grades → pass@k per suite, each with an interval that says what it is about."""

from collections.abc import Iterable, Mapping

import numpy as np

from modelassay.core.measured import Estimate, Grade, Interval
from modelassay.core.seen_samples import SeenSamples
from modelassay.estimates.mean import POPULATION, mean_of
from modelassay.estimates.pass_at_k import CountError, Floats, Ints, pass_at_k
from modelassay.estimates.rates import within_variance

Counts = dict[str, tuple[int, int]]  # problem → (graded, passed)


def counts(grades: Iterable[Grade], suite: str) -> Counts:
    """Problem → (graded, passed) under one suite, problems in the order first met.

    Raises CountError when one sample has two grades: whichever of them counted, the other would not.
    """
    return counts_by_suite(grade for grade in grades if grade.suite == suite).get(suite, {})


def counts_by_suite(grades: Iterable[Grade]) -> dict[str, Counts]:
    """`counts` of every suite, in the order first met, in one pass. Raises CountError."""
    seen: dict[str, SeenSamples] = {}
    found: dict[str, Counts] = {}
    for grade in grades:
        of_suite = found.setdefault(grade.suite, {})
        if not seen.setdefault(grade.suite, SeenSamples()).add(grade.problem, grade.index):
            raise CountError(
                f"two grades for sample {grade.index} of {grade.problem} under suite {grade.suite}",
                hint="remove one of the two lines, or grade again",
            )
        graded, passed = of_suite.get(grade.problem, (0, 0))
        of_suite[grade.problem] = (graded + 1, passed + (grade.outcome == "passed"))
    return found


def estimate(
    grades: Iterable[Grade],
    *,
    ks: Iterable[int],
    level: float = 0.95,
    population: int | None = None,
    expected: Mapping[str, int] | None = None,
    greedy: bool = False,
) -> list[Estimate]:
    """pass@k for every suite in the grades and every k, suites in the order first met, ks ascending.

    population: how many problems the interval speaks about; None for the population of problems, the benchmark's
    own number for exactly these (the interval is then about sampling variance alone where all are here).
    expected: problem → samples there should be grades for; what lacks is counted in `ungraded`, and bounded.
    greedy: the samples were decoded greedily, so that sampling again would give the same: no sampling variance.
    Raises CountError where a problem has fewer than k graded samples, and for one that has none.
    """
    wanted = sorted(set(ks))
    found = []
    for suite, tallies in counts_by_suite(grades).items():
        awaited = expected or {}
        tallies |= {problem: (0, 0) for problem, n in awaited.items() if n and problem not in tallies}
        lacking = sum(max(0, n - tallies[problem][0]) for problem, n in awaited.items() if n)
        for k in wanted:
            value = float(per_problem(tallies, k).mean())
            bounds = _bounds(tallies, awaited, k) if lacking else (None, None)
            interval = interval_of(tallies, k, level=level, population=population, greedy=greedy)
            found.append(
                Estimate(
                    suite=suite, k=k, value=value, interval=interval, problems=len(tallies),
                    samples_per_problem=min(n for n, _ in tallies.values()), ungraded=lacking,
                    if_failed=bounds[0], if_passed=bounds[1],
                )
            )  # fmt: skip
    return found


def _bounds(tallies: Counts, awaited: Mapping[str, int], k: int) -> tuple[float, float]:
    """pass@k were every sample without a grade a failure, and were every one a pass."""
    full = {p: max(n, awaited.get(p, 0)) for p, (n, _) in tallies.items()}
    failed = {p: (full[p], c) for p, (_, c) in tallies.items()}
    passed = {p: (full[p], c + full[p] - n) for p, (n, c) in tallies.items()}
    return float(per_problem(failed, k).mean()), float(per_problem(passed, k).mean())


def interval_of(
    tallies: Mapping[str, tuple[int, int]],
    k: int,
    *,
    level: float,
    population: int | None,
    greedy: bool = False,
) -> Interval:
    """The interval of mean pass@k for the target that `population` names. Raises CountError."""
    values = per_problem(tallies, k)
    if population is None:
        return mean_of(values).interval(level, POPULATION)
    if population < len(values):
        raise CountError(f"{len(values)} problems measured of a benchmark of {population}")
    within = 0.0 if greedy else float(within_variance(*pairs(tallies), k).mean())
    if not greedy and all(n == 1 for n, _ in tallies.values()):
        share = float(values.mean())
        within = share * (1 - share)  # one sample cannot show its problem's rate: the most there can be
    target = (
        "this benchmark" if population == len(values) else f"the whole benchmark of {population} problems"
    )
    return mean_of(values, within=within, population=population).interval(level, target)


def per_problem(
    tallies: Mapping[str, tuple[int, int]], k: int, problems: Iterable[str] | None = None
) -> Floats:
    """pass@k of each problem (P,), in the order of `problems` (default: as counted).

    Raises CountError that names the problem by its id where it has fewer than k graded samples.
    """
    names = list(tallies if problems is None else problems)
    for name in names:
        graded = tallies.get(name, (0, 0))[0]
        if graded < k:
            raise CountError(
                f"{name} has {graded} graded samples, pass@{k} needs {k}",
                hint="sample or grade the missing samples, or ask for a smaller k",
            )
    n, c = pairs({name: tallies[name] for name in names})
    return pass_at_k(n, c, k)


def pairs(tallies: Mapping[str, tuple[int, int]]) -> tuple[Ints, Ints]:
    """(graded, passed) as two integer arrays (P,)."""
    table = np.array(list(tallies.values()), dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
