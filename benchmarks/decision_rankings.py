"""Simulations of several models: the leader's interval and its probability of rank 1."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from decision_models import ODDS, RATES

from modelassay.estimates.pass_at_k import Floats, Ints
from modelassay.estimates.ranking import leader_interval, rank

MATRIX = Path(__file__).parents[2] / "shared/data/leaderboards/livecodebench_performances_42x400.json.gz"


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
