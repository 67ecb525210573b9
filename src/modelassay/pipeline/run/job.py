"""One job from its plan to its estimates, each step from files to files.

Every step reads what is there, does what is missing and appends it, so a run that was killed at any moment
goes on where it stopped, and nothing is counted twice: completions are keyed by (problem, index), grades by
(problem, index, suite) and the hash of the text they were given for.
"""

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from modelassay.core.measured import (
    BatchTiming,
    Completion,
    Decided,
    Device,
    Estimate,
    Manifest,
    SentPrompt,
    SpeedPoint,
)
from modelassay.core.speed_records import RunEnergy
from modelassay.core.store import Journal, read_records, write_records
from modelassay.core.stored_records import Stored
from modelassay.core.workdir import RunDir
from modelassay.grading.pool import PoolOptions
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.problems import population_of
from modelassay.pipeline.plan.study_file import EstimatesEntry, GradingEntry, Study
from modelassay.pipeline.run.concurrent_grading import ConcurrentGrading, pool_options
from modelassay.pipeline.run.energy import EnergyMeter
from modelassay.pipeline.run.files import stored_completions
from modelassay.pipeline.run.grades import Graded, SampleLimits, grade_job, within
from modelassay.pipeline.run.manifest import ensure_manifest
from modelassay.pipeline.run.notes import RunNotes
from modelassay.pipeline.run.precomputed import Sampled, replay_job
from modelassay.pipeline.run.preflight import Preflight
from modelassay.pipeline.run.progress import Progress
from modelassay.pipeline.run.sample_counts import check_study_ks

if TYPE_CHECKING:
    from modelassay.sampling.rendering import Rendered

OnBatch = Callable[[Sequence[Completion], Device], object]


@dataclass(frozen=True)
class RunResult:
    """What a finished run holds. decided: where sampling stopped problem by problem; there is no pass@k then."""

    job: Job
    manifest: Manifest
    sampled: Sampled
    graded: Graded
    estimates: list[Estimate]
    speed: SpeedPoint | None
    decided: tuple[Decided, ...] = ()

    @property
    def id(self) -> str:
        """The run folder's name."""
        return self.job.id


RunJob = Callable[[Job, Study, Progress], RunResult]


def run_job(job: Job, study: Study, progress: Progress) -> RunResult:
    """Sample, grade, estimate and measure one job, resuming what is there."""
    return finish_job(job, study, *advance_job(job, study, progress))


def advance_job(
    job: Job,
    study: Study,
    progress: Progress,
    limits: SampleLimits | None = None,
    recorded: Sampled | None = None,
    also: OnBatch = lambda *_: None,
) -> tuple[Sampled, Graded]:
    """Sample and grade a job as far as asked; what is on disk counts, and what is beyond is kept there and left out.

    recorded: precomputed samples, where they have been read before. also: told of new samples, once they are on disk.
    """
    grading = study.grading
    ensure_manifest(job, grading)
    if job.precomputed is None:
        preflight = pool_options(grading) if study.sampling.preflight else None
        with ConcurrentGrading(job, grading) as concurrent:

            def done(batch: Sequence[Completion], device: Device) -> None:
                concurrent.add(batch, device)
                also(batch, device)

            sampled = sample_job(job, progress, done, preflight=preflight, limits=limits)
        executed = concurrent.tally.executed
    else:
        sampled, executed = recorded or replay_job(job, progress), 0
        check_study_ks(study, job.folder, sampled.completions)
    graded = grade_job(job, sampled.completions, grading, progress, limits)
    if limits is not None:
        asked = functools.partial(within, limits=limits)
        kept: Sequence[Completion] = (
            list(filter(asked, sampled.completions))
            if job.precomputed is not None
            else stored_completions(job.run, job.problems.problems, asked)
        )
        sampled = replace(sampled, completions=kept, missing=tuple(m for m in sampled.missing if m in limits))
    return sampled, replace(graded, executed=graded.executed + executed)


def finish_job(
    job: Job, study: Study, sampled: Sampled, graded: Graded, decided: Sequence[Decided] | None = None
) -> RunResult:
    """The estimates and the speed of what was sampled and graded, which may be less than the plan asks for.

    decided: of a run that stopped problem by problem, which has no pass@k.
    """
    # What no round asked for is no sample that lacks its grade; what is read from the file itself is all of it.
    if job.precomputed is not None and not isinstance(sampled.completions, Stored):
        write_records(job.run.completions, sampled.completions)
    found = []
    if decided is None:
        found = estimate_job(job, graded, sampled.completions, study.estimates, study.grading)
    else:
        write_records(job.run.decided, decided)
    manifest = ensure_manifest(job, study.grading)
    return RunResult(job, manifest, sampled, graded, found, speed_job(job), tuple(decided or ()))


def whole(job: Job) -> SampleLimits:
    """All that a job's plan asks for."""
    return dict.fromkeys(job.plan.problems, job.plan.samples_per_problem or 0)


# --- sampling -------------------------------------------------------------------------------------------
def sample_job(
    job: Job,
    progress: Progress,
    done: OnBatch = lambda *_: None,
    *,
    preflight: PoolOptions | None = None,
    limits: SampleLimits | None = None,
) -> Sampled:
    """All completions of a job that are on disk after this, in order of problem and index.

    limits: how far to sample; None for the whole plan.
    done: told of each batch of new ones, once they are on disk, and of what they were sampled on.
    preflight: how its references are graded; None for no preflight. Raises BackendError where it fails.
    """
    with (
        Journal(job.run.completions, Completion, read_next=True) as journal,
        Journal(job.run.timings, BatchTiming) as timings,
    ):
        if journal.torn or timings.torn:
            progress.note(f"{job.run.root.name}: the last line was half written; it is made again")
        check = None if preflight is None else Preflight(job, preflight, progress.note)
        _sample(job, journal, timings, progress, done, check, limits or whole(job))
        completions = stored_completions(job.run, job.problems.problems)
        repeated = journal.lines - len(completions)
    if repeated:
        write_records(job.run.completions, completions)
    return Sampled(completions, prompts=read_prompts(job.run))


