"""The models and answers that the promises of decisions.py are tried on."""

import gzip
import json
from pathlib import Path

import numpy as np

from modelassay.core.measured import Comparison, Grade
from modelassay.estimates.compare import compare
from modelassay.estimates.pass_at_k import Floats
from modelassay.estimates.several import look_level

DATA = Path(__file__).parents[1] / "tests" / "estimates" / "data" / "codegen_16b_humaneval.json"
MATRIX = Path(__file__).parents[2] / "shared/data/leaderboards/livecodebench_performances_42x400.json.gz"
RATES = np.array(json.loads(DATA.read_text("utf-8"))["passed"]) / 100
ODDS = np.log((RATES + 0.003) / (1.003 - RATES))


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


def matrix() -> Floats:
    """pass@1 of LiveCodeBench's models (problems, models), in [0, 1]."""
    table = json.loads(gzip.decompress(MATRIX.read_bytes()))["performances"]
    names = [sorted({row[key] for row in table}) for key in ("question_id", "model")]
    rates = np.zeros((len(names[0]), len(names[1])))
    for row in table:
        rates[names[0].index(row["question_id"]), names[1].index(row["model"])] = row["pass@1"] / 100
    return rates
