"""How a model's true pass rates spread over the problems, learnt from counts, and what follows from it.

Why not the rates c / n themselves: a problem with 0 of 20 may have a rate of 0 or of 0.05, which are far
apart for pass@100. Looking at all problems at once says how many of each there probably are.
"""

from dataclasses import dataclass

import numpy as np

from modelassay.estimates.pass_at_k import Floats, Ints, pass_at_k

_STEPS = 60
_ROUNDS = 30


@dataclass(frozen=True)
class Rates:
    """A distribution of pass rates: `weights` (G,) on `grid` (G,), and per problem `posterior` (G, P)."""

    grid: Floats
    weights: Floats
    posterior: Floats


def spread_of_rates(n: Ints, c: Ints) -> Rates:
    """The rates' distribution that makes the counts most likely, without assuming its shape.

    Nonparametric maximum likelihood (Kiefer and Wolfowitz 1956, Ann. Math. Stat. 27, 887) by EM on a fixed
    grid (Laird 1978, JASA 73, 805), stopped after 30 rounds, before it shrinks to a few spikes. The grid
    holds 0, 1 and 60 points between, denser towards both ends.
    """
    middle = np.sin(np.pi / 2 * (np.arange(_STEPS) + 0.5) / _STEPS) ** 2
    grid = np.concatenate([[0.0], middle**1.5, [1.0]])
    with np.errstate(divide="ignore"):
        right, wrong = np.log(grid), np.log1p(-grid)
    exponent = _times(c, right) + _times(n - c, wrong)  # (G, P)
    likelihood = np.exp(exponent - exponent.max(axis=0))
    weights = np.full(len(grid), 1 / len(grid))
    for _ in range(_ROUNDS):
        joint = weights[:, None] * likelihood
        weights = (joint / joint.sum(axis=0)).mean(axis=1)
    joint = weights[:, None] * likelihood
    return Rates(grid=grid, weights=weights, posterior=joint / joint.sum(axis=0))


def _times(count: Ints, log: Floats) -> Floats:
    """count × log with 0 × −∞ = 0, as (G, P)."""
    with np.errstate(invalid="ignore"):
        return np.where(count[None, :] == 0, 0.0, count[None, :] * log[:, None])


def within_variance(n: Ints, c: Ints, k: int) -> Floats:
    """Variance (P,) of each problem's estimate of pass@k, were its n samples sampled again.

    The mean of that variance over what the problem's rate may be, given all counts. Works for every
    k ≤ n; at k = n, where a single problem's 0 or 1 says nothing about its own variance, the other
    problems do.
    """
    rates = spread_of_rates(n, c)
    found = np.empty(len(n), dtype=np.float64)
    for size in np.unique(n):
        here = n == size
        found[here] = resampling_variance(int(size), k, rates.grid) @ rates.posterior[:, here]
    return found


def resampling_variance(n: int, k: int, rates: Floats) -> Floats:
    """Variance (G,) of the unbiased estimate of pass@k from n samples, for known rates (G,)."""
    chances = binomial(n, rates)
    values = pass_at_k(n, np.arange(n + 1), k)
    return np.maximum(chances @ np.square(values) - np.square(chances @ values), 0.0)


def binomial(n: int, rates: Floats) -> Floats:
    """P(c of n pass) as (G, n + 1) for rates (G,)."""
    passes = np.arange(n + 1)
    steps = np.concatenate([[0.0], np.cumsum(np.log((n - passes[1:] + 1) / passes[1:]))])
    with np.errstate(divide="ignore"):
        exponent = _times(passes, np.log(rates)) + _times(n - passes, np.log1p(-rates))
    return np.exp(steps + exponent)
