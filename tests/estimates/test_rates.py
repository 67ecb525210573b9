"""The spread of pass rates over problems, and the sampling variance that follows from it."""

import numpy as np
import pytest

from modelassay.estimates.pass_at_k import pass_at_k
from modelassay.estimates.rates import binomial, resampling_variance, spread_of_rates, within_variance

RATES = np.random.default_rng(0).beta(0.25, 0.75, 400)


def test_binomial_sums_to_one_and_is_sure_at_the_ends() -> None:
    """Rates 0 and 1 leave one outcome; thousands of candidates do not overflow."""
    chances = binomial(3000, np.array([0.0, 0.3, 1.0]))

    assert chances.sum(axis=1) == pytest.approx([1.0, 1.0, 1.0])
    assert chances[0, 0] == pytest.approx(1.0)
    assert chances[2, 3000] == pytest.approx(1.0)


def test_resampling_variance_of_pass_at_one_is_the_binomial_one() -> None:
    """p (1 − p) / n at k = 1."""
    rates = np.array([0.0, 0.1, 0.5, 1.0])

    assert resampling_variance(20, 1, rates) == pytest.approx(rates * (1 - rates) / 20)


@pytest.mark.parametrize(("n", "k"), [(20, 1), (20, 10), (20, 20), (100, 100)])
def test_within_variance_finds_the_true_one(n: int, k: int) -> None:
    """Averaged over repetitions within 15 % of the truth, also at k = n, where each problem shows 0 or 1."""
    rng = np.random.default_rng(1)
    truth = resampling_variance(n, k, RATES).mean()

    found = [within_variance(np.full(400, n), rng.binomial(n, RATES), k).mean() for _ in range(20)]

    assert np.mean(found) == pytest.approx(truth, rel=0.15)


def test_spread_of_rates_recovers_the_mean_curve() -> None:
    """The mixture's pass@k follows the unbiased estimate from the same counts."""
    counts = np.random.default_rng(2).binomial(50, RATES)
    rates = spread_of_rates(np.full(400, 50), counts)

    for k in (1, 10, 50):
        mixture = float(rates.weights @ (1 - (1 - rates.grid) ** k))

        assert mixture == pytest.approx(pass_at_k(50, counts, k).mean(), abs=0.01)


def test_unanimous_counts_are_no_trouble() -> None:
    """Nothing ever passes, or everything: no warnings, almost no variance."""
    for c in (0, 10):
        assert within_variance(np.full(5, 10), np.full(5, c), 10).max() < 0.3
