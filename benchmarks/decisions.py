"""Every promise of the estimates, its simulated value and the band it must lie in. Exit 1 where one leaves its band.

    python benchmarks/decisions.py [--repetitions 400] [--only WORD]

Seeds are fixed. The rates are CodeGen-16B's on HumanEval (n = 100) and adversarial ones; a model is compared with
itself, with one that is broken on a few problems, and with one whose log-odds are all higher. With 400 repetitions a
share of 5 % has a standard error of 1.1 points, which the bands allow for (three of them, rounded up).
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from decision_comparisons import advised, broken, nested, power, rerun, same, sequential, three_ks
from decision_intervals import (
    best_of,
    cut_off,
    exact,
    few,
    hard_band,
    least,
    near_n,
    rule_of_three,
    split,
    unequal,
)
from decision_models import MATRIX
from decision_rankings import outside, ten


@dataclass(frozen=True)
class Promise:
    """What is promised, how it is simulated from (repetitions, generator), and the band of the result."""

    text: str
    simulate: Callable[[int, np.random.Generator], float]
    low: float
    high: float


PROMISES = (
    Promise("a sequential comparison with itself, 20 × 1: a winner", sequential(20, 1, None), 0.0, 0.05),
    Promise("a sequential comparison with itself, 164 × 1: a winner", sequential(164, 1, None), 0.0, 0.05),
    Promise("a sequential comparison with itself, 20 × 50: a winner", sequential(20, 50, None), 0.0, 0.05),
    Promise("the same about the fixed set of 20, × 1", sequential(20, 1, 20), 0.0, 0.05),
    Promise("the same about the fixed set of 164, × 1", sequential(164, 1, 164), 0.0, 0.05),
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
    Promise("least coverage over 66 truths, P = 2, 3, 5", few, 0.92, 1.0),
    Promise("least coverage, k = n or n − 1, P = 10, 40", near_n, 0.92, 1.0),
    Promise("least coverage, unequal n, P = 10, 40", unequal, 0.92, 1.0),
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
