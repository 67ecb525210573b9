"""The main job: notes audited, models shortlisted, samples sampled, graded, estimated, timed, reported."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from modelassay.core.errors import InputError
from modelassay.core.measured import Comparison
from modelassay.core.store import write_records
from modelassay.core.workdir import WorkDir
from modelassay.pipeline.plan.evidence_bases import evidence_of
from modelassay.pipeline.plan.jobs import Job, plan_study
from modelassay.pipeline.plan.models import Fetching
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_changes import Changes, changed
from modelassay.pipeline.plan.study_file import Study
from modelassay.pipeline.plan.study_reader import read_study
from modelassay.pipeline.results.assemble import Parts, assemble
from modelassay.pipeline.results.best_of_n import curves_of
from modelassay.pipeline.results.by_date import date_splits
from modelassay.pipeline.results.comparisons import compare_with_baseline, spreads
from modelassay.pipeline.results.pages import write_pages
from modelassay.pipeline.results.sample_views import problem_samples
from modelassay.pipeline.run.comparison_rounds import run_comparisons
from modelassay.pipeline.run.concurrent_grading import pool_options
from modelassay.pipeline.run.environment import now
from modelassay.pipeline.run.held import Held, held_workdir
from modelassay.pipeline.run.job import RunJob, RunResult, run_job
from modelassay.pipeline.run.preflight import check_prompts
from modelassay.pipeline.run.problem_rounds import run_until_decided
from modelassay.pipeline.run.progress import Progress
from modelassay.pipeline.run.reference_check import check_custom_problems
from modelassay.report.content import Begun, BegunRun, StudyReport


def run_study(
    path: Path,
    workdir: WorkDir,
    source: Source,
    progress: Progress,
    changes: Changes | None = None,
    run: RunJob = run_job,
) -> StudyReport:
    """Do what the study file asks, resuming what is there, and write every file of the work directory.

    changes: what this run does otherwise than the file says. run: how a job is done: here, with a store, or on a cluster.
    """
    started = time.perf_counter()
    study = changed(read_study(path), changes or Changes())
    folder = path.parent
    if study.sequential is not None and run is not run_job:
        hint = "leave [sequential] out, or run it on one machine without --cluster and --store"
        raise InputError("rounds are decided on one machine", path=path, hint=hint)
    with held_workdir(workdir), Held() as holding:
        # Planning first: a missing model or problem set is an error before anything takes time.
        jobs = plan_study(study, folder, workdir, source, Fetching(watch=progress))
        # Runs that have begun are held from here to the report, the others from when they begin.
        holding.hold(job.run.root for job in jobs if job.run.root.is_dir())
        write_records(workdir.begun, [_begun(study, jobs)], keep=True)
        if study.sampling.preflight:
            check_prompts(jobs)
        check_custom_problems(jobs, study.grading, progress)
        # What reads documents comes after the checks: a file with an error is refused before it is loaded.
        from modelassay.pipeline.audits import audit_notes, decide_models

        notes = [folder / note for note in study.notes]
        progress.stage("auditing notes", len(notes))
        evidence = evidence_of(workdir)
        second = None
        if study.reader is not None and notes:
            from modelassay.pipeline.second_reader import second_reader

            second = second_reader(study.reader, workdir, offline=source.offline)
        audits = audit_notes(notes, workdir, evidence, second)
        progress.advance(len(notes))
        decisions = decide_models(study, audits, workdir, evidence)
        results, comparisons = _run_all(jobs, study, progress, run, holding)
        write_records(workdir.comparisons, comparisons, keep=True)
        curves = {}
        if study.estimates.best_of_n:
            curves = curves_of(results, pool_options(study.grading), study.estimates.level)
        splits, undated = date_splits(study.baseline, study.estimates, results)
        parts = Parts(
            study=study, audits=audits, decisions=decisions, results=results, comparisons=comparisons,
            spreads=spreads(study.estimates, results), evidence=evidence, best_of_n=curves,
            splits=splits, notes=undated,
            command=tuple(sys.argv), seconds=time.perf_counter() - started,
        )  # fmt: skip
        report = assemble(parts)
        write_pages(report, problem_samples(results, progress), workdir)
    return report


def _begun(study: Study, jobs: Sequence[Job]) -> Begun:
    """What the live page says before there is anything else."""
    runs = [
        BegunRun(
            run=job.id, model=job.model.name, benchmark=job.plan.benchmark,
            samples=job.plan.samples_per_problem and job.plan.samples_per_problem * len(job.plan.problems),
        )
        for job in jobs
    ]  # fmt: skip
    return Begun(title=study.title, started=now(), runs=tuple(runs))


def _run_all(
    jobs: Sequence[Job], study: Study, progress: Progress, run: RunJob, holding: Held
) -> tuple[list[RunResult], list[Comparison]]:
    """Every run with its comparisons, each held from its beginning."""
    if study.sequential is not None:
        holding.hold(job.run.root for job in jobs)
        if study.sequential.stop == "problems":
            return [run_until_decided(job, study, progress) for job in jobs], []
        return run_comparisons(jobs, study, progress)
    results = []
    for job in jobs:
        holding.hold([job.run.root])
        results.append(run(job, study, progress))
    return results, compare_with_baseline(study.baseline, study.estimates, results)
