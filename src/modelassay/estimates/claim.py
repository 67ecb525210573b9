"""A published pass@k against our measurement: would it be unusual, how large is the gap, what explains it?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from modelassay.core.measured import Interval
from modelassay.core.published import Protocol
from modelassay.estimates.distributions import beta_quantile
from modelassay.estimates.estimate import pairs, per_problem
from modelassay.estimates.mean import matched_beta
from modelassay.estimates.pass_at_k import CountError
from modelassay.estimates.rates import resampling_variance, spread_of_rates, within_variance

# What of a protocol can move a score, and how a reader calls it.
CAUSES = {
    "version": "benchmark version",
    "problems": "set of problems",
    "shots": "number of shots",
    "temperature": "temperature",
    "prompt_style": "prompt style",
    "harness": "harness",
    "harness_version": "harness version",
}


@dataclass(frozen=True)
class ClaimCheck:
    """What a measurement says about a published number. Scores and the gap (claim − measured) in [−1, 1].

    interval: where the published number would lie at its level, were it a second measurement like ours.
    gap_problems: the gap as a number of problems. ruled_out: causes that cannot explain the gap; differs:
    known differences of protocol that may; unknown: what the sources do not say. Empty where it agrees.
    """

    agrees: bool
    gap: float
    gap_problems: float
    interval: Interval
    ruled_out: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def check_claim(
    written: str,
    tallies: Mapping[str, tuple[int, int]],
    k: int,
    *,
    claimed: Protocol,
    measured: Protocol,
    level: float = 0.95,
    value: float | None = None,
) -> ClaimCheck:
    """Hold a score `written` by others against our counts of the same benchmark.

    The claim's samples per problem are `claimed.samples_per_problem` (unknown: k, the fewest there can
    be). Two greedy runs of one model have no sampling variance between them: then only rounding may separate them.
    value: the score in [0, 1], where it is known; it tells whether `written` is a percentage or a share.
    Raises CountError where `written` is not a score or a problem has fewer than k samples.
    """
    value, below, above = read_score(written, value)
    ours = float(per_problem(tallies, k).mean())
    n, c = pairs(tallies)
    greedy = claimed.temperature == 0 and measured.temperature == 0
    variance = 0.0
    if not greedy:
        rates = spread_of_rates(n, c)
        theirs = (
            resampling_variance(max(k, claimed.samples_per_problem or k), k, rates.grid) @ rates.posterior
        )
        variance = float((within_variance(n, c, k) + theirs).mean()) / len(n)
    interval = _around(ours, variance, (below, above), level)
    agrees = interval.low - 1e-12 <= value <= interval.high + 1e-12
    gap = value - ours
    if agrees:
        return ClaimCheck(True, gap, gap * len(n), interval)
    ruled_out, differs, unknown = _causes(claimed, measured)
    return ClaimCheck(
        False, gap, gap * len(n), interval, ("rounding", "sampling variance", *ruled_out), differs, unknown
    )


def read_score(written: str, value: float | None = None) -> tuple[float, float, float]:
    """A score as printed → (share, how far below it and how far above it the true score may lie).

    `43.9%` → (0.439, 0.0005, 0.001): published tables round, and many cut off instead, which a number with decimals
    may have been; one without is taken as rounded. `value`, the score in [0, 1], tells whether the very number printed
    is the share; without it a number of at most 1 with two decimals or more and no percent sign is one.
    """
    match = re.search(r"(\d+)(?:\.(\d+))?\s*(%?)", written)
    if match is None or float(f"{match[1]}.{match[2] or 0}") > 100:
        raise CountError(f"`{written}` is no score", hint="give the score as printed, such as 43.9")
    decimals = match[2] or ""
    number, unit = float(f"{match[1]}.{decimals or 0}"), 1.0 / 10 ** len(decimals)
    share = (
        abs(value - number) < 1e-9
        if value is not None
        else bool(number <= 1 and len(decimals) > 1 and not match[3])
    )
    cut = len(decimals) > (2 if share else 0)
    scale = 1.0 if share else 0.01
    return number * scale, unit / 2 * scale, (unit if cut else unit / 2) * scale


def _around(value: float, variance: float, rounding: tuple[float, float], level: float) -> Interval:
    """Where a second measurement would be printed; rounding: how far below it and above it the truth may be."""
    low = high = value
    if variance > 0 and 0 < value < 1:
        a, b = matched_beta(value, variance)
        low, high = (beta_quantile(tail, a, b) for tail in ((1 - level) / 2, (1 + level) / 2))
    elif variance > 0:  # all or nothing passed here: as far as the other side's sampling may reach
        reach = float(np.sqrt(variance / (1 - level)))  # Chebyshev's inequality
        low, high = (value - reach, value) if value == 1 else (value, value + reach)
    below, above = rounding
    return Interval(
        low=max(0.0, low - above),
        high=min(1.0, high + below),
        level=level,
        method="matched beta, both sides' sampling variance, rounded or cut off",
        target="a second measurement of this benchmark",
    )


def _causes(
    claimed: Protocol, measured: Protocol
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """(ruled out, differs, unknown): each part of the protocol in one of the three."""
    ruled_out, differs, unknown = [], [], []
    for field, name in CAUSES.items():
        theirs, ours = getattr(claimed, field), getattr(measured, field)
        if theirs is None or ours is None:
            unknown.append(name)
        elif theirs == ours:
            ruled_out.append(name)
        else:
            differs.append(f"{name}: {theirs} there, {ours} here")
    return tuple(ruled_out), tuple(differs), tuple(unknown)
