"""More than two models or looks, and single greedy answers: levels that hold together, Holm, McNemar's test."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from modelassay.estimates.pass_at_k import CountError


def shared_level(level: float, comparisons: int) -> float:
    """The level at which each of several intervals must be taken for all to hold together at `level`.

    Bonferroni's inequality (O. J. Dunn 1961, JASA 56, 52-64): valid however the comparisons depend on each
    other, as they do when they share a baseline and the problems.
    """
    if comparisons < 1:
        raise CountError(f"{comparisons} comparisons")
    return 1.0 - (1.0 - level) / comparisons


FIRST_LOOK = 0.8  # of the error that a comparison may make; the rest is kept for looks at more data


def look_level(level: float, look: int) -> float:
    """The level of the look-th look (from 1) at one pair of models, such that all looks together hold at `level`.

    The first takes 4/5 of the error, the next ones 1/10, 1/20, 1/40 … of it: whatever a later look depends on,
    and however many there are, they err together with probability at most 1 − level (Bonferroni's inequality; the
    spending of error over looks: K. K. G. Lan and D. L. DeMets 1983, Biometrika 70, 659-663).
    """
    if look < 1:
        raise CountError(f"look {look} at a comparison")
    share = FIRST_LOOK if look == 1 else (1 - FIRST_LOOK) / 2 ** (look - 1)
    return 1.0 - (1.0 - level) * share


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for their number, in the order given: below α, all rejections are right at 1 − α.

    Source: S. Holm (1979), Scand. J. Stat. 6, 65-70. Never smaller than given, never above 1.
    """
    order = np.argsort(p_values, kind="stable")
    scaled = np.array(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(p) for p in corrected]


class McNemar(NamedTuple):
    """Two-sided p-values that two models pass single problems equally often."""

    exact: float
    mid: float


def mcnemar(only_baseline: int, only_candidate: int) -> McNemar:
    """McNemar's test from the problems that only one of two models solved, one sample each.

    exact: binomial with probability 1/2, never too small. mid: the same with the observed outcome counted
    by half, which is closer to its level (M. W. Fagerland et al. 2013, BMC Med. Res. Methodol. 13, 91).
    Both 1 where no problem tells the models apart.
    """
    total, fewer = only_baseline + only_candidate, min(only_baseline, only_candidate)
    if fewer < 0:
        raise CountError(f"{only_baseline} and {only_candidate} problems solved by one model only")
    tail = sum(math.comb(total, i) for i in range(fewer + 1))
    exact = min(1.0, 2 * tail / 2**total)
    mid = min(1.0, (2 * tail - math.comb(total, fewer)) / 2**total)
    return McNemar(exact=exact, mid=1.0 if total == 0 else mid)
