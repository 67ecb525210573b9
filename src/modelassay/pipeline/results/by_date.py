"""Contamination by date: each run before its model's cutoff and from it on, and beside its baseline."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from modelassay.core.by_date import DateSplit
from modelassay.core.errors import InputError
from modelassay.core.problems import Problem
from modelassay.core.store import read_records
from modelassay.core.workdir import RunDir
from modelassay.estimates.by_date import SplitRequest, split_by_date
from modelassay.estimates.estimate import counts
from modelassay.estimates.pass_at_k import CountError
from modelassay.pipeline.plan.baselines import baseline_of, labels
from modelassay.pipeline.plan.study_file import EstimatesEntry
from modelassay.pipeline.results.run_estimates import read_run
from modelassay.pipeline.run.job import RunResult


def date_splits(
    baseline: str | None, wanted: EstimatesEntry, results: Sequence[RunResult]
) -> tuple[list[DateSplit], list[str]]:
    """Every run whose model has a cutoff, for every suite and k, and why there are none where there should be."""
    jobs = [r.job for r in results]
    names, found, notes = labels(jobs), [], []
    by_job = {id(r.job): r for r in results}
    for run in results:
        cutoff = run.job.model.cutoff or wanted.cutoff
        if cutoff is None:
            continue
        held = baseline_of(run.job, baseline, jobs)
        base = None if held is None else by_job[id(held)]
        dates = dates_of(run.job.problems.problems)
        for estimate in run.estimates:
            beside = None if base is None else (names[base.id], counts(base.graded.grades, estimate.suite))
            request = SplitRequest(estimate.suite, estimate.k, cutoff, wanted.level)
            try:
                found.append(
                    split_by_date(
                        counts(run.graded.grades, estimate.suite), dates, request, model=names[run.id],
                        benchmark=run.job.plan.benchmark, baseline=beside,
                    )
                )  # fmt: skip
            except CountError as error:
                notes.append(f"{names[run.id]}: no split by date: {error.message}")
                break
    return found, notes


def split_run(path: Path, ks: Sequence[int] | None, level: float, cutoff: date) -> list[DateSplit]:
    """pass@k of a run in a folder before the cutoff and from it on, for every suite; k = 1 unless it is given.

    Raises InputError where no problem has a date, or too few lie on one side of it.
    """
    manifest, grades = read_run(path)
    dates = dates_of(read_records(RunDir(path).problems, Problem))
    if not dates:
        raise InputError(
            "no problem of this run has a date", path=path,
            hint='give each row of your problem file a "date", or a LiveCodeBench "contest_date", and grade again',
        )  # fmt: skip
    return [
        split_by_date(
            counts(grades, suite), dates, SplitRequest(suite, k, cutoff, level), model=manifest.plan.model,
            benchmark=manifest.plan.benchmark,
        )
        for suite in dict.fromkeys(g.suite for g in grades)
        for k in ks or (1,)
    ]  # fmt: skip


def dates_of(problems: Iterable[Problem]) -> dict[str, date]:
    """Problem → its date, of those that have one."""
    return {p.id: p.date for p in problems if p.date is not None}
