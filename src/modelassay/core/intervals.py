"""Intervals for one proportion, without scipy: the audit and the estimates both need them."""

import math
from statistics import NormalDist


def wilson(successes: float, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for `successes` of `trials`.

    Source: E. B. Wilson (1927), JASA 22, 209-212. Raises ValueError for trials < 1 or successes outside.
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"no proportion: {successes} of {trials}")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / scale
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return low, high
