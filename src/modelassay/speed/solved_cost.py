"""What a solved problem costs: the time, tokens, energy and money of a run, over the problems that its samples solve.

k samples of a problem cost k times one: samples of a batch are counted at the run's own rate, whatever order they ran in.
pass@k of k = 1, …, n: estimates/pass_at_k.py (Chen et al., 2021). The number of samples until the first that passes, drawn
without order from n of which c pass, is negative hypergeometric with mean (n + 1) / (c + 1) (Johnson, Kemp and Kotz,
Univariate Discrete Distributions, 3rd ed. 2005, section 6.2.2).
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from modelassay.core.speed_records import CostAtK, SolvedCost
from modelassay.estimates.pass_at_k import pass_at_k
from modelassay.speed.quantiles import quantiles

WORTH: Final = 10.0  # times what the first sample's solved problems cost each


class Spent(NamedTuple):
    """On one problem's samples: seconds of wall time and tokens, per sample."""

    seconds: float
    tokens: float


def solved_cost(
    suite: str,
    counts: Mapping[str, tuple[int, int]],
    spent: Mapping[str, Spent],
    *,
    joules_per_sample: float | None = None,
    price_per_hour: float | None = None,
    ks: Sequence[int] = (),
) -> SolvedCost | None:
    """The cost of one run under one suite; None where nothing was both graded and timed.

    counts: problem → (graded, passed). spent: problem → per sample. ks: those to tell of; n is always told.
    """
    both = [p for p in counts if p in spent and counts[p][0]]
    if not both:
        return None
    graded, passed = (np.array([counts[p][i] for p in both]) for i in (0, 1))
    most = int(graded.min())
    curve = [float(np.mean(pass_at_k(graded, passed, k))) for k in range(1, most + 1)]
    seconds, tokens = (float(np.mean([spent[p][i] for p in both])) for i in (0, 1))
    stop = worth(curve)
    told = sorted({k for k in ks if k <= most} | {1, most, stop or 1})
    first = [(counts[p][0] + 1) / (counts[p][1] + 1) * spent[p].seconds for p in both if counts[p][1]]
    return SolvedCost(
        suite=suite, problems=len(both), never_solved=len(both) - len(first),
        at=tuple(
            _at(k, curve[k - 1], (seconds, tokens), joules_per_sample, price_per_hour) for k in told
        ),
        first_pass_seconds=quantiles(first) if first else None,
        worth_k=stop, worth_factor=WORTH, price_per_hour=price_per_hour,
    )  # fmt: skip


def worth(curve: Sequence[float], factor: float = WORTH) -> int | None:
    """The number of samples from which on one more is not worth its time; None where even the last one was, or nothing is solved.

    curve: pass@1, pass@2, … . The k-th sample solves pass@k − pass@(k−1) of a problem. It is worth its time while that costs
    at most `factor` times as much per solved problem as the first sample's did, that is while it is at least
    pass@1 / factor. pass@k is concave in k, so there is one such k.
    """
    if not curve or not curve[0]:
        return None
    for k in range(1, len(curve)):
        if curve[k] - curve[k - 1] < curve[0] / factor:
            return k
    return None


def _at(
    k: int, solved: float, per_sample: tuple[float, float], joules: float | None, price: float | None
) -> CostAtK:
    seconds, tokens = per_sample

    def per_solved(amount: float | None) -> float | None:
        return None if amount is None or not solved else k * amount / solved

    money = None if price is None else seconds * price / 3600
    return CostAtK(
        k=k, solved=solved, seconds_per_problem=k * seconds, seconds_per_solved=per_solved(seconds),
        tokens_per_solved=per_solved(tokens), joules_per_solved=per_solved(joules),
        money_per_problem=None if money is None else k * money, money_per_solved=per_solved(money),
    )  # fmt: skip
