"""Passes over the same problems → one stored measurement."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from modelassay.core.measured import SpeedPoint
from modelassay.core.speed_records import Circumstances, MedianInterval, SpeedMeasurement
from modelassay.sampling.timeline import Pass
from modelassay.speed.quantiles import median_interval, quantiles

T = TypeVar("T")
WIDTH: Final = 0.05  # of the interval of the median, relative to it: narrower is settled


def is_settled(passes: Sequence[Pass], width: float = WIDTH) -> bool:
    """Whether the interval of the median pass is narrower than `width` of it."""
    if not passes:
        return False
    found = median_interval([p.seconds for p in passes]).relative_width
    return found is not None and found < width


def measurement(passes: Sequence[Pass], about: Circumstances) -> SpeedMeasurement:
    """Percentiles over all problems (or requests, or samples) of all passes; rates over passes.

    Raises ValueError for fewer than two passes.
    """
    every = [times for p in passes for times in p.problems]
    further = _together(t.per_token_seconds for t in every)
    tokens = [sum(sum(t.tokens) for t in p.problems) for p in passes]
    samples = [sum(len(t.tokens) for t in p.problems) for p in passes]
    return SpeedMeasurement(
        **{name: getattr(about, name) for name in Circumstances.__struct_fields__},
        problems=len(passes[0].problems),
        prompt_tokens=quantiles([t.prompt_tokens for t in passes[0].problems]),
        completion_tokens=quantiles(_together(t.tokens for t in passes[0].problems)),
        ttft_seconds=quantiles(_together(t.first_token_seconds for t in every)),
        tpot_seconds=quantiles(further) if further else None,
        first_sample_seconds=quantiles([min(t.ends) for t in every]),
        all_samples_seconds=quantiles([max(t.ends) for t in every]),
        pass_seconds=median_interval([p.seconds for p in passes]),
        tokens_per_second=_rate(tokens, passes), samples_per_second=_rate(samples, passes),
        settled=is_settled(passes),
    )  # fmt: skip


def speed_point(found: SpeedMeasurement) -> SpeedPoint:
    """The same in the fields that a run's speed.jsonl has: one pass, at the median of all."""
    seconds = found.pass_seconds.value
    return SpeedPoint(
        problems=found.problems, candidates=found.problems * found.n,
        completion_tokens=round(found.completion_tokens.mean * found.completion_tokens.count),
        wall_seconds=seconds, tokens_per_second=found.tokens_per_second.value,
        candidates_per_second=found.samples_per_second.value,
        seconds_per_problem_median=found.all_samples_seconds.p50,
        seconds_per_problem_p90=found.all_samples_seconds.p90,
        device=found.device, dtype=found.dtype,
    )  # fmt: skip


def joules_per_sample(found: SpeedMeasurement) -> float | None:
    """Of all timed passes; None where the machine reports no energy."""
    if found.energy.joules is None:
        return None
    return found.energy.joules / (found.problems * found.n * found.pass_seconds.passes)


def _rate(counts: Sequence[int], passes: Sequence[Pass]) -> MedianInterval:
    return median_interval([count / p.seconds for count, p in zip(counts, passes, strict=True)])


def _together(parts: Iterable[Sequence[T]]) -> list[T]:
    return [value for part in parts for value in part]
