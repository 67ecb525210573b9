"""Several models on the same problems: who is best, and how good, when the best was picked by what came out.

The highest of several scores is high partly by chance, so its own interval lies too high, and the probability that
it is the best is overstated where every model is estimated alone. Both are corrected by one model of all: the models'
true scores are spread normally around a common mean, and the width of that spread is learnt from the scores. All of it
is on the scale of arcsin √score, where a score's variance does not depend on the score: on the scale of scores the low
ones seem surer, decide how far models lie apart, and draw a leader that stands out to themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelassay.core.measured import Interval
from modelassay.estimates.distributions import binomial_ends
from modelassay.estimates.mean import POPULATION, PRIOR, UNSEEN, mean_of
from modelassay.estimates.pass_at_k import CountError, Floats

METHOD: Final = "shrunk towards the mean of all models"
LEADER: Final = "own interval and the one shrunk towards the mean of all models, together"
_WIDTHS: Final = 40  # spreads of the models' true scores that are weighed, from none to flat


@dataclass(frozen=True)
class Ranked:
    """One model among several: the probability that it is the best, and its score after shrinkage.

    probability_first: of the highest mean over the population of problems; those of all models add up to 1.
    value, variance: of the shrunk score, in [0, 1].
    """

    probability_first: float
    value: float
    variance: float

    def interval(self, level: float) -> Interval:
        """The binomial interval of as many trials as have this value and variance."""
        value = min(max(self.value, 1e-9), 1 - 1e-9)
        trials = value * (1 - value) / max(self.variance, 1e-12)
        low, high = binomial_ends(trials * value, trials, level)
        return Interval(low=low, high=high, level=level, method=METHOD, target=POPULATION)


def rank(values: Mapping[str, Floats], *, draws: int = 20_000, seed: int = 0) -> dict[str, Ranked]:
    """Model → where it stands among all, names in the order given.

    values: model → its pass@k per problem (P,), the same problems in the same order for all.
    The angles arcsin √score (F. J. Anscombe 1948, Biometrika 35, 246-254) are normal around the true ones with the
    covariance of the columns over the problems, so that what is hard for all moves none ahead; the true ones are normal around an unknown common mean with spread t. t has a
    flat prior (A. Gelman 2006, Bayesian Anal. 1, 515-534), cut at ten times the scores' own spread; given t, the
    scores are the usual shrinkage (B. Efron and C. Morris 1975, JASA 70, 311-319). Of two models nothing can be
    learnt of t, and they are not shrunk. A tie counts in equal parts. Raises CountError for models without the
    same number of problems.
    """
    if len({len(v) for v in values.values()}) != 1 or not all(len(v) for v in values.values()):
        raise CountError("a ranking needs the same problems for every model")
    table = np.stack(list(values.values()), axis=1)  # (P, M)
    angles, errors = _angles(table)
    widths, weights = _spreads(angles, errors)
    each = [_posterior(angles, errors, float(width)) for width in widths]
    moments = [_score_moments(centre, v.diagonal()) for centre, v in each]
    value = weights @ np.stack([first for first, _ in moments])  # (M,)
    variance = weights @ np.stack([second for _, second in moments]) - np.square(value)
    first = _chances(each, weights, draws, np.random.default_rng(seed))
    return {
        name: Ranked(float(first[i]), float(value[i]), float(variance[i])) for i, name in enumerate(values)
    }


def leader_interval(values: Mapping[str, Floats], leader: str, level: float, found: Ranked) -> Interval:
    """An interval of the score of the model that came out highest, which holds though it was picked by that.

    From the lower of the ends of its shrunk interval and its own to the higher: the shrunk one holds where the models
    are spread as supposed, its own where the leader stands out by itself.
    """
    shrunk, own = found.interval(level), mean_of(values[leader]).interval(level, POPULATION)
    return Interval(
        low=min(shrunk.low, own.low),
        high=max(shrunk.high, own.high),
        level=level,
        method=LEADER,
        target=POPULATION,
    )


def _angles(table: Floats) -> tuple[Floats, Floats]:
    """arcsin √score (M,) and its covariance (M, M); the error all models share is kept apart from the contrasts'.

    Both are estimated from the same few problems; with the correlation between them, chance in the contrasts would
    move all scores together.
    """
    problems, models = table.shape
    scores = (table.sum(axis=0) + 0.5) / (problems + 1)
    slope = 0.5 / np.sqrt(scores * (1 - scores))
    errors = _errors(table) * np.outer(slope, slope)
    shared = np.full((models, models), 1 / models)
    apart = np.eye(models) - shared
    return np.arcsin(np.sqrt(scores)), apart @ errors @ apart + shared @ errors @ shared + np.eye(
        models
    ) * 1e-12


def _score_moments(centre: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Mean of sin²(angle) and of its square (M,), for angles that are normal."""
    once, twice = np.exp(-2 * variance) * np.cos(2 * centre), np.exp(-8 * variance) * np.cos(4 * centre)
    return (1 - once) / 2, (3 - 4 * once + twice) / 8


