"""Levels that hold together, who is best of several, McNemar's test."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from modelassay.core.errors import InputError
from modelassay.estimates.mean import mean_difference, mean_of
from modelassay.estimates.ranking import leader_interval, rank
from modelassay.estimates.several import holm, look_level, mcnemar, shared_level


def test_shared_level() -> None:
    """Five intervals at 99 % hold together at 95 %; one needs no correction."""
    assert shared_level(0.95, 5) == pytest.approx(0.99)
    assert shared_level(0.95, 1) == pytest.approx(0.95)


def test_all_looks_together_err_as_seldom_as_the_level_says() -> None:
    """The first look gets most of the error, and no number of further ones spends more than there is."""
    spent = [1 - look_level(0.95, look) for look in range(1, 40)]

    assert spent[:3] == pytest.approx([0.04, 0.005, 0.0025])
    assert sum(spent) == pytest.approx(0.05)
    with pytest.raises(InputError):
        look_level(0.95, 0)


def test_the_best_of_equal_models_is_drawn_to_the_mean() -> None:
    """Ten models of one rate: the highest score is high by chance, and its shrunk interval still holds the truth."""
    rng = np.random.default_rng(5)
    held, plain, sure = 0, 0, 0.0
    for _ in range(100):
        rates = rng.beta(0.5, 0.8, 60)
        drawn = {str(j): rng.binomial(1, rates).astype(float) for j in range(10)}
        best = max(drawn, key=lambda name: drawn[name].mean())
        found = rank(drawn, draws=1000)[best]
        shrunk, own = found.interval(0.95), mean_of(drawn[best]).interval(0.95, "")
        held += shrunk.low <= 0.5 / 1.3 <= shrunk.high
        plain += own.low <= 0.5 / 1.3 <= own.high
        sure += found.probability_first / 100

    assert held >= 90
    assert held > plain
    assert sure < 0.4


def test_a_leader_that_stands_out_is_not_drawn_to_the_others(shared: Path) -> None:
    """Ten of LiveCodeBench's 42 models on 30 problems: the interval of the highest score holds, shrinkage alone does not."""
    path = shared / "data" / "leaderboards" / "livecodebench_performances_42x400.json.gz"
    rows = json.loads(gzip.decompress(path.read_bytes()))["performances"]
    names = [sorted({row[key] for row in rows}) for key in ("question_id", "model")]
    places = [{name: place for place, name in enumerate(found)} for found in names]
    rates = np.zeros((len(names[0]), len(names[1])))
    for row in rows:
        rates[places[0][row["question_id"]], places[1][row["model"]]] = row["pass@1"] / 100
    rng, held = np.random.default_rng(2), 0
    for _ in range(60):
        some = rates[:, rng.choice(rates.shape[1], 10, replace=False)]
        at = rng.integers(0, len(rates), 30)
        drawn = {str(j): rng.binomial(1, some[at, j]).astype(float) for j in range(10)}
        best = max(drawn, key=lambda name: drawn[name].mean())
        interval = leader_interval(drawn, best, 0.95, rank(drawn, draws=200)[best])
        held += interval.low <= some[:, int(best)].mean() <= interval.high

    assert held >= 54


def test_holm_known_values() -> None:
    """The textbook step-down, in the order given, monotone and capped."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_rank_one_of_two_agrees_with_the_comparison() -> None:
    """For two models it is the probability of being better, by another road."""
    rng = np.random.default_rng(3)
    base = rng.beta(0.4, 0.8, 60)
    new = np.clip(base + rng.normal(0.03, 0.2, 60), 0, 1)

    chances = {n: r.probability_first for n, r in rank({"base": base, "new": new}).items()}

    assert sum(chances.values()) == pytest.approx(1.0)
    assert chances["new"] == pytest.approx(mean_difference(new - base).above_zero, abs=0.02)


def test_rank_one_shares_a_tie_and_ignores_names_order() -> None:
    """Identical models share; a clearly worse one gets nearly nothing, wherever it stands."""
    good, bad = np.tile([1.0, 0.5], 50), np.tile([0.2, 0.1], 50)

    chances = {n: r.probability_first for n, r in rank({"a": good, "z": bad, "b": good}).items()}

    assert chances["a"] == pytest.approx(0.5, abs=0.02)
    assert chances["b"] == pytest.approx(0.5, abs=0.02)
    assert chances["z"] < 0.001
    with pytest.raises(InputError):
        rank({"a": good, "b": good[:3]})


@pytest.mark.parametrize("noise", [0.0, 1e-17, -1e-13, 1e-3])
def test_one_problem_tells_next_to_nothing(noise: float) -> None:
    """A single problem that both solve, but for what subtraction leaves: an interval of nearly half of all there is."""
    held = mean_difference(np.array([noise])).interval(0.95, "")

    assert held.low < -0.4
    assert held.high > 0.4


@pytest.mark.parametrize(("b", "c"), [(0, 5), (3, 12), (10, 10), (25, 11)])
def test_mcnemar_is_the_binomial_test(b: int, c: int) -> None:
    """scipy's exact binomial test on the discordant problems; mid-p lies below it."""
    p = mcnemar(b, c)

    assert p.exact == pytest.approx(stats.binomtest(b, b + c).pvalue)
    assert p.mid <= p.exact
    assert mcnemar(c, b) == p


def test_mcnemar_without_discordant_problems() -> None:
    """Nothing tells the models apart: p is 1, not undefined."""
    assert mcnemar(0, 0) == (1.0, 1.0)
