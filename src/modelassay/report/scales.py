"""Axes of a chart: where a value stands, and which values get a tick. Geometry only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_MOST_TICKS = 7


@dataclass(frozen=True)
class Scale:
    """A value's place between two pixels. `log`: equal ratios take equal room (then `low` > 0)."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of a value; values outside stand at the edge."""
        value = min(max(value, self.low), self.high)
        share = (self._bent(value) - self._bent(self.low)) / (self._bent(self.high) - self._bent(self.low))
        return round(self.start + share * (self.end - self.start), 2)

    def _bent(self, value: float) -> float:
        return math.log(value) if self.log else value


def share_scale(values: Sequence[float], start: float, end: float) -> tuple[Scale, list[float]]:
    """An axis of percent: whole tens around the values, at least 20 points wide. Ticks every 10 or 20."""
    low = max(0.0, math.floor(10 * min(values, default=0.0) - 1e-9) / 10)
    high = min(1.0, math.ceil(10 * max(values, default=1.0) + 1e-9) / 10)
    while high - low < 0.195:
        low, high = max(0.0, low - 0.1), min(1.0, high + 0.1)
    step = 0.1 if high - low <= 0.55 else 0.2
    first = math.ceil(low / step - 1e-9)
    ticks = [round(i * step, 1) for i in range(first, math.floor(high / step + 1e-9) + 1)]
    return Scale(low, high, start, end), ticks


def log_scale(values: Sequence[float], start: float, end: float) -> tuple[Scale, list[float]]:
    """A logarithmic axis with some air on both sides and 2 to 7 ticks.

    They are 1, 2, 5 times powers of ten; powers alone, of some of them, where values lie far apart; all whole multiples
    where they lie close together.
    """
    low, high = min(values) / 1.25, max(values) * 1.25
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)

    def ticks(steps: Sequence[int], every: int = 1) -> list[float]:
        return [s * 10.0**p for p in powers[::every] for s in steps if low <= s * 10.0**p <= high]

    found = (ticks((1, 2, 5)), *(ticks((1,), every) for every in (1, 2, 3, 5)), _multiples(low, high))
    return Scale(low, high, start, end, log=True), next(t for t in found if 2 <= len(t) <= _MOST_TICKS)


def _multiples(low: float, high: float) -> list[float]:
    """Two to six multiples of 1, 2 or 5 times a power of ten between low and high."""
    power = math.floor(math.log10(high - low))
    for step in (10.0**power * part for part in (5, 2, 1, 0.5, 0.2)):
        ticks = [
            round(i * step, 3 - power) for i in range(math.ceil(low / step), math.floor(high / step) + 1)
        ]
        if len(ticks) >= 2:
            return ticks
    raise AssertionError("a fifth of a width's power of ten fits into it twice")


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Labels pushed apart until they are `gap` pixels from each other, staying near where they belong."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    if len(order) * gap > high - low:
        gap = (high - low) / max(1, len(order))
    put = dict.fromkeys(order, 0.0)
    edge = low - gap
    for i in order:
        put[i] = edge = max(places[i], edge + gap)
    edge = high + gap
    for i in reversed(order):
        put[i] = edge = min(put[i], edge - gap)
    return [round(put[i], 2) for i in range(len(places))]
