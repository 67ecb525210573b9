"""Simulations of intervals: how often one holds the truth."""

import math
from collections.abc import Callable

import numpy as np
from decision_models import ODDS, RATES, cells

from modelassay.core.problems import Problem, ProblemSet
from modelassay.core.published import Protocol
from modelassay.estimates.best_of_n import Candidate, Selector, chances, picked
from modelassay.estimates.by_date import mover
from modelassay.estimates.claim import check_claim
from modelassay.estimates.distributions import binomial_ends
from modelassay.estimates.mean import mean_of
from modelassay.estimates.pass_at_k import Floats, pass_at_k
from modelassay.pipeline.plan.problems import subset

SELECTORS: tuple[Selector, ...] = ("shown tests", "none")


def least(repetitions: int, rng: np.random.Generator) -> float:
    """The least coverage of 95 % intervals over all cells and P = 10, 20, 40.

    The cells that look worst are simulated again ten times as often, for the least of many is low by chance.
    """
    return _least([(cell, problems) for cell in cells() for problems in (10, 20, 40)], repetitions, rng)


def _least(
    sizes: list[tuple[tuple[Floats, int, int], int]], repetitions: int, rng: np.random.Generator
) -> float:
    first = [(_coverage(cell, problems, repetitions, rng), i) for i, (cell, problems) in enumerate(sizes)]
    return min(_coverage(*sizes[i], 10 * repetitions, rng) for _, i in sorted(first)[:6])


def _coverage(
    cell: tuple[Floats, int, int], problems: int, repetitions: int, rng: np.random.Generator
) -> float:
    rates, n, k = cell
    truth, table = float((1 - (1 - rates) ** k).mean()), pass_at_k(n, np.arange(n + 1), k)
    held = 0
    for _ in range(repetitions):
        passed = rng.binomial(n, rates[rng.integers(0, len(rates), problems)])
        interval = mean_of(table[passed]).interval(0.95, "")
        held += interval.low - 1e-12 <= truth <= interval.high + 1e-12
    return held / repetitions


def exact(_: int, __: np.random.Generator) -> float:
    """The least coverage for single answers, summed over every outcome: P = 10 … 50, truths 1 % … 99 %."""
    worst = 1.0
    for problems in (10, 15, 20, 30, 40, 50):
        ends = [binomial_ends(c, problems, 0.95) for c in range(problems + 1)]
        for rate in np.linspace(0.01, 0.99, 197):
            held = sum(
                math.comb(problems, c) * rate**c * (1 - rate) ** (problems - c)
                for c, (low, high) in enumerate(ends)
                if low <= rate <= high
            )
            worst = min(worst, held)
    return float(worst)


def rule_of_three(_: int, __: np.random.Generator) -> float:
    """Upper end after all failed, over the rate at which that has probability 5 %: least of P = 5 … 164."""
    return min(
        mean_of(np.zeros(p)).interval(0.95, "").high / (1 - 0.05 ** (1 / p)) for p in (5, 10, 20, 50, 164)
    )


def best_of(problems: int, n: int) -> Callable[[int, np.random.Generator], float]:
    """Coverage of best of 5 by public tests, from n samples: right ones pass these in 95 %, wrong ones in 30 %."""

    def simulate(repetitions: int, rng: np.random.Generator) -> float:
        shown = 0.95 * RATES + 0.3 * (1 - RATES)
        missed = (1 - shown) ** 5
        truth = (1 - missed) * 0.95 * RATES / shown + missed * 0.05 * RATES / (1 - shown)
        held = 0
        for _ in range(repetitions):
            drawn = {}
            for p, rate in enumerate(RATES[rng.integers(0, len(RATES), problems)]):
                right = rng.random(n) < rate
                seen = rng.random(n) < np.where(right, 0.95, 0.3)
                drawn[str(p)] = [Candidate(bool(r), bool(s)) for r, s in zip(right, seen, strict=True)]
            each = [chances(drawn, [5], selector)[5] for selector in SELECTORS]
            interval = picked(*each, 0.95).interval
            held += interval.low <= truth.mean() <= interval.high
        return held / repetitions

    return simulate


def split(early: int, late: int, n: int) -> Callable[[int, np.random.Generator], float]:
    """Coverage of after − before where the later problems are half as easy, in odds."""

    def simulate(repetitions: int, rng: np.random.Generator) -> float:
        harder = 1 / (1 + np.exp(-ODDS + np.log(2)))
        held, truth = 0, harder.mean() - RATES.mean()
        for _ in range(repetitions):
            parts = [
                mean_of(rng.binomial(n, rates[rng.integers(0, len(rates), size)]) / n)
                for rates, size in ((RATES, early), (harder, late))
            ]
            interval = mover(*parts, 0.95)
            held += interval.low <= truth <= interval.high
        return held / repetitions

    return simulate


def cut_off(_: int, __: np.random.Generator) -> float:
    """Greedy HumanEval scores, printed cut to one decimal, that are called different from themselves."""
    greedy = Protocol(benchmark="humaneval", temperature=0.0)
    wrong = 0
    for solved in range(165):
        counts = {str(i): (1, int(i < solved)) for i in range(164)}
        written = f"{1000 * solved // 164 / 10:.1f}"
        wrong += not check_claim(written, counts, 1, claimed=greedy, measured=greedy).agrees
    return wrong


def hard_band(repetitions: int, _: np.random.Generator) -> float:
    """The hard third's share of subsets of five, over seeds."""
    problems = tuple(
        Problem(id=f"p{i}", prompt="", entry_point="f", suites=(), reference="#" * i) for i in range(60)
    )
    whole = ProblemSet(name="x", version="1", sha256="", licence="", problems=problems)
    chosen = [p.id for seed in range(max(repetitions, 200)) for p in subset(whole, 5, seed).problems]
    return sum(int(name[1:]) >= 40 for name in chosen) / len(chosen)


def few(repetitions: int, rng: np.random.Generator) -> float:
    """The least coverage over all cells at P = 2, 3 and 5."""
    return _least([(cell, problems) for cell in cells() for problems in (2, 3, 5)], repetitions, rng)


def near_n(repetitions: int, rng: np.random.Generator) -> float:
    """The least coverage over all truths where k is n or n − 1, so that a problem's value is 0 or 1 or nearly."""
    counts = ((10, 10), (10, 9), (50, 50))
    sizes = [((rates, n, k), p) for rates, _, _ in cells() for n, k in counts for p in (10, 40)]
    return _least(sizes, repetitions // 2, rng)


def unequal(repetitions: int, rng: np.random.Generator) -> float:
    """The least coverage of pass@5 over all truths where the problems have 5 to 60 samples each, P = 10 and 40."""
    worst = 1.0
    for rates, _, _ in cells():
        for problems in (10, 40):
            truth, held = float((1 - (1 - rates) ** 5).mean()), 0
            n = rng.integers(5, 61, problems)
            tables = [pass_at_k(int(each), np.arange(each + 1), 5) for each in n]
            for _ in range(repetitions):
                passed = rng.binomial(n, rates[rng.integers(0, len(rates), problems)])
                values = np.array([table[c] for table, c in zip(tables, passed, strict=True)])
                interval = mean_of(values).interval(0.95, "")
                held += interval.low - 1e-12 <= truth <= interval.high + 1e-12
            worst = min(worst, held / repetitions)
    return worst
