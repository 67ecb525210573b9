"""The main job: notes audited, models shortlisted, candidates sampled, graded, estimated, timed, reported."""

import fcntl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelassay.core.errors import InputError
from modelassay.core.measured import Comparison
from modelassay.core.store import disk, write_records
from modelassay.core.workdir import WorkDir
from modelassay.evidence.base import load_evidence
from modelassay.pipeline.assemble import Parts, assemble
from modelassay.pipeline.audits import audit_notes, decide_models
from modelassay.pipeline.pages import write_pages
from modelassay.pipeline.plans import Source, plan_study
from modelassay.pipeline.progress import Progress
from modelassay.pipeline.runs import RunResult, run_job
from modelassay.pipeline.sheets import sheets
from modelassay.pipeline.study_file import Study, read_study
from modelassay.report.content import StudyReport


def run_study(path: Path, workdir: WorkDir, source: Source, progress: Progress) -> StudyReport:
    """Do what the study file asks, resuming what is there, and write every file of the work directory."""
    started = time.perf_counter()
    study = read_study(path)
    folder = path.parent
    with locked(workdir):
        # Planning first: a missing model or problem set is an error before anything takes time.
        jobs = plan_study(study, folder, workdir, source)
        notes = [folder / note for note in study.notes]
        progress.stage("auditing notes", len(notes))
        evidence = load_evidence()
        audits = audit_notes(notes, workdir, evidence)
        progress.advance(len(notes))
        decisions = decide_models(study, audits, workdir, evidence)
        results = [run_job(job, study.grading, study.estimates, progress) for job in jobs]
        comparisons = compare_with_baseline(study, results)
        write_records(workdir.comparisons, comparisons)
        parts = Parts(
            study=study, audits=audits, decisions=decisions, results=results, comparisons=comparisons,
            evidence=evidence,
            command=tuple(sys.argv), seconds=time.perf_counter() - started,
        )  # fmt: skip
        report = assemble(parts)
        progress.stage("writing the report", 1)
        write_pages(report, sheets(results), workdir)
        progress.advance()
    return report


@contextmanager
def locked(workdir: WorkDir) -> Iterator[None]:
    """Hold the work directory; a second study in it is refused. The lock dies with its process."""
    with disk(workdir.root):
        workdir.root.mkdir(parents=True, exist_ok=True)
        lock = workdir.lock.open("a")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            hint = "wait for it, stop it, or name another --workdir"
            raise InputError("another study is at work here", path=workdir.root, hint=hint) from error
        yield


def compare_with_baseline(study: Study, results: list[RunResult]) -> list[Comparison]:
    """Every other model against the baseline: same benchmark, every suite, every k both have."""
    from modelassay.estimates.together import Question, compare_together

    found = []
    for base in (r for r in results if r.job.model.name == study.baseline):
        others = [r for r in results if r is not base and benchmark_key(r) == benchmark_key(base)]
        for suite, k in sorted({(e.suite, e.k) for e in base.estimates}):
            able = [r for r in others if any((e.suite, e.k) == (suite, k) for e in r.estimates)]
            question = Question(
                benchmark=base.job.plan.benchmark, suite=suite, k=k, margin=study.estimates.margin,
                level=study.estimates.level,
            )  # fmt: skip
            sides = [(r.job.model.name, r.graded.grades) for r in able]
            found += compare_together((base.job.model.name, base.graded.grades), sides, question)
    return found


def benchmark_key(result: RunResult) -> tuple[str, str, tuple[str, ...]]:
    """What two runs must share to be compared: problem set, version and the very problems."""
    plan = result.job.plan
    return plan.benchmark, plan.benchmark_version, plan.problems
