"""Simulations of comparisons: how often a verdict is wrong, and how often a plan's is found."""

from collections.abc import Callable

import numpy as np
from decision_models import RATES, compared, grades, pair

from modelassay.estimates.mean import mean_difference
from modelassay.estimates.planning import Assumed, Design, problems_needed
from modelassay.estimates.sequential import SequentialComparison
from modelassay.estimates.together import Question, compare_together, level_of


def sequential(problems: int, n: int, population: int | None) -> Callable[[int, np.random.Generator], float]:
    """How often a sequential comparison of a model against itself ends with a winner, equivalence margin 0."""

    def simulate(repetitions: int, rng: np.random.Generator) -> float:
        wrong = 0
        for _ in range(repetitions):
            old, new = pair(rng, problems, n)
            found = SequentialComparison(margin=0.0, level=0.96, population=population)
            noise = None if n == 1 else [float(v) for v in (2 * old / n * (1 - old / n) / (n - 1))]
            change = (new - old) / n
            for start in range(0, problems, 20):
                part = slice(start, start + 20)
                if found.add(change[part], None if noise is None else noise[part]) != "not enough data":
                    break
            wrong += found.settled
        return wrong / repetitions

    return simulate


def rerun(repetitions: int, rng: np.random.Generator) -> float:
    """Of fixed-set comparisons of unequal models that named one ahead: how often the true rates on the set disagree."""
    said, wrong = 0, 0
    for _ in range(repetitions):
        rates = RATES[rng.integers(0, len(RATES), 40)]
        other = np.clip(rates + rng.normal(0.0, 0.15, 40), 0, 1)
        found = SequentialComparison(margin=0.0, population=40)
        verdict = found.add((rng.random(40) < other).astype(float) - (rng.random(40) < rates))
        said += verdict != "not enough data"
        wrong += (verdict == "ahead on this set" and other.mean() <= rates.mean()) or (
            verdict == "behind on this set" and other.mean() >= rates.mean()
        )
    return wrong / max(said, 1)


def nested(n: int) -> Callable[[int, np.random.Generator], float]:
    """A model against itself at 10, 20, 40, 80 and 164 nested problems, every look counted: any winner."""

    def simulate(repetitions: int, rng: np.random.Generator) -> float:
        wrong = 0
        for _ in range(repetitions):
            old, new = pair(rng, 164, n)
            wrong += any(
                compared(old[:p], new[:p], n, look=look).verdict in ("better", "worse")
                for look, p in enumerate((10, 20, 40, 80, 164), 1)
            )
        return wrong / repetitions

    return simulate


def advised(repetitions: int, rng: np.random.Generator) -> float:
    """A model against itself, the advice of each look followed up to three times: any winner."""
    wrong = 0
    for _ in range(repetitions):
        old, new = pair(rng, 600, 1)
        size = 20
        for look in range(1, 5):
            found = compared(old[:size], new[:size], 1, look=look)
            if found.verdict != "not enough data":
                break
            digits = [int(word) for word in found.advice.split() if word.isdigit()]
            size = min(digits[0] if digits else 600, 600)
        wrong += found.verdict in ("better", "worse")
    return wrong / repetitions


def broken(problems: int, n: int) -> Callable[[int, np.random.Generator], float]:
    """How often a rival that fails 6 % of the problems altogether is called equivalent within 5 points."""

    def simulate(repetitions: int, rng: np.random.Generator) -> float:
        ties = 0
        for _ in range(repetitions):
            rates = np.full(problems, 0.95)
            hurt = np.where(rng.random(problems) < 0.06, 0.0, rates)
            old, new = rng.binomial(n, rates), rng.binomial(n, hurt)
            ties += compared(old, new, n).verdict == "tie"
        return ties / repetitions

    return simulate


def same(repetitions: int, rng: np.random.Generator) -> float:
    """How often a model is called equivalent to itself within 5 points from 164 problems, n = 50."""
    return float(np.mean([compared(*pair(rng, 164, 50), 50).verdict == "tie" for _ in range(repetitions)]))


def three_ks(repetitions: int, rng: np.random.Generator) -> float:
    """A model against itself at k = 1, 5 and 10 as a study states them: any verdict of better or worse."""
    wrong = 0
    for _ in range(repetitions):
        sides = [("a", grades(passed, 10)) for passed in pair(rng, 60, 10)]
        found = [
            compare_together(sides[0], [sides[1]], Question("x", "base", k, 0.05, 0.95, stated=k == 10))
            for k in (1, 5, 10)
        ]
        wrong += any(c.verdict in ("better", "worse") for made in found for c in made)
    return wrong / repetitions


def power(repetitions: int, rng: np.random.Generator) -> float:
    """The power of the planned number of problems against one of five rivals, at the level that will be used."""
    level = level_of(0.95, 5)
    base, new = Assumed(0.3), Assumed(0.4)
    problems = problems_needed(base, new, 0.1, 10, Design(level=level, correlation=0.0))
    shown = 0
    for _ in range(repetitions):
        old, better = (rng.binomial(10, rng.choice(m.rates(), problems)) / 10 for m in (base, new))
        shown += mean_difference(better - old).interval(level, "").low > 0
    return shown / repetitions
