"""pass@k: the chance that at least one of k samples passes, unbiased from n samples of which c passed.

Source: M. Chen et al. (2021), arXiv 2107.03374, section 2.1: 1 − C(n−c, k) / C(n, k) per problem.
"""

from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelassay.core.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class CountError(InputError, ValueError):
    """Counts from which pass@k cannot be had. A ValueError too, which is what a notebook expects."""


@overload
def pass_at_k(n: int, c: int, k: int) -> float: ...
@overload
def pass_at_k(n: ArrayLike, c: ArrayLike, k: int) -> Floats: ...
def pass_at_k(n: ArrayLike, c: ArrayLike, k: int) -> float | Floats:
    """Unbiased pass@k from `c` of `n` samples that passed.

    n, c: integers, or arrays (P,) with one entry per problem; either may be an integer for all problems.
    Returns a float for two integers, else an array (P,): the benchmark's pass@k is its mean.
    Exactly 0.0 where c = 0 and exactly 1.0 where n − c < k. Raises CountError, naming the problem's
    position, where n < k, and where the counts are no counts.
    """
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or k < 1:
        raise CountError(f"pass@k needs a whole k of at least 1, not {k!r}")
    graded, passed = np.broadcast_arrays(_whole(n, "n"), _whole(c, "c"))
    _refuse(graded, passed, int(k))
    pairs, places = np.unique(np.stack([graded.ravel(), passed.ravel()]), axis=1, return_inverse=True)
    distinct = np.array([1.0 - _all_fail(int(a), int(b), int(k)) for a, b in pairs.T], dtype=np.float64)
    values = distinct[places.ravel()].reshape(graded.shape)
    return float(values) if values.ndim == 0 else values


def _all_fail(n: int, c: int, k: int) -> float:
    """C(n−c, k) / C(n, k), as the shorter of its two products of factors in [0, 1], so nothing overflows."""
    if n - c < k:
        return 0.0
    if c < k:
        return float(np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))
    return float(np.prod(1.0 - c / np.arange(n - k + 1, n + 1)))


def _whole(values: ArrayLike, name: str) -> Ints:
    array = np.asarray(values)
    if array.ndim > 1:
        raise CountError(f"{name} must be a number or one number per problem, not {array.ndim}-dimensional")
    if array.size and (array.dtype.kind not in "iufb" or not np.all(np.isfinite(array))):
        raise CountError(f"{name} must be whole numbers")
    whole = array.astype(np.int64)
    if not np.array_equal(whole, array):
        raise CountError(f"{name} must be whole numbers")
    return whole


def _refuse(n: Ints, c: Ints, k: int) -> None:
    """Raise CountError for the first problem whose counts do not fit."""
    flat_n, flat_c = n.ravel(), c.ravel()
    for bad, reason in (
        (flat_c < 0, "a negative number of passes"),
        (flat_c > flat_n, "more passes than samples"),
        (flat_n < k, f"fewer samples than k = {k}"),
    ):
        if bad.any():
            at = int(np.argmax(bad))
            raise CountError(
                f"problem {at}: {reason} (n = {flat_n[at]}, c = {flat_c[at]})",
                hint=f"sample at least {k} samples for every problem, or ask for a smaller k",
            )