def _errors(table: Floats) -> Floats:
    """Covariance (M, M) of the models' scores from which problems were asked.

    With unseen problems: one that all pass and one that none does, and as in a paired difference 2/3 together of
    one that a single model passes, times the typical size of the differences seen.
    """
    problems, models = table.shape
    apart = np.abs(table[:, :, None] - table[:, None, :])
    size = float(np.square(apart).sum() / apart.sum()) if apart.any() else 1.0
    rows = np.vstack([table, np.ones(models), np.zeros(models), np.eye(models)])
    alone = 2 * PRIOR * size / models
    weight = np.concatenate([np.ones(problems), [UNSEEN, UNSEEN], np.full(models, alone)])
    total = float(weight.sum())
    centred = rows - weight @ rows / total
    covariance: Floats = (centred * weight[:, None]).T @ centred / (total - 1)
    return np.asarray(covariance / problems + np.eye(models) * 1e-12)


def _spreads(scores: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Spreads of the true scores and how probable each is, from the scores' contrasts; flat for two models."""
    models = len(scores)
    largest = 10 * float(np.sqrt(np.square(scores - scores.mean()).mean() + errors.diagonal().mean()))
    if models < 3:
        return np.array([100 * largest]), np.ones(1)
    contrasts = np.linalg.qr(np.eye(models) - 1 / models)[0][:, : models - 1].T  # (M − 1, M), orthonormal
    seen, noise = contrasts @ scores, contrasts @ errors @ contrasts.T
    values, vectors = np.linalg.eigh(noise)
    turned = np.square(vectors.T @ seen)
    widths = largest * np.linspace(0, 1, _WIDTHS) ** 3  # dense where little spread is likely
    spread = np.square(widths)[:, None] + np.maximum(values, 1e-15)  # (T, M − 1)
    fit = -0.5 * (np.log(spread) + turned / spread).sum(axis=1)
    weight: Floats = np.exp(fit - fit.max()) * np.gradient(widths)
    return widths, np.asarray(weight / weight.sum(), dtype=np.float64)


def _posterior(scores: Floats, errors: Floats, width: float) -> tuple[Floats, Floats]:
    """Mean (M,) and covariance (M, M) of the true scores, given their spread; the common mean has a flat prior."""
    models = len(scores)
    inverse = np.linalg.inv(errors + np.eye(models) * width**2)
    ones = inverse.sum(axis=1)
    common = float(ones @ scores / ones.sum())
    kept = width**2 * inverse  # (M, M): how much of each deviation stays
    centre: Floats = common + kept @ (scores - common)
    rest = 1 - kept.sum(axis=1)
    covariance: Floats = width**2 * (np.eye(models) - kept.T) + np.outer(rest, rest) / ones.sum()
    return centre, covariance


def _chances(
    each: list[tuple[Floats, Floats]], weights: Floats, draws: int, rng: np.random.Generator
) -> Floats:
    """How often each model has the highest true score (M,), over all spreads by their weight."""
    found = np.zeros(len(each[0][0]))
    for (centre, covariance), weight in zip(each, weights, strict=True):
        count = round(float(weight) * draws)
        if count == 0:
            continue
        values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
        shape = vectors * np.sqrt(np.maximum(values, 0.0))
        drawn = centre + rng.standard_normal((count, len(centre))) @ shape.T
        best = drawn >= drawn.max(axis=1, keepdims=True) - 1e-12
        found += (best / best.sum(axis=1, keepdims=True)).sum(axis=0)
    chances: Floats = found / found.sum()
    return chances