def as_sent(rendered: "Rendered") -> SentPrompt:
    """A rendered prompt as it is kept."""
    return SentPrompt(
        problem=rendered.problem, text=rendered.text, token_ids=rendered.token_ids, stop=rendered.stops
    )


def read_prompts(run: RunDir) -> dict[str, str]:
    """Problem → prompt as sent, of a run that sampled; empty for a replay."""
    return {p.problem: p.text for p in read_records(run.prompts, SentPrompt)}


def _sample(
    job: Job,
    journal: Journal[Completion],
    timings: Journal[BatchTiming],
    progress: Progress,
    on_batch: OnBatch,
    check: Preflight | None,
    limits: SampleLimits,
) -> None:
    from modelassay.sampling.sampler import Wanted, remaining

    there = stored_completions(job.run, job.problems.problems)
    wanted = [
        Wanted(w.problem, indices)
        for w in remaining(job.plan, there)
        if (indices := tuple(i for i in w.indices if i < limits.get(w.problem, 0) and job.mine(w.problem, i)))
    ]
    total = sum(job.mine(problem, i) for problem, most in limits.items() for i in range(most))
    done = total - sum(len(w.indices) for w in wanted)
    progress.stage(f"sampling {job.model.name} on {job.plan.benchmark}", total, done)
    if not wanted:
        return
    from modelassay.pipeline.run.backends import open_sampler

    if check is not None:
        check.before(there)
    device: Device | None = None
    notes, drawn = RunNotes(job, progress.note), 0
    meter = None if job.plan.backend == "openai" else EnergyMeter()  # a server's machine may be another
    with open_sampler(job, notes.add, in_rounds=limits != whole(job)) as sampler:
        notes.keep(getattr(sampler, "probe", None))
        write_records(job.run.prompts, [as_sent(rendered) for rendered in sampler.rendered.values()])
        for batch in sampler.sample(wanted):
            if device is None:  # some backends know it only once they run
                device = Device(name=sampler.device, dtype=sampler.dtype)
                write_records(job.run.device, [device])
            if batch.timing is not None:
                timings.append([batch.timing])
            journal.append(batch.completions)
            notes.sampled(batch.completions)
            drawn += len(batch.completions)
            if meter is not None:
                meter.tick()
            progress.advance(len(batch.completions))
            on_batch(batch.completions, device)
            if check is not None:
                check.answered(batch.completions)
        notes.keep()
    _keep_energy(job.run, meter, drawn)


def _keep_energy(run: RunDir, meter: EnergyMeter | None, samples: int) -> None:
    """Add what sampling took to the run's file; nothing where the machine reports none."""
    energy = None if meter is None else meter.energy()
    if energy is not None and energy.joules is not None and samples:
        with Journal(run.energy, RunEnergy) as journal:
            journal.append([RunEnergy(samples=samples, joules=energy.joules, source=energy.source)])


# --- estimates and speed --------------------------------------------------------------------------------
def estimate_job(
    job: Job, graded: Graded, completions: Sequence[Completion], wanted: EstimatesEntry, grading: GradingEntry
) -> list[Estimate]:
    """pass@k for each k the samples allow; written to the run's folder. None where problems cannot be graded, unless
    they are to be skipped.
    """
    if graded.left_out and not grading.skip_unjudgeable:
        write_records(job.run.estimates, list[Estimate](), keep=True)
        return []
    found = estimates_of(job, graded, completions, wanted)
    write_records(job.run.estimates, found, keep=True)
    return found


def estimates_of(
    job: Job, graded: Graded, completions: Sequence[Completion], wanted: EstimatesEntry
) -> list[Estimate]:
    """pass@k for each k the samples allow; nothing is written."""
    from modelassay.estimates.estimate import estimate

    asked = Counter(c.problem for c in completions if c.problem not in graded.left_out)
    there = Counter((g.problem, g.suite) for g in graded.grades)
    fewest: dict[str, int] = {}
    for (problem, _), n in there.items():
        fewest[problem] = min(n, fewest.get(problem, n))
    smallest = min(fewest.values(), default=0)  # problems without any grade take no part
    ks = [k for k in sorted(set(wanted.k)) if k <= smallest]
    whole = job.chosen.whole
    about = population_of(wanted.target, whole.name, job.chosen.how, len(whole.problems))
    expected = {problem: n for problem, n in asked.items() if problem in fewest}
    lost = len(graded.left_out) + len(asked) - len(expected)
    given = estimate(
        graded.grades, ks=ks, level=wanted.level, population=about, expected=expected,
        greedy=job.plan.greedy,
    )  # fmt: skip
    return [msgspec.structs.replace(e, left_out=lost) for e in given]


def speed_job(job: Job) -> SpeedPoint | None:
    """Throughput from the timings of what was sampled here; `None` for a replay."""
    from modelassay.speed.measure import measure

    latest = {t.problem: t for t in read_records(job.run.timings, BatchTiming)}
    if not latest:
        return None
    device = read_records(job.run.device, Device)[-1]
    point = measure(list(latest.values()), device=device.name, dtype=device.dtype)
    write_records(job.run.speed, [point])
    return point
