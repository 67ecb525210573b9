"""Timings of sampling → throughput of a run, per sample, per token and per problem."""

from collections.abc import Sequence

import numpy as np

from modelassay.core.errors import InputError
from modelassay.core.measured import BatchTiming, SpeedPoint


def measure(timings: Sequence[BatchTiming], device: str, dtype: str) -> SpeedPoint:
    """Throughput over all timings: totals over total wall time, not a mean of rates.

    Timings of one problem add up: it may have been sampled in several batches or after a restart.
    Wall time is that of sampling alone; loading the model and grading are not in it.
    Raises InputError where there is no timing or one took no time.
    """
    if not timings:
        raise InputError("no timings to measure", hint="sample first; precomputed samples have no timings")
    for timing in timings:
        if not timing.wall_seconds > 0:
            raise InputError(
                f"{timing.problem}: {timing.wall_seconds} s of wall time", hint="sample it again"
            )
    wall = sum(t.wall_seconds for t in timings)
    candidates = sum(t.candidates for t in timings)
    tokens = sum(t.completion_tokens for t in timings)
    seconds: dict[str, float] = {}
    for timing in timings:
        seconds[timing.problem] = seconds.get(timing.problem, 0.0) + timing.wall_seconds
    median, p90 = np.quantile(list(seconds.values()), [0.5, 0.9])
    return SpeedPoint(
        problems=len(seconds),
        candidates=candidates,
        completion_tokens=tokens,
        wall_seconds=wall,
        tokens_per_second=tokens / wall,
        candidates_per_second=candidates / wall,
        seconds_per_problem_median=float(median),
        seconds_per_problem_p90=float(p90),
        device=device,
        dtype=dtype,
    )
