"""What an engine makes of ideal seconds: a handful of factors, fitted on measured rows, with their validated error.

A decode step takes

    gpu  = ((a·weights + b·context)^4 + (c·compute)^4)^(1/4) + d·interrupts
    step = (gpu^p + (h + g·batch)^p)^(1/p)

where h and g are seconds that the engine's own code takes per step and per sequence. p = 1: it waits for the device
in between; p = 4: it works ahead, and the slower of the two decides, as in a roofline. The time to the first token is

    served: e·prompt + f·all_prompts + r·step + s          static batch: f·all_prompts + s

Factors are fitted in logarithms by maximum a posteriori: residuals of 10%, and a prior around the textbook's factors
with a spread of one (a factor of e), so that a few rows move what they tell of and leave the rest. p is the one with the
smaller error when rows are left out. The stated error is that of left-out rows (conformal: Vovk et al., Algorithmic
Learning in a Random World, 2005; the q-th smallest of n residuals with q = ceil(0.9·(n + 1))).
"""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from modelassay.core.records import Record
from modelassay.speed.costs import Costs, Load

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
RESIDUAL: Final = 0.1
SPREAD: Final = 1.0
FOLDS: Final = 20
COVERAGE: Final = 0.9
TEXTBOOK_SHARE: Final = 0.8  # of peak bandwidth; aiconfigurator's systems/*.yaml (095f58a) take the same
TEXTBOOK_COMPUTE: Final = 0.6  # of peak operations
FLOOR: Final = 1e-9


class Factors(Record):
    """An engine's factors: of ideal seconds (no unit), except `host` and `host_per_sequence`, `first` (seconds)."""

    weights: float = 1 / TEXTBOOK_SHARE
    context: float = 1 / TEXTBOOK_SHARE
    interrupts: float = 1 / TEXTBOOK_COMPUTE
    compute: float = 1 / TEXTBOOK_COMPUTE
    host: float = 5e-4
    host_per_sequence: float = 5e-6
    prompt: float = 1 / TEXTBOOK_COMPUTE
    all_prompts: float = 0.1 / TEXTBOOK_COMPUTE
    step: float = 1.0
    first: float = 5e-3
    power: int = 1


TEXTBOOK: Final = Factors()
STATIC_TEXTBOOK: Final = Factors(all_prompts=1 / TEXTBOOK_COMPUTE)
_NAMES: Final = tuple(name for name in Factors.__struct_fields__ if name != "power")


class Measured(NamedTuple):
    """One measured row: what was asked, its ideal seconds, and what was seen of it (`None`: not measured)."""

    load: Load
    costs: Costs
    ttft_seconds: float | None
    tpot_seconds: float | None
    total_seconds: float | None


class Predicted(NamedTuple):
    """Seconds, one per row: to the first token, per further token, and until all of a batch have their last."""

    ttft: Array
    tpot: Array
    total: Array


