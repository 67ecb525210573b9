"""How often the interval of a paired difference holds the truth, on real pass rates and made-up rivals.

    python benchmarks/paired_coverage.py [--repetitions 4000]

The baseline has CodeGen-16B's real rates on HumanEval. Its rivals: the same model; one whose log-odds are all
0.5 higher where it solves anything (`shift`: rarely large differences); one whose log-odds differ by a normal
draw of mean 0.3 and deviation 1 (`noisy`). Problems are drawn with replacement. Columns: this package's
interval, the same with unseen differences of the full weight 1/3, Student's t. Coverage in % and mean width.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np

from modelassay.estimates.distributions import t_quantile
from modelassay.estimates.mean import PRIOR, Difference, mean_difference
from modelassay.estimates.pass_at_k import Floats, pass_at_k

DATA = Path(__file__).parents[1] / "tests" / "estimates" / "data" / "codegen_16b_humaneval.json"


def rivals(rates: Floats) -> dict[str, Floats]:
    odds = np.log((rates + 0.003) / (1.003 - rates))
    step = np.random.default_rng(5).normal(0.3, 1.0, len(rates))
    return {
        "same": rates,
        "shift": np.where(rates > 0, 1 / (1 + np.exp(-odds - 0.5)), 0.0),
        "noisy": 1 / (1 + np.exp(-odds - step)),
    }


def ends(differences: Floats, t: float) -> list[tuple[float, float]]:
    """The three methods' intervals."""

    def doubled(mean: Difference) -> tuple[float, float]:
        interval = mean.interval(0.95, "")
        return interval.low, interval.high

    half = t * float(differences.std(ddof=1)) / math.sqrt(len(differences))
    middle = float(differences.mean())
    full = mean_difference(differences, unseen=PRIOR)
    return [doubled(mean_difference(differences)), doubled(full), (middle - half, middle + half)]


def row(sides: tuple[Floats, Floats], size: tuple[int, int, int], repetitions: int, seed: int) -> str:
    problems, n, k = size
    rng = np.random.default_rng(seed)
    table, t = pass_at_k(n, np.arange(n + 1), k), t_quantile(0.975, problems - 1)
    truth = float(((1 - sides[0]) ** k - (1 - sides[1]) ** k).mean())
    found = []
    for _ in range(repetitions):
        at = rng.integers(0, len(sides[0]), problems)
        values = [table[rng.binomial(n, side[at])] for side in sides]
        found.append(ends(values[1] - values[0], t))
    low, high = np.moveaxis(np.array(found), 2, 0)  # (R, 3) each
    held = ((low <= truth + 1e-12) & (truth - 1e-12 <= high)).mean(axis=0)
    return "  ".join(f"{100 * h:5.1f} {w:.3f}" for h, w in zip(held, (high - low).mean(axis=0), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repetitions", type=int, default=4000)
    given = parser.parse_args()
    rates = np.array(json.loads(DATA.read_text("utf-8"))["passed"]) / 100
    print("rival    P    n    k         ours  full weight  Student's t")
    for name, rival in rivals(rates).items():
        for problems in (10, 20, 50, 164):
            for n, k in ((1, 1), (20, 1), (20, 10), (100, 1), (100, 100)):
                cells = row((rates, rival), (problems, n, k), given.repetitions, seed=1)
                print(f"{name}  {problems:4d} {n:4d} {k:4d}  {cells}", flush=True)


if __name__ == "__main__":
    main()
