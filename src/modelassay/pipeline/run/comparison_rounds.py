"""Sampling in rounds: each model is compared with the baseline over problems at random, until that is decided.

A round asks the next problems of a random order, each with all its samples, of the baseline and of every model
whose comparison is open. The bound holds at every look at once (estimates/sequential.py), so a comparison may stop
as soon as it is decided. Rounds depend on nothing but the study file: after a kill the same comparison is made again
from what is on disk.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec.structs import replace

from modelassay.core.errors import InputError
from modelassay.core.measured import Comparison
from modelassay.estimates.compare import compare
from modelassay.estimates.estimate import counts, pairs, per_problem
from modelassay.estimates.rates import within_variance
from modelassay.estimates.sequential import SequentialComparison, as_sequential
from modelassay.estimates.together import level_of
from modelassay.pipeline.plan.baselines import baseline_of, labels
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import Study
from modelassay.pipeline.run.grades import Graded
from modelassay.pipeline.run.job import RunResult, advance_job, finish_job, run_job
from modelassay.pipeline.run.looks import Pair, comparison_number
from modelassay.pipeline.run.precomputed import Sampled, replay_job
from modelassay.pipeline.run.progress import Progress
from modelassay.report.wording import compared
from modelassay.sampling.sampler import ROWS

EVERY: Final = sys.maxsize  # samples of a problem: as many as there are
ROUND: Final = (
    10  # problems, about: fewer look too often for what a look costs, more sample past the decision
)


@dataclass
class _Entry:
    """A model on its way. baseline is None for the baseline itself, and for a model that is compared with none."""

    job: Job
    baseline: "_Entry | None" = None
    sequential: SequentialComparison | None = None
    sampled: Sampled | None = None
    graded: Graded | None = None
    asked: int = 0
    recorded: Sampled | None = None
    look: int = 1

    @property
    def open(self) -> bool:
        return self.sequential is not None and not self.sequential.settled


def run_comparisons(
    jobs: Sequence[Job], study: Study, progress: Progress
) -> tuple[list[RunResult], list[Comparison]]:
    """Every job as far as its comparison asks, and each model's verdict; jobs without one are run whole."""
    assert study.sequential is not None
    entries = [_Entry(job) for job in jobs]
    for entry in entries:
        held = baseline_of(entry.job, study.baseline, jobs)
        entry.baseline = next((r for r in entries if r.job is held), None)
    bases = [r for r in entries if any(other.baseline is r for other in entries)]
    many = sum(r.baseline is not None for r in entries)  # of all benchmarks: every one carries a verdict
    for base in bases:
        _run_rounds(base, [r for r in entries if r.baseline is base], study, progress, many)
    results = [_finished(entry, study, progress) for entry in entries]
    names = labels(jobs)
    found = [_comparison(r, names, study) for base in bases for r in entries if r.baseline is base]
    return results, found


def _run_rounds(base: _Entry, others: Sequence[_Entry], study: Study, progress: Progress, many: int) -> None:
    """Compare the others with a baseline; many: comparisons of the study, at whose number each one's level is taken."""
    assert study.sequential is not None
    order = base.job.plan.problems
    suite, k = compared_quantity(base.job, study)
    population = len(order) if study.sequential.target == "fixed problem set" else None
    for entry in others:
        entry.look = comparison_number(entry.job.run, Pair(base.job.plan, entry.job.plan, suite, k))
        level = level_of(study.estimates.level, many, entry.look)
        entry.sequential = SequentialComparison(study.estimates.margin, level, population=population)
    size = study.sequential.problems_per_round or round_size(base.job.plan.samples_per_problem)
    for start in range(0, len(order), size):
        running = [entry for entry in others if entry.open]
        if not running:
            return
        for entry in (base, *running):
            entry.asked = min(start + size, len(order))
            if entry.job.precomputed is not None and entry.recorded is None:
                entry.recorded = replay_job(entry.job, progress)
            limits = dict.fromkeys(order[: entry.asked], entry.job.plan.samples_per_problem or EVERY)
            entry.sampled, entry.graded = advance_job(entry.job, study, progress, limits, entry.recorded)
        for entry in running:
            assert entry.sequential is not None
            entry.sequential.add(*_differences(base, entry, order[start : start + size], suite, k))
            if not entry.open or entry.asked == len(order):
                progress.note(
                    f"{entry.job.model.name}: {compared(entry.sequential.verdict)} after {entry.asked} of {len(order)} problems"
                )


def round_size(samples: int | None) -> int:
    """Problems per round: about ROUND, and whole batches of the transformers backend."""
    together = max(1, ROWS // samples) if samples else 1
    return -(-ROUND // together) * together


def compared_quantity(job: Job, study: Study) -> tuple[str, int]:
    """The suite and the k that are compared. Raises InputError where the samples do not allow that k."""
    suite = job.problems.problems[0].suites[-1].name
    allowed = [k for k in study.estimates.k if k <= (job.plan.samples_per_problem or k)]
    asked = study.sequential.k if study.sequential else None
    k = asked or max(allowed, default=0)
    if not k:
        raise InputError(
            f"no k of [estimates] can be compared in rounds with {job.plan.samples_per_problem} samples per problem",
            hint="give k = 1 in [sequential]",
        )
    return suite, k


def _differences(
    base: _Entry, entry: _Entry, problems: Sequence[str], suite: str, k: int
) -> tuple[list[float], list[float] | None]:
    """Of the problems that both have k graded samples for, and the sampling variance of each difference.

    One that we failed to grade is no draw. None: single samples, which cannot show their variance.
    """
    assert base.graded is not None
    assert entry.graded is not None
    old, new = (counts(side.grades, suite) for side in (base.graded, entry.graded))
    drawn = [p for p in problems if min(old.get(p, (0, 0))[0], new.get(p, (0, 0))[0]) >= k]
    if not drawn:
        return [], []
    change = [float(d) for d in per_problem(new, k, drawn) - per_problem(old, k, drawn)]
    noise = np.zeros(len(drawn))
    for side, tallies in ((base, old), (entry, new)):
        if side.job.plan.greedy:
            continue
        n, c = pairs({p: tallies[p] for p in drawn})
        if n.min() < 2:
            return change, None
        noise += within_variance(n, c, k)
    return change, [float(v) for v in noise]


def _finished(entry: _Entry, study: Study, progress: Progress) -> RunResult:
    if entry.sampled is None or entry.graded is None:
        return run_job(entry.job, study, progress)
    return finish_job(entry.job, study, entry.sampled, entry.graded)


def _comparison(entry: _Entry, names: dict[str, str], study: Study) -> Comparison:
    base = entry.baseline
    assert base is not None
    assert base.graded is not None
    assert entry.graded is not None
    assert entry.sequential is not None
    suite, k = compared_quantity(base.job, study)
    asked = frozenset(entry.job.plan.problems[: entry.asked])
    fixed = compare(
        [g for g in base.graded.grades if g.problem in asked], entry.graded.grades,
        baseline=names[base.job.id], candidate=names[entry.job.id], benchmark=entry.job.plan.benchmark,
        suite=suite, k=k, margin=study.estimates.margin, level=entry.sequential.level,
    )  # fmt: skip
    return replace(as_sequential(fixed, entry.sequential), look=entry.look)
