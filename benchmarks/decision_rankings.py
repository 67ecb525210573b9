"""Simulations of several models: the leader's interval and its probability of rank 1."""

from collections.abc import Callable

import numpy as np
from decision_models import ODDS, RATES, matrix

from modelassay.estimates.pass_at_k import Floats, Ints
from modelassay.estimates.ranking import leader_interval, rank


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
        rates = matrix()
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
