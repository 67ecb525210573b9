"""Stopping as soon as the data decide: bounds that hold at every moment, however often one looks.

A fixed-sample interval looked at after every round errs far more often than its level says. The bounds
here come from bets against a hypothesis: whoever bets at fair odds multiplies the stake by 1/α with
probability at most α, ever (Ville 1939). Source: I. Waudby-Smith and A. Ramdas (2024), Estimating means of
bounded random variables by betting, JRSS B 86, 1-27, arXiv 2010.09686; the mixture over fixed bets is their
"diversified Kelly" bet. Which draws make the bound speak about what: docs/method.md, "Sequential runs".
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import numpy as np

from modelassay.core.measured import Comparison, Interval, PairVerdict
from modelassay.estimates.distributions import log_beta, normal_quantile
from modelassay.estimates.mean import POPULATION
from modelassay.estimates.pass_at_k import CountError, Floats

BETS = np.array([0.05, 0.1, 0.2, 0.4, 0.6, 0.8])  # stakes; small ones find small differences, large ones fast
CAP = 0.95  # of the largest stake that cannot lose more than everything
METHOD = "betting"
Passes = Mapping[str, Sequence[bool]]  # problem → whether each sample passed, in the order sampled


def log_wealth(values: Floats, null: float, population: int | None = None) -> Floats:
    """Log of the wealth after each of `values` (…, T), each in [−1, 1], from bets that the mean exceeds `null`.

    Six gamblers share the stake equally and each bets one fraction of BETS throughout. The expected wealth
    is at most 1 at every time for every mean ≤ null, so P(ever ≥ log 1/α) ≤ α. The other side: negate both.
    population: the values are drawn without replacement from that many, whose mean is in question. Then
    each bet is against the mean of what is left (the paper's section 5), and the wealth is infinite once
    nothing that is left could bring the mean down to the null.
    """
    null_then = np.float64(null) if population is None else _nulls(values, null, population)  # () or (…, T)
    stakes = np.minimum(BETS, CAP / np.maximum(1.0 + null_then, 1e-9)[..., None])  # (B,) or (…, T, B)
    growth = np.log1p(stakes * (values - null_then)[..., None])
    wealth = _pooled(np.cumsum(growth, axis=-2))
    if population is None:
        return wealth
    left = population - np.arange(1, values.shape[-1] + 1)
    settled = np.cumsum(values, axis=-1) - left > population * null + 1e-9
    return np.where(np.logical_or.accumulate(settled, axis=-1), np.inf, wealth)


def _nulls(values: Floats, null: float, population: int) -> Floats:
    """What the null says of the next value's mean, before each value; at least −1, the least there is."""
    before = np.cumsum(values, axis=-1) - values
    left = population - np.arange(values.shape[-1])
    return np.maximum((population * null - before) / left, -1.0)


def _pooled(each: Floats) -> Floats:
    """Log of the mean of the gamblers' wealths, from their logs (…, B)."""
    top = each.max(axis=-1)
    pooled: Floats = top + np.log(np.exp(each - top[..., None]).mean(axis=-1))
    return pooled


def drawn_problems(problems: Sequence[str], start: int, count: int, seed: int) -> tuple[str, ...]:
    """The problems of the draws numbered `start` to `start + count − 1`: each at random, with replacement.

    The same draws for every model and in every batch size; each asks every model for one fresh sample.
    """
    rounds = (
        np.random.default_rng([seed, draw]).integers(len(problems)) for draw in range(start, start + count)
    )
    return tuple(problems[int(at)] for at in rounds)


def differences(drawn: Sequence[str], baseline: Passes, candidate: Passes) -> list[float]:
    """Candidate minus baseline for each draw; a problem's i-th draw takes the i-th answer of both models.

    drawn: all draws of the comparison so far or to come, from its start. Raises CountError for a missing answer.
    """
    used: dict[str, int] = {}
    found = []
    for problem in drawn:
        at = used.get(problem, 0)
        used[problem] = at + 1
        sides = [side.get(problem, ()) for side in (candidate, baseline)]
        if min(map(len, sides)) <= at:
            raise CountError(f"{problem} is drawn for the {at + 1}. time, and a model has no such answer")
        found.append(float(sides[0][at]) - float(sides[1][at]))
    return found


class SequentialComparison:
    """Two models on a stream of paired differences; knows at every moment what is decided.

    Each difference is candidate minus baseline on one draw, in [−1, 1]. What the verdict is about:
    every draw a problem at random *with* replacement and one fresh sample from each model: pass@1 on
    this problem set; every draw a new problem (the default): the population of problems. With `population`
    every draw is a new problem of so many in all, and the verdict is about that fixed problem set alone; it is
    called `ahead` or `behind on this set`, and takes in the sampling variance of every difference, so that other
    samples of the same models would agree.
    All verdicts together are wrong with probability at most 1 − level, whenever one stops.
    A look costs time in proportion to the draws so far; look once per round, not per draw, in long comparisons.
    """

    def __init__(self, margin: float, level: float = 0.95, population: int | None = None) -> None:
        if not 0 <= margin <= 1 or not 0 < level < 1:
            raise CountError(f"equivalence margin {margin} or level {level} is not a share")
        self.margin = margin
        self.level = level
        self.population = population
        self._low, self._high = -1.0, 1.0
        self._values: list[float] = []
        self._noise: list[float] = []

    @property
    def draws(self) -> int:
        """How many differences have been taken in."""
        return len(self._values)

    def add(self, differences: Iterable[float], noise: Iterable[float] | None = None) -> PairVerdict:
        """Take in one round of differences in the order drawn; returns `verdict`.

        noise: the sampling variance of each difference, 0 for greedy answers; without it the most there can be,
        the difference squared. It matters for a fixed problem set only: other problems bring other samples anyway.
        Raises CountError for a difference outside [−1, 1] and for more draws than there are problems.
        """
        found = list(differences)
        for difference in found:
            if not -1 <= difference <= 1:
                raise CountError(f"a difference of {difference} between two pass rates")
        if self.population is not None and self.draws + len(found) > self.population:
            raise CountError(f"more draws than the {self.population} problems there are")
        self._values += found
        self._noise += [d * d for d in found] if noise is None else noise
        self._low = self._raised(self._low, 1.0)
        self._high = -self._raised(-self._high, -1.0)
        return self.verdict

    @property
    def verdict(self) -> PairVerdict:
        """Better or worse where 0 is ruled out, equivalent where all beyond ±margin is, else inconclusive."""
        low, high = self._ends
        fixed = self.population is not None
        if -self.margin <= low and high <= self.margin:
            return "tie on this set" if fixed else "tie"
        if low > 0:
            return "ahead on this set" if fixed else "better"
        if high < 0:
            return "behind on this set" if fixed else "worse"
        return "not enough data"

    @property
    def settled(self) -> bool:
        """Whether the comparison is decided."""
        return self.verdict != "not enough data"

    @property
    def probability_better(self) -> float:
        """1 − a/2 where a is the least error at which 0 is ruled out from below, a/2 from above, 1/2 at neither.

        By the same bets as the interval, hence above (1 + level) / 2 exactly where the interval is above 0.
        """
        if not self._values:
            return 0.5
        above, below = (self._error_at_zero(sign) for sign in (1.0, -1.0))
        return 0.5 * (1 - above + below)

    def interval(self, target: str | None = None) -> Interval:
        """What the mean difference may be: valid at every time at once, hence wider than a fixed-n one.

        target: what it is about; None for what `population` says.
        """
        low, high = self._ends
        about = POPULATION if self.population is None else "this benchmark"
        return Interval(low=low, high=high, level=self.level, method=METHOD, target=target or about)

    @property
    def _ends(self) -> tuple[float, float]:
        """The bound on the mean of these differences, wider by what other samples may move it on a fixed set."""
        reach = self._reach(1 - self.level)
        return max(self._low - reach, -1.0), min(self._high + reach, 1.0)

    def _reach(self, error: float) -> float:
        """How far sampling moves the mean difference over a fixed set, but for half of `error`; else 0."""
        if self.population is None or not any(self._noise):
            return 0.0
        spread = math.sqrt(sum(self._noise) / len(self._noise) / self.population)
        return normal_quantile(1 - error / 4) * spread

    def _error_of_bets(self, error: float) -> float:
        """What of `error` the bets may use: all, or half on a fixed set, where sampling takes the other half."""
        return error if self.population is None else error / 2

    def _raised(self, bound: float, sign: float) -> float:
        """The largest null that the wealth on sign × differences has ever ruled out, to 1e-6, or `bound`."""
        values = sign * np.array(self._values)
        needed = math.log(2 / self._error_of_bets(1 - self.level))

        def ruled_out(null: float) -> bool:
            return bool((log_wealth(values, null, self.population) >= needed).any())

        if not self._values or not ruled_out(min(bound + 1e-6, 1.0)):
            return bound
        low, high = bound, 1.0
        while high - low > 1e-6:
            middle = (low + high) / 2
            low, high = (middle, high) if ruled_out(middle) else (low, middle)
        return low

    def _error_at_zero(self, sign: float) -> float:
        """The least error (two-sided, at most 1) at which the bound on sign × the mean difference lies above 0."""
        values = sign * np.array(self._values)
        if self.population is None:
            best = float(log_wealth(values, 0.0).max())
            return min(1.0, 2 * math.exp(-min(best, 700.0)))

        def ruled_out(error: float) -> bool:
            wealth = log_wealth(values, min(self._reach(error), 1.0), self.population)
            return bool((wealth >= math.log(2 / self._error_of_bets(error))).any())

        low, high = 0.0, 1.0
        for _ in range(20 if ruled_out(1.0) else 0):
            middle = (low + high) / 2
            low, high = (low, middle) if ruled_out(middle) else (middle, high)
        return high


def as_sequential(fixed: Comparison, found: SequentialComparison) -> Comparison:
    """A comparison with what a sequential one says in the place of what a fixed number of problems would have said."""
    whole = "" if found.population is None else f" of {found.population}"
    said = f"{'decided' if found.settled else 'still inconclusive'} after {found.draws}{whole} problems"
    return msgspec.structs.replace(
        fixed, interval=found.interval(), verdict=found.verdict, probability_better=found.probability_better,
        advice=f"{said}; the bound holds whenever one stops", p_value=None,
    )  # fmt: skip


def rate_interval(n: int, c: int, level: float = 0.95) -> Interval:
    """One problem's pass rate after c of n samples passed, valid at every n at once.

    The rates whose likelihood is at least 1 − level of its average over Beta(1/2, 1/2): the mixture's
    likelihood ratio is a bet, too (H. Robbins 1970, Ann. Math. Stat. 41, 1397-1409). No rate at all is
    ruled out at n = 0.
    """
    if not 0 <= c <= n:
        raise CountError(f"{c} of {n} samples passed")
    average = log_beta(c + 0.5, n - c + 0.5) - log_beta(0.5, 0.5)
    needed = average + math.log(1 - level)

    def possible(rate: float) -> bool:
        passes = c * math.log(rate) if c else 0.0
        fails = (n - c) * math.log1p(-rate) if n > c else 0.0
        return passes + fails >= needed

    best = min(max(c / n if n else 0.5, 1e-12), 1 - 1e-12)
    low = 0.0 if c == 0 else _edge(possible, best, 0.0)
    high = 1.0 if c == n else _edge(possible, best, 1.0)
    return Interval(low=low, high=high, level=level, method="mixture likelihood ratio", target="this problem")


def _edge(possible: Callable[[float], bool], inside: float, outside: float) -> float:
    """Where `possible` ends between a point that is and one that is not, to 1e-9, on the outer side."""
    while abs(outside - inside) > 1e-9:
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if possible(middle) else (inside, middle)
    return outside


def problem_decided(n: int, c: int, k: int, level: float = 0.95) -> bool | None:
    """Whether k samples solve this problem more often than not; None while that is open.

    Sampling may stop at the first answer that is not None. Its counts must then not go into pass@k as if
    n had been fixed: a number of samples that depends on their outcomes biases c / n.
    """
    even = -math.expm1(-math.log(2) / k)  # the rate at which k samples solve it half of the time
    interval = rate_interval(n, c, level)
    if interval.low > even:
        return True
    return False if interval.high < even else None
