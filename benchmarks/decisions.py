"""Every promise of the estimates, its simulated value and the band it must lie in. Exit 1 where one leaves its band.

    python benchmarks/decisions.py [--repetitions 400] [--only WORD]

Seeds are fixed. The rates are CodeGen-16B's on HumanEval (n = 100) and adversarial ones; a model is compared with
itself, with one that is broken on a few problems, and with one whose log-odds are all higher. With 400 repetitions a
share of 5 % has a standard error of 1.1 points, which the bands allow for (three of them, rounded up).
"""

import argparse
import gzip
import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from modelassay.core.measured import Comparison, Grade, Problem, ProblemSet
from modelassay.core.published import Protocol
from modelassay.estimates.best_of_n import Candidate, Selector, chances, picked
from modelassay.estimates.by_date import mover
from modelassay.estimates.claim import check_claim
from modelassay.estimates.compare import compare
from modelassay.estimates.distributions import binomial_ends
from modelassay.estimates.mean import mean_difference, mean_of
from modelassay.estimates.pass_at_k import Floats, Ints, pass_at_k
from modelassay.estimates.planning import Assumed, Design, problems_needed
from modelassay.estimates.ranking import leader_interval, rank
from modelassay.estimates.sequential import SequentialComparison
from modelassay.estimates.several import look_level
from modelassay.estimates.together import Question, compare_together, level_of
from modelassay.pipeline.plan.problems import subset

DATA = Path(__file__).parents[1] / "tests" / "estimates" / "data" / "codegen_16b_humaneval.json"
MATRIX = Path(__file__).parents[2] / "shared/data/leaderboards/livecodebench_performances_42x400.json.gz"
SELECTORS: tuple[Selector, ...] = ("shown tests", "none")
RATES = np.array(json.loads(DATA.read_text("utf-8"))["passed"]) / 100
ODDS = np.log((RATES + 0.003) / (1.003 - RATES))


@dataclass(frozen=True)
class Promise:
    """What is promised, how it is simulated from (repetitions, generator), and the band of the result."""

    text: str
    simulate: Callable[[int, np.random.Generator], float]
    low: float
    high: float


def grades(passed: Floats, n: int) -> list[Grade]:
    """Grades of P problems with n samples each, of which `passed` (P,) pass."""
    return [
        Grade(problem=str(p), index=i, suite="base", outcome="passed" if i < c else "failed")
        for p, c in enumerate(passed)
        for i in range(n)
    ]


def pair(rng: np.random.Generator, problems: int, n: int, better: float = 0.0) -> tuple[Floats, Floats]:
    """Samples passed (P,) of a model and of one whose log-odds are higher, on problems drawn from the real ones."""
    at = rng.integers(0, len(RATES), problems)
    return rng.binomial(n, RATES[at]), rng.binomial(
        n, 1 / (1 + np.exp(-ODDS[at] - better)) if better else RATES[at]
    )


def compared(old: Floats, new: Floats, n: int, *, look: int = 1, margin: float = 0.05) -> Comparison:
    """One comparison as a study makes it."""
    return compare(
        grades(old, n), grades(new, n), baseline="a", candidate="b", benchmark="x", suite="base", k=1,
        margin=margin, level=look_level(0.95, look),
    )  # fmt: skip


def race(problems: int, n: int, population: int | None) -> Callable[[int, np.random.Generator], float]:
    """How often a race of a model against itself ends with a winner, equivalence margin 0."""

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
    """Of fixed-set races of unequal models that named one ahead: how often the true rates on the set disagree."""
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


def cells() -> list[tuple[Floats, int, int]]:
    """(rates, n, k) of truths: real rates, Beta spreads and two-point mixtures, near 10 % and 90 % above all."""
    shares = (np.arange(200) + 0.5) / 200
    found = [(RATES, 100, k) for k in (1, 10, 100)]
    for q in (0.05, 0.1, 0.2):
        for base in (0.0, 0.02, 0.1):
            mixed = np.where(shares < q, 1.0, base)
            found += [(mixed, 100, 1), (1 - mixed, 100, 1)]
    rng = np.random.default_rng(0)
    for mean in (0.05, 0.1, 0.5, 0.9, 0.95):
        for spread in (0.5, 3.0, 10.0):
            rates = rng.beta(mean * spread, (1 - mean) * spread, 400)
            found += [(rates, n, k) for n, k in ((10, 1), (20, 10), (100, 100))]
    return found


def least(repetitions: int, rng: np.random.Generator) -> float:
    """The least coverage of 95 % intervals over all cells and P = 10, 20, 40.

    The cells that look worst are simulated again ten times as often, for the least of many is low by chance.
    """
    sizes = [(cell, problems) for cell in cells() for problems in (10, 20, 40)]
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


def ten(spread: float, measure: str) -> Callable[[int, np.random.Generator], float]:
    """Ten models whose log-odds differ by `spread`: row 1's interval, and its probability of rank 1 minus the truth."""

    def simulate(repetitions: int, rng: np.random.Generator) -> float:
        held, claimed, true = 0, 0.0, 0
        for _ in range(repetitions):
            rates = 1 / (1 + np.exp(-ODDS[:, None] - rng.normal(0, spread, 10)))
            at = rng.integers(0, len(RATES), 164)
            right = led(rates, at, rng)
            held, claimed, true = held + right[0], claimed + right[1], true + right[2]
        found = {"coverage": held, "first": claimed - true, "stated": claimed}
        return found[measure] / repetitions

    return simulate


