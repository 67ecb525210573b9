"""Grades → pass@k per suite, each with an interval that says what it is about."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from modelassay.core.measured import Estimate, Grade, Interval
from modelassay.estimates.mean import mean_of
from modelassay.estimates.pass_at_k import CountError, Floats, Ints, pass_at_k
from modelassay.estimates.rates import within_variance

Counts = dict[str, tuple[int, int]]  # problem → (graded, passed)


def counts(grades: Iterable[Grade], suite: str) -> Counts:
    """Problem → (graded, passed) under one suite, problems in the order first met.

    Raises CountError when one candidate has two grades: whichever of them counted, the other would not.
    """
    seen: set[tuple[str, int]] = set()
    found: Counts = {}
    for grade in grades:
        if grade.suite != suite:
            continue
        if (grade.problem, grade.index) in seen:
            raise CountError(
                f"two grades for sample {grade.index} of {grade.problem} under suite {suite}",
                hint="remove one of the two lines, or grade again",
            )
        seen.add((grade.problem, grade.index))
        graded, passed = found.get(grade.problem, (0, 0))
        found[grade.problem] = (graded + 1, passed + (grade.outcome == "passed"))
    return found


def estimate(
    grades: Sequence[Grade],
    *,
    ks: Iterable[int],
    level: float = 0.95,
    population: int | None = None,
    expected: Mapping[str, int] | None = None,
) -> list[Estimate]:
    """pass@k for every suite in the grades and every k, suites in the order first met, ks ascending.

    population: how many problems the interval speaks about; None for problems like these, the benchmark's
    own number for exactly these (the interval is then about the luck of sampling alone where all are here).
    expected: problem → candidates there should be grades for; what lacks is counted in `ungraded`.
    Raises CountError where a problem has fewer than k graded candidates, and for one that has none.
    """
    wanted = sorted(set(ks))
    found = []
    for suite in dict.fromkeys(grade.suite for grade in grades):
        tallies = counts(grades, suite)
        awaited = expected or {}
        tallies |= {problem: (0, 0) for problem, n in awaited.items() if n and problem not in tallies}
        lacking = sum(max(0, n - tallies[problem][0]) for problem, n in awaited.items() if n)
        found += [
            Estimate(
                suite=suite,
                k=k,
                value=float(per_problem(tallies, k).mean()),
                interval=interval_of(tallies, k, level=level, population=population),
                problems=len(tallies),
                samples_per_problem=min(n for n, _ in tallies.values()),
                ungraded=lacking,
            )
            for k in wanted
        ]
    return found


def interval_of(
    tallies: Mapping[str, tuple[int, int]], k: int, *, level: float, population: int | None
) -> Interval:
    """The interval of mean pass@k for the target that `population` names. Raises CountError."""
    values = per_problem(tallies, k)
    if population is None:
        return mean_of(values).interval(level, "problems like these")
    if population < len(values):
        raise CountError(f"{len(values)} problems measured of a benchmark of {population}")
    within = float(within_variance(*pairs(tallies), k).mean())
    target = (
        "this benchmark" if population == len(values) else f"the whole benchmark of {population} problems"
    )
    return mean_of(values, within=within, population=population).interval(level, target)


def per_problem(
    tallies: Mapping[str, tuple[int, int]], k: int, problems: Iterable[str] | None = None
) -> Floats:
    """pass@k of each problem (P,), in the order of `problems` (default: as counted).

    Raises CountError that names the problem by its id where it has fewer than k graded candidates.
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
