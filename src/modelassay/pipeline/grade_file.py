"""`assay grade`: samples from any tool, or a run that was sampled here → grades on disk and a summary with pass@k.

Nothing is lost: the samples are read before anything is written, a folder that holds something else is refused, and the
grades of other samples, which this command wrote, are kept as `.bak`.
"""

import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Manifest
from modelassay.core.shards import Shard
from modelassay.core.store import check_writable, read_records, set_aside
from modelassay.core.workdir import RunDir
from modelassay.pipeline.grade_summary import GradeSummary, summarize
from modelassay.pipeline.plan.jobs import Job, job_for_samples
from modelassay.pipeline.plan.problems import Chosen, Source, load_problems
from modelassay.pipeline.plan.study_file import BenchmarkEntry, EstimatesEntry, GradingEntry
from modelassay.pipeline.results.from_runs import chosen_of, job_of_run
from modelassay.pipeline.run.files import stored_completions
from modelassay.pipeline.run.grades import grade_job
from modelassay.pipeline.run.held import held
from modelassay.pipeline.run.job import estimate_job
from modelassay.pipeline.run.manifest import ensure_manifest, grading_settings
from modelassay.pipeline.run.precomputed import Sampled, keep_samples, kept_samples, read_precomputed
from modelassay.pipeline.run.progress import Progress
from modelassay.pipeline.run.sample_counts import check_ks
from modelassay.pipeline.shards import check_folder, in_shard


@dataclass(frozen=True)
class GradeRequest:
    """What to grade against what. A run that was sampled here needs neither `benchmark` nor `problems`, other samples one
    of them. ks_asked: the user named the ks.
    """

    samples: Path
    benchmark: str | None
    problems: Path | None
    out: Path | None
    format: str | None
    ks: tuple[int, ...]
    stop: tuple[str, ...] = ()
    ks_asked: bool = False
    shard: Shard | None = None


def run_at(samples: Path) -> RunDir | None:
    """The run that a path means, by its folder or by the completions in it; None for samples of another tool."""
    run = RunDir(samples if samples.is_dir() else samples.parent)
    named = samples.is_dir() or samples.name == run.completions.name
    return run if named and run.manifest.is_file() else None


def grade_samples(
    request: GradeRequest, grading: GradingEntry, source: Source, workdir: Path, progress: Progress
) -> GradeSummary:
    """Grade a run in its folder or samples into one of their own, resuming what an earlier grading of them did there."""
    if not request.samples.exists():
        raise MissingError("no such file or folder of samples", path=request.samples, hint="check the path")
    run = run_at(request.samples)
    manifest = None if run is None else read_records(run.manifest, Manifest)[-1]
    chosen = _problems(request, run, manifest, source)
    if run is not None and manifest is not None:
        other = _why_elsewhere(request, manifest, chosen)
        here = request.out is None or _same_place(request.out, run.root)
        _check_shard(request, run, here=here)
        if here and not other:
            with held([run.root]):
                return _grade(*_sampled(run, manifest, chosen, progress), request, grading, progress)
        if other and request.out is not None and here:
            hint = "name another folder with --out"
            raise InputError(f"its own grades are not such: {other}", path=run.root, hint=hint)
        request = replace(request, samples=run.completions)
    job = job_for_samples(
        request.samples, request.format, request.stop, chosen, _out(request, run, chosen, workdir)
    )
    if manifest is not None:
        job = _named(job, manifest.plan.model)
    _refuse_other_folders(job, sharded=request.shard is not None)
    if request.shard is not None:
        check_folder(job, job.run.root, request.shard)
    earlier = kept_samples(job, progress) if _is_of_plan(job) else None
    sampled, said = (earlier, []) if earlier else read_precomputed(job, progress)
    if request.shard is not None:
        job = in_shard(job, request.shard, job.run.root)
        if not earlier:
            said.append(_name_part(job, sampled, progress))
            sampled = replace(sampled, missing=())
    _check_ks(request, job, sampled)
    check_writable(job.run.root)
    with held([job.run.root]):
        _make_way(job, progress)
        ensure_manifest(job, grading)
        return _grade(job, earlier or keep_samples(job, sampled, said), request, grading, progress)


def _is_of_plan(job: Job) -> bool:
    """Whether the folder holds what an earlier run of the same command made of the same samples."""
    known = read_records(job.run.manifest, Manifest)
    return bool(known) and known[-1].plan == job.plan


def _grade(
    job: Job, sampled: Sampled, request: GradeRequest, grading: GradingEntry, progress: Progress
) -> GradeSummary:
    """Grade what was read, estimate, and sum up."""
    _check_ks(request, job, sampled)
    _announce_regrading(job, grading, progress)
    manifest = ensure_manifest(job, grading)
    started = time.perf_counter()
    graded = grade_job(job, sampled.completions, grading, progress)
    seconds = time.perf_counter() - started
    wanted = EstimatesEntry(k=request.ks)
    estimates = estimate_job(job, graded, sampled.completions, wanted, grading)
    return summarize(job, manifest, sampled, graded, estimates, seconds, wanted)


# --- what is graded ---------------------------------------------------------------------------------------
def _problems(request: GradeRequest, run: RunDir | None, manifest: Manifest | None, source: Source) -> Chosen:
    """The problems that the user names; those of the run where none are named."""
    if request.benchmark is None and request.problems is None:
        if run is None or manifest is None:
            raise InputError(
                "no run with a manifest.jsonl, so its problems must be named",
                path=request.samples, hint="add --benchmark NAME[@VERSION] or --problems FILE",
            )  # fmt: skip
        return chosen_of(manifest, run, source)
    file = None if request.problems is None else str(request.problems)
    entry = BenchmarkEntry(name=request.benchmark or "", file=file)
    asked = load_problems(entry, Path(), source, 0)
    if run is not None and manifest is not None and asked.whole.sha256 == manifest.plan.benchmark_sha256:
        return chosen_of(manifest, run, source)
    return asked