class _Table(NamedTuple):
    """Rows as columns. `measured`: of ttft, tpot, total; not a number where a row lacks it."""

    costs: dict[str, Array]
    batch: Array
    output_tokens: Array
    static: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    measured: Array

    def part(self, chosen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> "_Table":
        return _Table(
            {name: column[chosen] for name, column in self.costs.items()}, self.batch[chosen],
            self.output_tokens[chosen], self.static[chosen], self.measured[:, chosen],
        )  # fmt: skip


class Fit(Record):
    """Fitted factors; median and bound: of the relative errors of left-out rows, in logarithms.

    bound: 90% of left-out rows are nearer than this. rows: of each kind. lengths: the least and largest batch,
    input and output that were measured; outside of them errors are larger.
    """

    factors: Factors
    rows: int
    tpot_median: float | None
    tpot_bound: float | None
    ttft_median: float | None
    ttft_bound: float | None
    lengths: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


def predict_rows(factors: Factors, rows: Sequence[tuple[Load, Costs]]) -> Predicted:
    """What these factors say of some workloads."""
    return _predicted(factors, _table([Measured(load, costs, None, None, None) for load, costs in rows]))


def _predicted(factors: Factors, table: _Table) -> Predicted:
    costs = table.costs
    memory = factors.weights * costs["weights"] + factors.context * costs["context"]
    gpu = (memory**4 + (factors.compute * costs["compute"]) ** 4) ** 0.25
    gpu = gpu + factors.interrupts * costs["interrupts"]
    host = factors.host + factors.host_per_sequence * table.batch
    step = (gpu**factors.power + host**factors.power) ** (1 / factors.power)
    prompts = factors.all_prompts * costs["all_prompts"] + factors.first
    ttft = prompts + np.where(table.static, 0.0, factors.prompt * costs["prompt"] + factors.step * step)
    return Predicted(ttft, step, ttft + (table.output_tokens - 1) * step)


def _table(rows: Sequence[Measured]) -> _Table:
    names = Costs.__struct_fields__
    seen = [(r.ttft_seconds, r.tpot_seconds, r.total_seconds) for r in rows]
    return _Table(
        {name: np.array([getattr(r.costs, name) for r in rows]) for name in names},
        np.array([r.load.batch for r in rows], float), np.array([r.load.output_tokens for r in rows], float),
        np.array([r.load.static for r in rows], bool), np.array(seen, float).T,
    )  # fmt: skip


def fit(rows: Sequence[Measured], prior: Factors) -> Fit:
    """The factors that measured rows of one device and engine tell of. `rows` must not be empty."""
    table = _table(rows)
    tries = {power: _left_out(table, _with(prior, power)) for power in (1, 4)}
    power = min(tries, key=lambda p: float(np.mean(tries[p][0] or tries[p][1] or [0.0])))
    tpot, ttft = tries[power]
    return Fit(
        factors=_map(table, _with(prior, power)), rows=len(rows), tpot_median=_median(tpot), tpot_bound=_bound(tpot),
        ttft_median=_median(ttft), ttft_bound=_bound(ttft),
        lengths=(
            _range(r.load.batch for r in rows),
            _range(r.load.input_tokens for r in rows),
            _range(r.load.output_tokens for r in rows),
        ),
    )  # fmt: skip


def outside(fit_: Fit, load: Load) -> float:
    """How far a workload lies outside of what was measured: sum over its three numbers, in factors of e."""
    asked = (load.batch, load.input_tokens, load.output_tokens)
    return sum(
        math.log(max(low / value, value / high, 1.0))
        for value, (low, high) in zip(asked, fit_.lengths, strict=True)
    )


def errors(rows: Sequence[Measured], factors: Factors) -> tuple[list[float], list[float]]:
    """|log(predicted / measured)| of the rows: per output token or of the whole batch, and to the first token."""
    return _errors(_table(rows), factors)


def _errors(table: _Table, factors: Factors) -> tuple[list[float], list[float]]:
    ttft, tpot, total = np.abs(np.log(np.stack(_predicted(factors, table)) / table.measured))
    steps = np.concatenate([tpot, total])
    return [float(e) for e in steps[~np.isnan(steps)]], [float(e) for e in ttft[~np.isnan(ttft)]]


def _left_out(table: _Table, prior: Factors) -> tuple[list[float], list[float]]:
    """Errors of rows that were left out of the fit, each once; those of the prior for one row alone."""
    number = np.arange(len(table.batch))
    folds = min(FOLDS, len(number))
    tpot: list[float] = []
    ttft: list[float] = []
    for fold in range(folds):
        left = number % folds == fold
        factors = _map(table.part(~left), prior) if not left.all() else prior
        one, other = _errors(table.part(left), factors)
        tpot += one
        ttft += other
    return tpot, ttft


def _map(table: _Table, prior: Factors) -> Factors:
    """Gauss-Newton with a damping that grows where a step does not help (Levenberg and Marquardt)."""
    centre = np.log([max(getattr(prior, name), FLOOR) for name in _NAMES])
    there = ~np.isnan(table.measured)
    seen = np.log(table.measured[there])

    def residuals(logs: Array) -> Array:
        predicted = np.log(np.stack(_predicted(_factors(logs, prior.power), table)))[there]
        return np.concatenate([(predicted - seen) / RESIDUAL, (logs - centre) / SPREAD])

    return _factors(_least_squares(residuals, centre), prior.power)


def _least_squares(residuals: Callable[[Array], Array], start: Array) -> Array:
    at, damping = start, 1e-2
    now = residuals(at)
    for _ in range(60):
        slopes = np.stack([(residuals(at + step) - now) / 1e-5 for step in 1e-5 * np.eye(len(at))], axis=1)
        square, gradient = slopes.T @ slopes, slopes.T @ now
        for _ in range(12):
            step = np.linalg.solve(square + damping * np.diag(np.diag(square)), -gradient)
            tried = residuals(at + step)
            if tried @ tried < now @ now:
                break
            damping *= 4
        else:
            return at
        gained = now @ now - tried @ tried
        at, now, damping = at + step, tried, damping / 3
        if gained < 1e-6 * (1 + now @ now):
            return at
    return at


def _factors(logs: Array, power: int) -> Factors:
    values = {name: float(v) for name, v in zip(_NAMES, np.exp(np.clip(logs, -40, 40)), strict=True)}
    return Factors(**values, power=power)


def _with(prior: Factors, power: int) -> Factors:
    return Factors(**{name: getattr(prior, name) for name in _NAMES}, power=power)


def _median(errors_: Sequence[float]) -> float | None:
    return float(np.median(errors_)) if errors_ else None


def _bound(errors_: Sequence[float]) -> float | None:
    """The conformal bound; where there are too few rows for one, twice the largest error."""
    if not errors_:
        return None
    ordered, rank = sorted(errors_), math.ceil(COVERAGE * (len(errors_) + 1))
    return ordered[rank - 1] if rank <= len(ordered) else 2 * ordered[-1]


def _range(values: object) -> tuple[int, int]:
    found = list(values)  # type: ignore[call-overload]
    return min(found), max(found)
