"""pass@k: equal to brute force, exact at the ends, refused where it cannot be had."""

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.errors import AssayError
from modelassay.estimates import pass_at_k

NCK = st.integers(1, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n)))


@pytest.mark.parametrize("n", range(1, 8))
def test_equals_enumeration_of_all_draws(n: int) -> None:
    """The share of all k-subsets of the candidates that hold a passing one."""
    for c in range(n + 1):
        for k in range(1, n + 1):
            draws = [any(i < c for i in draw) for draw in combinations(range(n), k)]

            assert pass_at_k(n, c, k) == pytest.approx(sum(draws) / len(draws), abs=1e-15)


@given(NCK)
def test_equals_exact_fractions(counts: tuple[int, int, int]) -> None:
    """Within 1e-12 of 1 − C(n−c, k) / C(n, k) in exact arithmetic, also where the binomials are huge."""
    n, c, k = counts

    assert pass_at_k(n, c, k) == pytest.approx(float(1 - Fraction(comb(n - c, k), comb(n, k))), abs=1e-12)


@given(NCK)
def test_is_monotone_in_k_and_c(counts: tuple[int, int, int]) -> None:
    """One more candidate drawn, or one more passing, never lowers it."""
    n, c, k = counts
    value = pass_at_k(n, c, k)

    assert 0.0 <= value <= 1.0
    assert k == n or pass_at_k(n, c, k + 1) >= value - 1e-15
    assert c == n or pass_at_k(n, c + 1, k) >= value - 1e-15


@given(NCK)
def test_is_exact_at_the_ends(counts: tuple[int, int, int]) -> None:
    """0.0 without a pass and 1.0 where every draw holds one: not nearly, exactly."""
    n, c, k = counts

    assert pass_at_k(n, 0, k) == 0.0
    assert pass_at_k(n, n, k) == 1.0
    assert c == 0 or pass_at_k(n, c, n) == 1.0
    assert pass_at_k(n, c, 1) == pytest.approx(c / n, abs=1e-15)


def test_arrays_give_one_value_per_problem() -> None:
    """Any order, any mix of n, one n for all; a float only for two integers."""
    n, c = np.array([10, 5, 10, 100]), np.array([3, 5, 0, 1])

    values = pass_at_k(n, c, 5)

    assert isinstance(values, np.ndarray)
    assert values.tolist() == [pass_at_k(int(a), int(b), 5) for a, b in zip(n, c, strict=True)]
    assert pass_at_k(n[::-1], c[::-1], 5).tolist() == values.tolist()[::-1]
    assert pass_at_k(10, [3, 0], 5).tolist() == [values[0], 0.0]
    assert isinstance(pass_at_k(10, 3, 5), float)
    assert pass_at_k(10, [], 5).shape == (0,)


def test_large_counts_stay_finite() -> None:
    """A hundred thousand candidates neither overflow nor round to nothing."""
    assert pass_at_k(100_000, 1, 50_000) == pytest.approx(0.5, rel=1e-9)
    assert pass_at_k(100_000, 1, 1) == pytest.approx(1e-5, rel=1e-9)


@pytest.mark.parametrize(
    ("n", "c", "k", "names"),
    [
        ([10, 4, 10], [1, 1, 1], 5, "problem 1"),
        (3, 1, 5, "k = 5"),
        ([5, 5], [1, 6], 1, "problem 1"),
        (5, -1, 1, "negative"),
        (5, 1, 0, "at least 1"),
        (5, 1, 1.5, "at least 1"),
        (5, 1.5, 1, "whole"),
        ([5, float("nan")], 1, 1, "whole"),
        ([[5]], 1, 1, "dimensional"),
    ],
)
def test_refuses_what_has_no_answer(n: object, c: object, k: object, names: str) -> None:
    """Fewer candidates than k, and counts that are no counts, are errors that say where."""
    with pytest.raises(AssayError, match=names) as caught:
        pass_at_k(n, c, k)  # type: ignore[call-overload]
    assert isinstance(caught.value, ValueError)
