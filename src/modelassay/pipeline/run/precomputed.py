"""The precomputed samples of a job: read, held against its problem set, and copied into its folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelassay import __version__
from modelassay.core.errors import InputError
from modelassay.core.measured import Completion
from modelassay.core.records import Record
from modelassay.core.store import read_records, write_records
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.run.files import stored_completions
from modelassay.pipeline.run.progress import Progress, Silent
from modelassay.pipeline.run.readings import settled
from modelassay.sampling.other_benchmarks import looks_like

if TYPE_CHECKING:
    from modelassay.sampling.precomputed_samples import PrecomputedSamples

NAMED = 5  # samples that are named one by one where there are many


@dataclass(frozen=True)
class Sampled:
    """The samples of a job; `missing` problems have none, `unknown` ones are not in the problem set.

    prompts: problem → the prompt as sent; empty for precomputed samples, whose prompts nobody kept. alarms: signs that
    precomputed texts are not what their format says.
    """

    completions: Sequence[Completion]
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()


class KeptReading(Record):
    """What came of reading a job's file, beside its samples: the next run need not read it again.

    version: of this package, since another may read a file otherwise. samples: how many the run's folder then held.
    said: what the person who waits was told.
    """

    version: str
    samples: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    alarms: tuple[str, ...]
    said: tuple[str, ...]


class _Kept(Silent):
    """Passes notes on, and keeps them."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self.said = progress, list[str]()

    def note(self, text: str) -> None:
        self.said.append(text)
        self._progress.note(text)


def replay_job(job: Job, progress: Progress) -> Sampled:
    """The precomputed completions of a job, copied into its folder so that grades stand beside their texts.

    They stay there: what is returned is read when it is looked at.
    """
    return kept_samples(job, progress) or keep_samples(job, *read_precomputed(job, progress))


def kept_samples(job: Job, progress: Progress) -> Sampled | None:
    """What an earlier run of the same command has read and copied; None where it has not, or another version has."""
    kept = read_records(job.run.reading, KeptReading)
    if not kept or kept[-1].version != __version__:
        return None
    there = stored_completions(job.run, job.problems.problems)
    if len(there) != kept[-1].samples:
        return None
    for line in kept[-1].said:
        progress.note(line)
    return Sampled(there, kept[-1].missing, kept[-1].unknown, alarms=kept[-1].alarms)


def keep_samples(job: Job, sampled: Sampled, said: Sequence[str]) -> Sampled:
    """Copy a job's part of what was read into its folder. said: what the person who waits was told."""
    write_records(job.run.completions, (c for c in sampled.completions if job.mine(c.problem, c.index)))
    there = stored_completions(job.run, job.problems.problems)
    reading = KeptReading(
        version=__version__, samples=len(there), missing=sampled.missing, unknown=sampled.unknown,
        alarms=sampled.alarms, said=tuple(said),
    )  # fmt: skip
    write_records(job.run.reading, [reading])
    return replace(sampled, completions=there)


def read_precomputed(job: Job, progress: Progress) -> tuple[Sampled, list[str]]:
    """The precomputed completions of a job, and what was said of them; nothing of it stays on disk."""
    from modelassay.sampling.replay import read_samples

    assert job.precomputed is not None
    watch, asked, whole = _Kept(progress), {p.id for p in job.problems.problems}, job.chosen.whole
    # Read against the whole set: some formats name problems by their place in it.
    precomputed = read_samples(
        job.folder, whole, format=job.precomputed.format, stop=job.precomputed.stop,
        spool=_nearest_folder(job.run.root), only=asked if len(asked) < len(whole.problems) else None,
    )  # fmt: skip
    for trouble in precomputed.malformed:
        raise InputError(
            trouble.message,
            path=trouble.path,
            line=trouble.line,
            hint="fix or delete that line; nothing was graded",
        )
    _refuse_other_benchmarks(job, precomputed)
    reading = settled(
        precomputed.completions, job.problems.problems, insisted=job.precomputed.format is not None
    )
    completions = reading.completions
    missing = tuple(m for m in precomputed.missing if m in asked)
    if completions:
        watch.note(f"{job.folder.name}: {len(completions)} precomputed samples of {job.model.name}")
    for assumption in [*precomputed.assumptions, *reading.assumptions, *reading.alarms]:
        watch.note(f"{job.folder.name}: {assumption}")
    _name_gaps(job, precomputed, missing, watch)
    sampled = Sampled(completions, missing, tuple(map(str, precomputed.unknown)), alarms=reading.alarms)
    return sampled, watch.said


def _nearest_folder(folder: Path) -> Path:
    """The folder, or the first above it that is there: its disk is the one that will hold the samples."""
    return next((at for at in (folder, *folder.parents) if at.is_dir()), Path())


def _refuse_other_benchmarks(job: Job, precomputed: "PrecomputedSamples") -> None:
    """Raises InputError for samples of another benchmark, with the one that they look like."""
    other = looks_like(precomputed.names)
    like = f"; its problems are named like those of {other}" if other else ""
    asked = f"{job.plan.benchmark} {job.plan.benchmark_version}"
    hint = "name the benchmark that these samples are of"
    if job.chosen.own and not other and precomputed.names:
        theirs, ours = min(precomputed.names), job.chosen.whole.problems[0].id
        like, hint = f"; they are of {theirs!r}", f"give each the task_id of its problem, as {ours!r}"
    if len(precomputed.missing) == len(job.chosen.whole.problems):
        raise InputError(f"no sample for any problem of {asked}{like}", path=job.folder, hint=hint)
    bare = other and all(name.isdecimal() for name in precomputed.names)
    if (
        precomputed.unknown
        and bare
        and not job.chosen.own
        and job.plan.benchmark.partition("-")[0].rstrip("+") not in str(other).lower()
    ):
        raise InputError(  # a bare number that both sets have says nothing
            f"{len(precomputed.unknown)} samples are of no problem of {asked}{like}",
            path=job.folder,
            hint=hint,
        )


def _name_gaps(
    job: Job, precomputed: "PrecomputedSamples", missing: tuple[str, ...], progress: Progress
) -> None:
    """Name what the samples lack or have too much of."""
    unknown = precomputed.unknown
    for trouble in unknown if len(unknown) <= 2 * NAMED else unknown[:NAMED]:
        progress.note(f"{trouble}; left out")
    if len(unknown) > 2 * NAMED:
        progress.note(
            f"and {len(unknown) - NAMED} more samples of problems that are not of this set; left out"
        )
    if missing:
        from modelassay.sampling.precomputed_samples import shortened

        progress.note(
            f"{job.folder}: no sample for {len(missing)} problems, left out of pass@k: {shortened(missing)}"
        )
