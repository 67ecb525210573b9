"""Distribution functions and quantiles against scipy's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelassay.estimates.distributions import (
    beta_cdf,
    beta_quantile,
    normal_quantile,
    t_cdf,
    t_quantile,
)

SHAPE = st.floats(0.05, 5000)


@given(SHAPE, SHAPE, st.floats(0, 1))
def test_beta_cdf(a: float, b: float, x: float) -> None:
    """Within 1e-10 of scipy's, shapes from a twentieth to thousands."""
    assert beta_cdf(x, a, b) == pytest.approx(float(stats.beta.cdf(x, a, b)), abs=1e-10)


@given(st.floats(0.3, 5000), st.floats(0.5, 5000), st.floats(0.001, 0.999))
def test_beta_quantile(a: float, b: float, probability: float) -> None:
    """The quantile brings the probability back."""
    assert float(stats.beta.cdf(beta_quantile(probability, a, b), a, b)) == pytest.approx(
        probability, abs=1e-5
    )


@pytest.mark.parametrize("degrees", [1, 2, 4.5, 9, 163, 1e5])
@pytest.mark.parametrize("probability", [0.005, 0.3, 0.5, 0.9, 0.975, 0.9995])
def test_student_t(degrees: float, probability: float) -> None:
    """Quantile and distribution function, whole and broken degrees of freedom."""
    t = t_quantile(probability, degrees)

    assert t == pytest.approx(float(stats.t.ppf(probability, degrees)), rel=1e-9, abs=1e-9)
    assert t_cdf(t, degrees) == pytest.approx(probability, abs=1e-10)


def test_ends() -> None:
    """Probabilities 0 and 1 give the ends of the support."""
    assert beta_quantile(0, 2, 3) == 0.0
    assert beta_quantile(1, 2, 3) == 1.0
    assert t_quantile(1, 3) == float("inf")
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054)
