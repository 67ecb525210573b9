"""Whether counts have the distribution that they should have."""

from collections.abc import Mapping
from typing import TypeVar

from scipy.stats import chisquare

T = TypeVar("T")
FEWEST = 5  # expected in each class, by the usual rule


def agreement(drawn: Mapping[T, int], expected: Mapping[T, float]) -> float:
    """The p-value of Pearson's chi-square of counts against probabilities; 0 where something impossible was drawn.

    What is expected fewer than `FEWEST` times is one class, or joins the rarest where it is still too small.
    """
    total = sum(drawn.values())
    if any(expected.get(key, 0.0) <= 0 for key in drawn):
        return 0.0
    often = {key: p for key, p in expected.items() if p * total >= FEWEST}
    counts, shares = [drawn.get(key, 0) for key in often], list(often.values())
    rest = 1 - sum(shares)
    if rest * total >= FEWEST:
        counts.append(total - sum(counts))
        shares.append(rest)
    elif len(shares) > 1:
        least = shares.index(min(shares))
        counts[least] += total - sum(counts)
        shares[least] += rest
    if len(shares) < 2:
        return 1.0
    return float(chisquare(counts, [share * total / sum(shares) for share in shares]).pvalue)