def _why_elsewhere(request: GradeRequest, manifest: Manifest, chosen: Chosen) -> str:
    """Why these grades cannot be the run's own; "" where they can."""
    plan, asked = manifest.plan, chosen.problems
    if asked.sha256 != plan.benchmark_sha256:
        return f"they were sampled for {plan.benchmark} {plan.benchmark_version}, not {asked.name} {asked.version}"
    if request.stop:
        return "--stop truncates answers"
    return "--samples-format reads them anew" if request.format else ""


def _sampled(run: RunDir, manifest: Manifest, chosen: Chosen, progress: Progress) -> tuple[Job, Sampled]:
    """The run's own job and its samples. Raises InputError where it has none."""
    completions = stored_completions(run, chosen.problems.problems)
    if not completions:
        hint = "sample first: the command that began this run goes on where it stopped"
        raise InputError("this run has no sample yet", path=run.completions, hint=hint)
    there = Counter(c.problem for c in completions)
    missing = tuple(p.id for p in chosen.problems.problems if p.id not in there)
    wanted = manifest.plan.samples_per_problem or 0
    short = sum(n < wanted for n in there.values())
    if (missing or short) and not run.shard.exists():
        progress.note(
            f"{run.root}: sampling has not ended: {len(missing)} problems have no sample, {short} fewer than {wanted}"
        )
    return job_of_run(run, manifest, chosen), Sampled(completions, missing)


def _check_shard(request: GradeRequest, run: RunDir, *, here: bool) -> None:
    """Raises InputError where a part is asked for of a run that is graded in its own folder, and is not that part."""
    parts = read_records(run.shard, Shard)[-1:]
    if request.shard is not None and here and parts != [request.shard]:
        what = f"shard {parts[0]}" if parts else "a whole run"
        raise InputError(
            f"it holds {what}, not shard {request.shard}",
            path=run.root,
            hint="name a folder for the part with --out",
        )


def _name_part(job: Job, sampled: Sampled, progress: Progress) -> str:
    """Say how many of the samples the job's part has."""
    kept = sum(job.mine(c.problem, c.index) for c in sampled.completions)
    said = f"shard {job.shard}: {kept} of {len(sampled.completions)} samples; pass@k is of these alone"
    progress.note(said)
    return said


def _named(job: Job, model: str) -> Job:
    """The job of samples whose model is known."""
    from msgspec.structs import replace as changed

    return replace(job, model=changed(job.model, name=model), plan=changed(job.plan, model=model))


def _check_ks(request: GradeRequest, job: Job, sampled: Sampled) -> None:
    if request.ks_asked:
        there = (c.problem for c in sampled.completions if job.mine(c.problem, c.index))
        check_ks(request.ks, Counter(there), request.samples)


# --- where to -----------------------------------------------------------------------------------------------
def _out(request: GradeRequest, run: RunDir | None, chosen: Chosen, workdir: Path) -> RunDir:
    """The folder for the grades of samples that are graded beside their own place."""
    if request.out is not None:
        return RunDir(request.out)
    name = request.samples.name if run is None else run.root.resolve().name
    return RunDir(workdir / "graded" / f"{name}--{chosen.problems.name}")


def _same_place(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _refuse_other_folders(job: Job, *, sharded: bool) -> None:
    """Raises InputError for a folder with something in it that is not this command's to replace."""
    run, samples = job.run, job.folder.resolve()
    hint = "name another folder with --out"
    if run.root.exists() and not run.root.is_dir():
        raise InputError("--out is a file", path=run.root, hint="name a folder")
    if samples.is_dir() and run.root.resolve().is_relative_to(samples):
        raise InputError("the grades would lie among the samples", path=run.root, hint=hint)
    known = read_records(run.manifest, Manifest)
    if run.shard.exists() and not sharded:
        raise InputError("it holds a part of a plan", path=run.root, hint=f"add its --shard, or {hint}")
    if known and known[-1].plan == job.plan:
        return
    if known and (known[-1].plan.backend != "replay" or run.root.resolve().name == known[-1].plan.run_name):
        raise InputError(
            f"this is a run of {known[-1].plan.model}, with its samples", path=run.root, hint=hint
        )
    strange = [] if known else [path.name for path in run.files if path.exists() and path != run.shard]
    if strange:
        raise InputError(
            f"it holds {', '.join(strange)}, which `assay grade` did not write", path=run.root, hint=hint
        )


def _make_way(job: Job, progress: Progress) -> None:
    """The grades of other samples, which this command wrote, are put aside; what was compared with what stays."""
    known = read_records(job.run.manifest, Manifest)
    if known and known[-1].plan != job.plan:
        progress.note(
            f"{job.run.root}: held the grades of other samples; they are replaced, and kept as *.jsonl.bak"
        )
        for path in job.run.files:
            if path != job.run.looks:
                set_aside(path)


def _announce_regrading(job: Job, grading: GradingEntry, progress: Progress) -> None:
    known = read_records(job.run.manifest, Manifest)
    if known and job.run.grades.exists() and known[-1].grading_settings != grading_settings(grading, job):
        progress.note(
            f"{job.run.root}: was graded with other settings; those grades are kept as {job.run.grades.name}.bak"
        )
