"""`assay speed`: each n (and number of requests at once) is warmed up, repeated until it is settled, and kept."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.speed_records import Circumstances, MachineState, SpeedMeasurement
from modelassay.core.store import Journal
from modelassay.core.workdir import WorkDir
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.run.energy import EnergyMeter
from modelassay.pipeline.run.environment import machine, now, packages
from modelassay.pipeline.run.progress import Progress
from modelassay.pipeline.speed import machine_state
from modelassay.pipeline.speed.backends import model_shape, open_timed
from modelassay.sampling.timeline import Pass, TimedBackend
from modelassay.speed.measurement import WIDTH, is_settled, measurement

FEWEST: Final = 2  # passes, whatever the budget: one has no spread
MOST: Final = 200
_UNSEEN: Final = {
    "sizes": "not known"
}  # of a served model without its folder: shown, never kept (check_shape_known)


@dataclass(frozen=True)
class Asked:
    """How long is measured: until the interval of the median is narrower than `width`, or the seconds are spent.

    budget_seconds: of one row (an n and a concurrency). A pass that has begun is always finished, and there are two.
    lengths: with dummy weights, where the answers' lengths come from.
    """

    budget_seconds: float
    width: float = WIDTH
    dummy: bool = False
    lengths: Path | None = None


@dataclass
class _Row:
    """What one row is made from, as it is gathered."""

    passes: list[Pass] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def measure_job(job: Job, asked: Asked, concurrency: int | None, progress: Progress) -> SpeedMeasurement:
    """One row: the job's samples per problem are its n. Raises AssayError."""
    row = _Row()
    before = machine_state.look()
    with open_timed(job, concurrency, row.notes.append, dummy=asked.dummy, lengths=asked.lengths) as opened:
        names = job.plan.problems
        label = f"timing {job.model.name}, n = {job.plan.samples_per_problem}"
        at_once = "" if concurrency is None else f", {concurrency} requests at once"
        progress.stage(f"{label}{at_once}, seconds at most", max(1, round(asked.budget_seconds)))
        opened.backend.run(names[:1])  # compiles, fills caches and finds out how many rows fit; never counted
        meter, since = EnergyMeter(), machine_state.ticks()
        end = time.monotonic() + asked.budget_seconds
        while not _enough(row.passes, end, asked.width):
            row.passes.append(opened.backend.run(names))
            meter.tick()
            progress.advance(round(row.passes[-1].seconds))
        energy, peak = meter.energy(), opened.backend.peak_bytes()
        after = machine_state.look(since)
        if job.plan.backend != "transformers":
            # The CPU and GPU time of an engine in another process is not told apart from that of strangers.
            after = msgspec.structs.replace(after, own_share=None, gpu_other_processes=None)
        about = _circumstances(job, opened.backend, row, (before, after), concurrency, opened.dummy_weights)
    return measurement(row.passes, Circumstances(**about, energy=energy, peak_bytes=peak))


def _enough(passes: Sequence[Pass], end: float, width: float) -> bool:
    if len(passes) < FEWEST:
        return False
    return is_settled(passes, width) or time.monotonic() >= end or len(passes) >= MOST


def _circumstances(
    job: Job, backend: TimedBackend, row: _Row, states: tuple[MachineState, MachineState],
    concurrency: int | None, dummy: str | None,
) -> dict[str, Any]:  # fmt: skip
    decoding = job.plan.decoding
    assert decoding is not None
    settings = {
        "temperature": decoding.temperature, "top_p": decoding.top_p, "max_tokens": decoding.max_tokens,
        "protocol": job.plan.protocol, "seed": job.plan.seed, **backend.settings,
    }  # fmt: skip
    if getattr(backend, "counts_pieces", False):
        row.notes.append(
            "the server says no number of tokens: the events of its streams are counted as tokens"
        )
    warned = machine_state.warnings_of(*states)
    if not is_settled(row.passes):
        warned.append(
            f"not settled after {len(row.passes)} passes: the interval of the median is not within 5%; give more "
            "--budget-seconds or a quieter machine"
        )
    return {
        "model": job.model.name, "backend": job.plan.backend, "timed_from": backend.timed_from,
        "device": backend.device, "dtype": backend.dtype, "shape": model_shape(job) or _UNSEEN,
        "n": job.plan.samples_per_problem or 0, "concurrency": concurrency,
        "benchmark": f"{job.plan.benchmark}@{job.plan.benchmark_version}", "warm_up_problems": 1,
        "settings": settings, "peak_of": backend.peak_of, "machine": machine(), "packages": packages(),
        "state_before": states[0], "state_after": states[1], "warnings": tuple(warned), "when": now(),
        "dummy_weights": dummy, "notes": tuple(dict.fromkeys(row.notes)),
    }  # fmt: skip


def keep(rows: Sequence[SpeedMeasurement], workdir: WorkDir) -> Path:
    """Append the rows to the work directory's measured speeds. Raises StorageError."""
    with Journal(workdir.speed, SpeedMeasurement) as journal:
        journal.append(rows)
    return workdir.speed


def check_shape_known(job: Job, note: Callable[[str], None]) -> bool:
    """Whether the measurement can be kept: a speed without the model's shape is none."""
    try:
        known = bool(model_shape(job))
    except InputError:
        known = False
    if not known:
        note(
            f"the shape of {job.model.name} is not known, so its speed is shown and not kept: give --tokenizer DIR, the "
            "model's folder"
        )
    return known
