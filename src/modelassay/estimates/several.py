"""More than two models, and single greedy answers: corrections, probability of rank 1, McNemar's test."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from modelassay.estimates.mean import PRIOR
from modelassay.estimates.pass_at_k import CountError, Floats


def shared_level(level: float, comparisons: int) -> float:
    """The level at which each of several intervals must be taken for all to hold together at `level`.

    Bonferroni's inequality (O. J. Dunn 1961, JASA 56, 52-64): valid however the comparisons depend on each
    other, as they do when they share a baseline and the problems.
    """
    if comparisons < 1:
        raise CountError(f"{comparisons} comparisons")
    return 1.0 - (1.0 - level) / comparisons


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for their number, in the order given: below α, all rejections are right at 1 − α.

    Source: S. Holm (1979), Scand. J. Stat. 6, 65-70. Never smaller than given, never above 1.
    """
    order = np.argsort(p_values, kind="stable")
    scaled = np.array(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(p) for p in corrected]


def rank_one(values: Mapping[str, Floats], *, draws: int = 20_000, seed: int = 0) -> dict[str, float]:
    """Model → probability that it has the highest mean over problems like these; they add up to 1.

    values: model → its pass@k per problem (P,), the same problems in the same order for all.
    The Bayesian bootstrap (D. B. Rubin 1981, Ann. Stat. 9, 130-134): random weights on the problems, the
    same for all models, so that what is hard for all moves none ahead. Unseen problems, each solved by one
    model alone, weigh 2/3 together, times the typical size of the differences seen (as in comparisons).
    A tie counts in equal parts. Raises CountError for models without the same number of problems.
    """
    if len({len(v) for v in values.values()}) != 1 or not all(len(v) for v in values.values()):
        raise CountError("a ranking needs the same problems for every model")
    table = np.stack(list(values.values()), axis=1)  # (P, M)
    problems, models = table.shape
    apart = np.abs(table[:, :, None] - table[:, None, :])
    size = float(np.square(apart).sum() / apart.sum()) if apart.any() else 1.0
    rng = np.random.default_rng(seed)
    shape = np.concatenate([np.ones(problems), np.full(models, 2 * PRIOR * size / models)])
    means = rng.standard_gamma(shape, (draws, problems + models)) @ np.vstack([table, np.eye(models)])
    best = means >= means.max(axis=1, keepdims=True) - 1e-12
    chances = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    return {name: float(chance) for name, chance in zip(values, chances, strict=True)}


class McNemar(NamedTuple):
    """Two-sided p-values that two models pass single problems equally often."""

    exact: float
    mid: float


def mcnemar(only_baseline: int, only_candidate: int) -> McNemar:
    """McNemar's test from the problems that only one of two models solved, one candidate each.

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
