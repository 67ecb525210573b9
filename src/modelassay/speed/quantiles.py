"""Values of repeated timings as percentiles, and the median with an interval that assumes nothing of their distribution."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from modelassay.core.speed_records import MedianInterval, Quantiles

LEVEL: Final = 0.95
_METHOD: Final = "order statistics"


def quantiles(values: Sequence[float]) -> Quantiles:
    """Percentiles by linear interpolation (type 7 of Hyndman and Fan, 1996). Raises ValueError for no values."""
    if not values:
        raise ValueError("no values")
    array = np.asarray(values, float)
    p50, p90, p99 = (float(v) for v in np.quantile(array, [0.5, 0.9, 0.99]))
    return Quantiles(
        count=len(array), mean=float(array.mean()), stdev=float(array.std(ddof=1)) if len(array) > 1 else None,
        minimum=float(array.min()), p50=p50, p90=p90, p99=p99, maximum=float(array.max()),
    )  # fmt: skip


def median_interval(values: Sequence[float], level: float = LEVEL) -> MedianInterval:
    """The median, and the k-th smallest to the k-th largest value with the largest k that keeps the level.

    The number of values below the median is binomial(n, 1/2), so this holds for any continuous distribution (David and
    Nagaraja, Order Statistics, 3rd ed. 2003, section 7.1). Six values are the fewest that have one at 95%.
    """
    ordered, n = sorted(values), len(values)
    if not n:
        raise ValueError("no values")
    rank = _rank(n, level)
    low, high = (None, None) if rank < 1 else (ordered[rank - 1], ordered[n - rank])
    return MedianInterval(
        value=float(np.median(ordered)), low=low, high=high, level=level, passes=n, method=_METHOD
    )


def _rank(n: int, level: float) -> int:
    """The largest k with P(fewer than k of n values lie below the median) ≤ (1 − level) / 2; 0 for none."""
    tail, rank = 0.0, 0
    for k in range(n // 2 + 1):
        tail += math.comb(n, k) / 2**n
        if tail > (1 - level) / 2:
            break
        rank = k + 1
    return rank