def led(rates: Floats, at: Ints, rng: np.random.Generator) -> tuple[bool, float, bool]:
    """Single answers of models with `rates` (problems, M) on the problems `at`: of the one with the highest score,

    whether its interval holds its truth, its stated probability of rank 1, and whether it has it.
    """
    drawn = {str(j): rng.binomial(1, rates[at, j]).astype(float) for j in range(rates.shape[1])}
    first = max(drawn, key=lambda name: drawn[name].mean())
    found, truth = rank(drawn, draws=1000)[first], rates.mean(axis=0)
    interval = leader_interval(drawn, first, 0.95, found)
    holds = interval.low <= truth[int(first)] <= interval.high
    return bool(holds), found.probability_first, int(truth.argmax()) == int(first)


def outside(models: int, problems: int, measure: str) -> Callable[[int, np.random.Generator], float]:
    """The same for so many of LiveCodeBench's 42 models at random, where ../shared/data has its verdicts."""

    def simulate(repetitions: int, rng: np.random.Generator) -> float:
        table = json.loads(gzip.decompress(MATRIX.read_bytes()))["performances"]
        names = [sorted({row[key] for row in table}) for key in ("question_id", "model")]
        rates = np.zeros((len(names[0]), len(names[1])))
        for row in table:
            rates[names[0].index(row["question_id"]), names[1].index(row["model"])] = row["pass@1"] / 100
        found = [
            led(
                rates[:, rng.choice(rates.shape[1], models, replace=False)],
                rng.integers(0, len(rates), problems),
                rng,
            )
            for _ in range(repetitions)
        ]
        held, claimed, true = np.array(found, dtype=float).mean(axis=0)
        return float(held if measure == "coverage" else claimed - true)

    return simulate


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


PROMISES = (
    Promise("a race against itself, 20 problems × 1: a winner", race(20, 1, None), 0.0, 0.05),
    Promise("a race against itself, 164 × 1: a winner", race(164, 1, None), 0.0, 0.05),
    Promise("a race against itself, 20 × 50: a winner", race(20, 50, None), 0.0, 0.05),
    Promise("the same about the fixed set of 20, × 1", race(20, 1, 20), 0.0, 0.05),
    Promise("the same about the fixed set of 164, × 1", race(164, 1, 164), 0.0, 0.05),
    Promise("ahead on a fixed set, and its true rates disagree", rerun, 0.0, 0.05),
    Promise("looks at 10, 20, 40, 80, 164 problems, n = 1", nested(1), 0.0, 0.06),
    Promise("looks at 10, 20, 40, 80, 164 problems, n = 20", nested(20), 0.0, 0.06),
    Promise("advice followed three times", advised, 0.0, 0.06),
    *(
        Promise(f"6 % broken called equivalent, {p} × {n}", broken(p, n), 0.0, 0.0 if p < 59 else 0.05)
        for p, n in ((10, 100), (20, 100), (40, 20), (70, 20), (164, 20))
    ),
    Promise("equal called equivalent, 164 × 50", same, 0.8, 1.0),
    Promise("least coverage, single answers, P = 10 … 50, exact", exact, 0.92, 1.0),
    Promise("least coverage over 66 truths, P = 10, 20, 40", least, 0.92, 1.0),
    Promise("all failed: upper end over the rule of three's", rule_of_three, 1.0, 1.1),
    Promise("three k's of one study: any false verdict", three_ks, 0.0, 0.06),
    Promise("row 1 of ten equal models holds its truth", ten(0.0, "coverage"), 0.92, 1.0),
    Promise("row 1 of ten unequal models holds its truth", ten(0.3, "coverage"), 0.92, 1.0),
    Promise("probability of rank 1, stated minus true", ten(0.3, "first"), -0.12, 0.1),
    # Of ten models that are all the same 0.10 is true; one study cannot tell them from ten that differ a little.
    Promise("probability of rank 1 stated of ten equal models", ten(0.0, "stated"), 0.1, 0.3),
    *(
        Promise(f"row 1 of {m} LiveCodeBench models, P = {p}", outside(m, p, "coverage"), 0.92, 1.0)
        for m, p in ((10, 30), (10, 164), (20, 100))
        if MATRIX.exists()
    ),
    *(
        Promise("rank 1 of 10 of these, stated minus true, P = 100", outside(10, 100, "first"), -0.15, 0.1)
        for _ in range(MATRIX.exists())
    ),
    *(
        Promise(f"best of 5 by public tests, {p} × {n}", best_of(p, n), 0.92, 1.0)
        for p, n in ((10, 10), (40, 20))
    ),
    *(
        Promise(f"after − before a date, {e} and {a} × {n}", split(e, a, n), 0.92, 1.0)
        for e, a, n in ((10, 10, 1), (20, 80, 1), (100, 300, 10))
    ),
    Promise("power of a plan against five rivals", power, 0.74, 0.9),
    Promise("greedy scores cut off, called different (of 165)", cut_off, 0, 0),
    Promise("the hard third's share of subsets of five", hard_band, 0.29, 0.38),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--only", default="", help="Only promises whose text holds this.")
    given = parser.parse_args()
    broken_promises = 0
    for number, promise in enumerate(PROMISES):
        if given.only not in promise.text:
            continue
        value = promise.simulate(given.repetitions, np.random.default_rng([1, number]))
        kept = promise.low <= value <= promise.high
        broken_promises += not kept
        print(
            f"{promise.text:54s} {value:8.3f}   [{promise.low:g}, {promise.high:g}]  {'' if kept else 'LEFT ITS BAND'}",
            flush=True,
        )
    sys.exit(1 if broken_promises else 0)


if __name__ == "__main__":
    main()
