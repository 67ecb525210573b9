"""Sampling in rounds: each model races the baseline over problems at random, and stops once that is decided.

A round asks the next problems of a random order, each with all its samples, of the baseline and of every model
still in the race. The bound holds at every look at once (estimates/sequential.py), so the race may stop whenever it
pleases. Rounds depend on nothing but the study file: after a kill the same race is run again from what is on disk.
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
from modelassay.estimates.sequential import Race, raced
from modelassay.estimates.together import level_of
from modelassay.pipeline.plan.baselines import baseline_of, labels
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import Study
from modelassay.pipeline.run.grades import Graded
from modelassay.pipeline.run.job import RunResult, Sampled, advance_job, finish_job, replay_job, run_job
from modelassay.pipeline.run.looks import Pair, race_number
from modelassay.pipeline.run.progress import Progress
from modelassay.report.wording import compared
from modelassay.sampling.sampler import ROWS

EVERY: Final = sys.maxsize  # samples of a problem: as many as were recorded
ROUND: Final = (
    10  # problems, about: fewer look too often for what a look costs, more sample past the decision
)


@dataclass
class _Racer:
    """A model on its way. baseline is None for the one that is raced against, and for one that races nobody."""

    job: Job
    baseline: "_Racer | None" = None
    race: Race | None = None
    sampled: Sampled | None = None
    graded: Graded | None = None
    asked: int = 0
    recorded: Sampled | None = None
    look: int = 1

    @property
    def open(self) -> bool:
        return self.race is not None and not self.race.settled


def run_races(
    jobs: Sequence[Job], study: Study, progress: Progress
) -> tuple[list[RunResult], list[Comparison]]:
    """Every job as far as its race asks, and each model's verdict; jobs that race nobody are run whole."""
    assert study.sequential is not None
    racers = [_Racer(job) for job in jobs]
    for racer in racers:
        held = baseline_of(racer.job, study.baseline, jobs)
        racer.baseline = next((r for r in racers if r.job is held), None)
    bases = [r for r in racers if any(other.baseline is r for other in racers)]
    many = sum(r.baseline is not None for r in racers)  # of all benchmarks: every one carries a verdict
    for base in bases:
        _run_race(base, [r for r in racers if r.baseline is base], study, progress, many)
    results = [_finished(racer, study, progress) for racer in racers]
    names = labels(jobs)
    found = [_comparison(r, names, study) for base in bases for r in racers if r.baseline is base]
    return results, found


def _run_race(base: _Racer, others: Sequence[_Racer], study: Study, progress: Progress, many: int) -> None:
    """Race the others against a baseline; many: races of the study, at whose number each one's level is taken."""
    assert study.sequential is not None
    order = base.job.plan.problems
    suite, k = what_is_raced(base.job, study)
    population = len(order) if study.sequential.target == "fixed problem set" else None
    for racer in others:
        racer.look = race_number(racer.job.run, Pair(base.job.plan, racer.job.plan, suite, k))
        level = level_of(study.estimates.level, many, racer.look)
        racer.race = Race(study.estimates.margin, level, population=population)
    size = study.sequential.problems_per_round or round_size(base.job.plan.samples_per_problem)
    for start in range(0, len(order), size):
        running = [racer for racer in others if racer.open]
        if not running:
            return
        for racer in (base, *running):
            racer.asked = min(start + size, len(order))
            if racer.job.recording is not None and racer.recorded is None:
                racer.recorded = replay_job(racer.job, progress)
            upto = dict.fromkeys(order[: racer.asked], racer.job.plan.samples_per_problem or EVERY)
            racer.sampled, racer.graded = advance_job(racer.job, study, progress, upto, racer.recorded)
        for racer in running:
            assert racer.race is not None
            racer.race.add(*_differences(base, racer, order[start : start + size], suite, k))
            if not racer.open or racer.asked == len(order):
                progress.note(
                    f"{racer.job.model.name}: {compared(racer.race.verdict)} after {racer.asked} of {len(order)} problems"
                )


def round_size(samples: int | None) -> int:
    """Problems per round: about ROUND, and whole batches of the transformers backend."""
    together = max(1, ROWS // samples) if samples else 1
    return -(-ROUND // together) * together


def what_is_raced(job: Job, study: Study) -> tuple[str, int]:
    """The suite and the k of a race. Raises InputError where the samples do not allow that k."""
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
    base: _Racer, racer: _Racer, problems: Sequence[str], suite: str, k: int
) -> tuple[list[float], list[float] | None]:
    """Of the problems that both have k graded samples for, and the sampling variance of each difference.

    One that we failed to grade is no draw. None: single samples, which cannot show their variance.
    """
    assert base.graded is not None
    assert racer.graded is not None
    old, new = (counts(side.grades, suite) for side in (base.graded, racer.graded))
    drawn = [p for p in problems if min(old.get(p, (0, 0))[0], new.get(p, (0, 0))[0]) >= k]
    if not drawn:
        return [], []
    change = [float(d) for d in per_problem(new, k, drawn) - per_problem(old, k, drawn)]
    noise = np.zeros(len(drawn))
    for side, tallies in ((base, old), (racer, new)):
        if side.job.plan.greedy:
            continue
        n, c = pairs({p: tallies[p] for p in drawn})
        if n.min() < 2:
            return change, None
        noise += within_variance(n, c, k)
    return change, [float(v) for v in noise]


def _finished(racer: _Racer, study: Study, progress: Progress) -> RunResult:
    if racer.sampled is None or racer.graded is None:
        return run_job(racer.job, study, progress)
    return finish_job(racer.job, study, racer.sampled, racer.graded)


def _comparison(racer: _Racer, names: dict[str, str], study: Study) -> Comparison:
    base = racer.baseline
    assert base is not None
    assert base.graded is not None
    assert racer.graded is not None
    assert racer.race is not None
    suite, k = what_is_raced(base.job, study)
    asked = frozenset(racer.job.plan.problems[: racer.asked])
    fixed = compare(
        [g for g in base.graded.grades if g.problem in asked], racer.graded.grades,
        baseline=names[base.job.id], candidate=names[racer.job.id], benchmark=racer.job.plan.benchmark,
        suite=suite, k=k, margin=study.estimates.margin, level=racer.race.level,
    )  # fmt: skip
    return replace(raced(fixed, racer.race), look=racer.look)
