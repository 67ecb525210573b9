"""Corrections for many comparisons, probability of rank 1, McNemar's test."""

import numpy as np
import pytest
from scipy import stats

from modelassay.core.errors import InputError
from modelassay.estimates.compare import probability_above_half
from modelassay.estimates.mean import mean_difference
from modelassay.estimates.several import holm, mcnemar, rank_one, shared_level


def test_shared_level() -> None:
    """Five intervals at 99 % hold together at 95 %; one needs no correction."""
    assert shared_level(0.95, 5) == pytest.approx(0.99)
    assert shared_level(0.95, 1) == pytest.approx(0.95)


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

    chances = rank_one({"base": base, "new": new})

    assert sum(chances.values()) == pytest.approx(1.0)
    assert chances["new"] == pytest.approx(probability_above_half(mean_difference(new - base)), abs=0.02)


def test_rank_one_shares_a_tie_and_ignores_names_order() -> None:
    """Identical models share; a clearly worse one gets nearly nothing, wherever it stands."""
    good, bad = np.tile([1.0, 0.5], 50), np.tile([0.2, 0.1], 50)

    chances = rank_one({"a": good, "z": bad, "b": good})

    assert chances["a"] == pytest.approx(0.5, abs=0.02)
    assert chances["b"] == pytest.approx(0.5, abs=0.02)
    assert chances["z"] < 0.001
    with pytest.raises(InputError):
        rank_one({"a": good, "b": good[:3]})


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
