"""The few distributions the estimates need, in plain Python, so that scipy is not a dependency.

Accuracy: about 1e-10 for the distribution functions, checked against scipy in the tests.
"""

import math
from statistics import NormalDist
from typing import Final


def normal_quantile(probability: float) -> float:
    """z with P(Z ≤ z) = probability."""
    return NormalDist().inv_cdf(probability)


def beta_cdf(x: float, a: float, b: float) -> float:
    """P(X ≤ x) for X ~ Beta(a, b): the regularised incomplete beta function.

    Lentz's continued fraction; source: W. H. Press et al., Numerical Recipes, 3rd ed., section 6.4.
    """
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_cdf(1.0 - x, b, a)
    scale = a * math.log(x) + b * math.log1p(-x) - log_beta(a, b)
    return math.exp(scale) * _fraction(x, a, b) / a


def log_beta(a: float, b: float) -> float:
    """Log of the beta function B(a, b)."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _fraction(x: float, a: float, b: float) -> float:
    tiny, c, d = 1e-300, 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1.0 + step * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + step / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return value


def beta_quantile(probability: float, a: float, b: float) -> float:
    """x with P(X ≤ x) = probability for X ~ Beta(a, b); the ends themselves at 0 and 1.

    With both shapes above 1e5 the normal quantile, within a hundredth of a standard deviation.
    """
    if probability <= 0.0 or probability >= 1.0:
        return 0.0 if probability <= 0.0 else 1.0
    if min(a, b) > 1e5:
        mean = a / (a + b)
        return mean + normal_quantile(probability) * math.sqrt(mean * (1 - mean) / (a + b + 1))
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(200):  # Newton's step where it stays in the bracket, else its middle
        error = beta_cdf(x, a, b) - probability
        low, high = (x, high) if error < 0 else (low, x)
        density = math.exp((a - 1) * math.log(x) + (b - 1) * math.log1p(-x) - log_beta(a, b))
        step = x - error / density if density > 0 else math.nan
        following = step if low < step < high else (low + high) / 2
        if abs(following - x) <= 1e-15 * x or following in (low, high):
            return following
        x = following
    return x


def t_cdf(t: float, degrees: float) -> float:
    """P(T ≤ t) for Student's t with `degrees` of freedom, which need not be whole."""
    if math.isinf(t):
        return 1.0 if t > 0 else 0.0
    tail = beta_cdf(degrees / (degrees + t * t), degrees / 2, 0.5) / 2
    return 1.0 - tail if t > 0 else tail


def t_quantile(probability: float, degrees: float) -> float:
    """t with P(T ≤ t) = probability; ±inf at 1 and 0."""
    if probability <= 0.0 or probability >= 1.0:
        return math.inf if probability >= 1.0 else -math.inf
    if probability < 0.5:
        return -t_quantile(1.0 - probability, degrees)
    share = beta_quantile(2 * (1.0 - probability), degrees / 2, 0.5)
    return math.sqrt(degrees * (1.0 - share) / share)


MID: Final = 0.6  # share of the observed count that counts as extreme; 1 is Clopper and Pearson's, 1/2 mid-P


def binomial_ends(passes: float, trials: float, level: float) -> tuple[float, float]:
    """The rates at which `passes` of `trials`, neither of them whole, are not too many and not too few.

    The mid-P interval: both tails of the binomial, the observed count itself counted in part (H. O. Lancaster
    1961, JASA 56, 223-234; A. Agresti and A. Gottard 2005, Statistical Modelling 5, 367-382). Exactly 0 where
    none and exactly 1 where all passed; the other end then is at least as far as the rule of three's.
    """
    tail = (1 - level) / 2
    low = 0.0 if passes <= 0 else _upper_tail_root(passes, trials, tail)
    high = 1.0 if passes >= trials else 1.0 - _upper_tail_root(trials - passes, trials, tail)
    share = passes / trials
    return min(low, share), max(high, share)


def _upper_tail_root(passes: float, trials: float, tail: float) -> float:
    """The rate p at which MID · P(X ≥ passes) + (1 − MID) · P(X > passes) is `tail`, by Newton's steps in a bracket.

    P(X ≥ x) is the Beta(x, N − x + 1) distribution function at p; P(X > x) is smaller by the chance of x itself.
    """
    fails = trials - passes
    if fails <= 0:  # MID · p^N, the closed form
        return float((tail / MID) ** (1 / trials))
    choose = -log_beta(passes + 1, fails + 1) - math.log(trials + 1)
    middle, spread = passes / trials, math.sqrt(passes * fails / trials) / trials
    low, high = 0.0, middle
    p = min(max(middle - 2 * spread, middle / 10), middle * 0.999)
    for _ in range(100):
        exactly = math.exp(choose + passes * math.log(p) + fails * math.log1p(-p))
        error = beta_cdf(p, passes, fails + 1) - (1 - MID) * exactly - tail
        low, high = (p, high) if error < 0 else (low, p)
        # d/dp of P(X ≥ x) is x/p · P(X = x); of P(X = x) it is (x/p − (N − x)/(1 − p)) · P(X = x).
        slope = exactly * (MID * passes / p + (1 - MID) * fails / (1 - p))
        step = p - error / slope if slope > 0 else -1.0
        following = step if low < step < high else (low + high) / 2
        if abs(following - p) <= 1e-12 * p:
            return following
        p = following
    return p
