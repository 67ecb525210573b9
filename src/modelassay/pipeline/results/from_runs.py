"""`assay report`: a study's pages made again, or one report over any graded run folders."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from modelassay.core.best_of_n import BestOfCurve
from modelassay.core.errors import InputError
from modelassay.core.measured import Decided, Estimate, LeftOut, Manifest, SpeedPoint
from modelassay.core.problems import Problem, ProblemSet
from modelassay.core.store import read_records
from modelassay.core.workdir import RunDir, WorkDir
from modelassay.pipeline.plan.evidence_bases import evidence_of
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.problems import Chosen, Source, named
from modelassay.pipeline.plan.study_file import BenchmarkEntry, EstimatesEntry, ModelEntry, Study
from modelassay.pipeline.results.assemble import Parts, assemble
from modelassay.pipeline.results.comparisons import compare_with_baseline, spreads
from modelassay.pipeline.results.pages import read_report, write_pages
from modelassay.pipeline.results.run_estimates import read_manifest
from modelassay.pipeline.results.sample_views import problem_samples
from modelassay.pipeline.results.solved_costs import costs_of
from modelassay.pipeline.run.files import graded_candidates, spans, stored_completions, stored_grades
from modelassay.pipeline.run.grades import Graded
from modelassay.pipeline.run.job import RunResult, read_prompts
from modelassay.pipeline.run.precomputed import Sampled
from modelassay.pipeline.run.progress import Progress
from modelassay.pipeline.run.readings import LOOKED_AT, settled
from modelassay.report.content import StudyReport


def report_again(
    workdir: WorkDir, source: Source, progress: Progress, price_per_hour: float | None = None
) -> StudyReport:
    """Render a finished study's pages again from study.json and the run folders.

    price_per_hour: in the place of the one that the study had.
    """
    report = read_report(workdir)
    results = _loaded([workdir.run_named(run.id) for run in report.runs], source, progress)
    if price_per_hour is not None:
        priced = EstimatesEntry(k=report.headline_ks, price_per_hour=price_per_hour)
        costs = [costs_of(result, priced) for result in results]
        runs = [msgspec.structs.replace(r, costs=c) for r, c in zip(report.runs, costs, strict=True)]
        report = msgspec.structs.replace(report, runs=tuple(runs))
    write_pages(report, problem_samples(results, progress), workdir)
    return report


def _loaded(runs: Sequence[RunDir], source: Source, progress: Progress) -> list[RunResult]:
    """Each run from its folder."""
    progress.stage("reading runs", len(runs))
    results = []
    for run in runs:
        results.append(load_run(run, source))
        progress.advance()
    return results


def report_runs(
    runs: Sequence[Path],
    workdir: WorkDir,
    source: Source,
    progress: Progress,
    price_per_hour: float | None = None,
) -> StudyReport:
    """One report over run folders, the first of them the baseline; written to the work directory."""
    results = _loaded([RunDir(path) for path in runs], source, progress)
    names = [r.job.model.name for r in results]
    study = Study(
        title=f"{len(results)} runs", baseline=names[0],
        benchmarks=tuple(BenchmarkEntry(name=n) for n in dict.fromkeys(r.job.plan.benchmark for r in results)),
        models=tuple({r.job.model.name: r.job.model for r in results}.values()),
        estimates=EstimatesEntry(
            k=tuple(sorted({e.k for r in results for e in r.estimates})), price_per_hour=price_per_hour
        ),
    )  # fmt: skip
    parts = Parts(
        study=study, audits=[], decisions=[], results=results,
        comparisons=compare_with_baseline(study.baseline, study.estimates, results),
        spreads=spreads(study.estimates, results), evidence=evidence_of(workdir), command=tuple(sys.argv), seconds=None,
        best_of_n={r.id: curve for r in results if (curve := kept_curve(r.job.run))},
    )  # fmt: skip
    report = assemble(parts)
    write_pages(report, problem_samples(results, progress), workdir)
    return report


def load_run(run: RunDir, source: Source) -> RunResult:
    """A graded run from its folder. Raises MissingError, or InputError when its problem set has changed."""
    manifest = read_manifest(run.root)
    chosen = chosen_of(manifest, run, source)
    completions = stored_completions(run, chosen.problems.problems)
    grades = stored_grades(run, chosen.problems.problems)
    speed = read_records(run.speed, SpeedPoint)
    job = job_of_run(run, manifest, chosen)
    ungraded = len(completions) - graded_candidates(grades)
    graded = spans(grades)
    left_out = {e.problem: e.reason for e in read_records(run.left_out, LeftOut) if e.problem not in graded}
    alarms: tuple[str, ...] = ()
    if manifest.plan.backend == "replay":  # whether the texts are what their file's format says
        looked = [completions[n] for n in range(0, len(completions), max(1, len(completions) // LOOKED_AT))]
        alarms = settled(looked, chosen.problems.problems, insisted=True).alarms
    return RunResult(
        job=job,
        manifest=manifest,
        sampled=Sampled(completions, prompts=read_prompts(run), alarms=alarms),
        graded=Graded(grades, ungraded, executed=0, left_out=left_out),
        estimates=read_records(run.estimates, Estimate),
        speed=speed[-1] if speed else None,
        decided=tuple(read_records(run.decided, Decided)),
    )


def job_of_run(run: RunDir, manifest: Manifest, chosen: Chosen) -> Job:
    """The job that a run folder holds, as far as the folder says."""
    plan = manifest.plan
    model = ModelEntry(
        name=plan.model, backend=plan.backend, demo=manifest.demo_model, hub_id=plan.hub_id or plan.model
    )
    return Job(model=model, chosen=chosen, plan=plan, run=run, path=run.root)


def chosen_of(manifest: Manifest, run: RunDir, source: Source) -> Chosen:
    """The problems of a run. Raises InputError when their set is not what it was."""
    from modelassay.sources.problems.problem_sets import load_problem_set

    plan = manifest.plan
    if run.problems.exists():
        kept = ProblemSet(
            name=plan.benchmark, version=plan.benchmark_version, sha256=plan.benchmark_sha256, licence="unknown",
            problems=tuple(read_records(run.problems, Problem)),
        )  # fmt: skip
        return Chosen(kept, kept, manifest.problems_chosen, own=True)
    whole = load_problem_set(plan.benchmark, plan.benchmark_version, data=source.data, offline=source.offline)
    if whole.sha256 != plan.benchmark_sha256:
        hint = "grade the samples again with the problem set as it is now"
        raise InputError(
            f"{plan.benchmark} is not what it was when this run was made", path=run.root, hint=hint
        )
    return Chosen(named(whole, plan.problems), whole, manifest.problems_chosen)


def kept_curve(folder: RunDir) -> BestOfCurve | None:
    """The best-of-n curve in a run's folder; None where there is none, or the grades are others now."""
    kept = read_records(folder.best_of_n, BestOfCurve)
    return kept[-1] if kept and kept[-1].rests_on == grades_digest(folder) else None


def grades_digest(folder: RunDir) -> str:
    """A hash of a run's grades, as they are on disk."""
    return hashlib.sha256(folder.grades.read_bytes()).hexdigest()[:16]
