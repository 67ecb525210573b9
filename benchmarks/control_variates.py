"""Whether published verdicts of other models make intervals narrower: the table of docs/method.md.

    python benchmarks/control_variates.py [--repetitions 1500] [--problems 80]

Data: pass@1 of 42 models on 400 LiveCodeBench problems (../shared/data/leaderboards). A model is held out; the mean of
the others on a problem is the covariate, whose mean over the published problems is known. The regression estimate
(W. Cochran 1977, Sampling Techniques, chapter 7) has HC2 residuals and Student's t; beside it the plain mean with t.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from decision_models import matrix
from scipy.stats import t as student

from modelassay.estimates.pass_at_k import Floats


@dataclass(frozen=True)
class Sample:
    """What one study knows: its values and covariate (P,), and the covariate of the published problems (N,).

    left: the share of the problems' variance that the published set leaves open: 0 < 1 − P / N of a fixed set, else 1.
    """

    values: Floats
    covariate: Floats
    published: Floats
    left: float
    fixed: bool

    def plain(self) -> tuple[float, float]:
        """Mean and half-width at 95 %."""
        count = len(self.values)
        error = float(self.values.std(ddof=1)) * np.sqrt(self.left / count)
        return float(self.values.mean()), float(student.ppf(0.975, count - 1) * error)

    def regression(self) -> tuple[float, float]:
        """The regression estimate and its half-width at 95 %."""
        count, x = len(self.values), self.covariate - self.covariate.mean()
        squares = max(float(x @ x), 1e-12)
        slope = float(x @ self.values) / squares
        rest = self.values - self.values.mean() - slope * x
        leverage = 1 / count + np.square(x) / squares
        shift = float(self.published.mean() - self.covariate.mean())
        weights = 1 / count + x * shift / squares
        variance = self.left * float(
            np.square(weights) @ (np.square(rest) / (1 - np.minimum(leverage, 0.99)))
        )
        if not self.fixed:  # the published problems are themselves a sample
            variance += slope**2 * float(self.published.var(ddof=1)) / len(self.published)
        half = float(student.ppf(0.975, count - 2)) * np.sqrt(variance)
        return float(self.values.mean()) + slope * shift, float(half)


def drawn(rates: Floats, held: list[int], problems: int, fixed: bool, rng: np.random.Generator) -> Sample:
    """A study of the model `held[0]`, minus `held[1]` if there are two, on problems drawn from the 400."""
    wanted = rates[:, held[0]] - (rates[:, held[1]] if len(held) > 1 else 0.0)
    others = np.delete(rates, held, axis=1).mean(axis=1)
    if fixed:
        at = rng.permutation(len(rates))[:problems]
        return Sample(wanted[at], others[at], others, 1 - problems / len(rates), fixed)
    published = rng.integers(0, len(rates), 200)
    at = published[:problems]
    return Sample(wanted[at], others[at], others[published], 1.0, fixed)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repetitions", type=int, default=1500)
    parser.add_argument("--problems", type=int, default=80)
    given = parser.parse_args()
    rates = matrix()
    print(
        f"from {given.problems} problems: fewer problems for the same width (median), coverage, plain coverage"
    )
    for name, models, fixed in (
        ("pass@1 of the fixed set of 400", 1, True),
        ("pass@1 of the population, 200 published", 1, False),
        ("difference of two models, fixed set", 2, True),
        ("difference of two models, population", 2, False),
    ):
        rng, ratios, held, plain = np.random.default_rng(1), [], 0, 0
        for _ in range(given.repetitions):
            chosen = [int(m) for m in rng.choice(rates.shape[1], models, replace=False)]
            truth = rates[:, chosen[0]].mean() - (rates[:, chosen[1]].mean() if models == 2 else 0.0)
            sample = drawn(rates, chosen, given.problems, fixed, rng)
            (old, wide), (new, narrow) = sample.plain(), sample.regression()
            ratios.append((wide / max(narrow, 1e-12)) ** 2)
            held, plain = held + (abs(new - truth) <= narrow), plain + (abs(old - truth) <= wide)
        shares = [100 * n / given.repetitions for n in (held, plain)]
        print(f"{name:42s} {np.median(ratios):5.2f} x  {shares[0]:5.1f} %  {shares[1]:5.1f} %", flush=True)


if __name__ == "__main__":
    main()
