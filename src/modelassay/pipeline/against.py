"""Which runs are held against which: each against its baseline, and one model's protocols against each other."""

from collections import Counter
from collections.abc import Sequence

from modelassay.core.measured import Comparison, Spread
from modelassay.estimates.together import Question, compare_together, spread_of
from modelassay.pipeline.plans import Job
from modelassay.pipeline.runs import RunResult
from modelassay.pipeline.study_file import EstimatesEntry


def compare_with_baseline(
    baseline: str | None, wanted: EstimatesEntry, results: Sequence[RunResult]
) -> list[Comparison]:
    """Every run against its baseline, for every suite and every k both have."""
    jobs = [r.job for r in results]
    names, found = labels(jobs), []
    for base in results:
        held = [r for r in results if baseline_of(r.job, baseline, jobs) is base.job]
        for suite, k in sorted({(e.suite, e.k) for e in base.estimates}):
            able = [r for r in held if has(r, suite, k)]
            sides = [(names[r.id], r.graded.grades) for r in able]
            question = Question(base.job.plan.benchmark, suite, k, wanted.margin, wanted.level)
            found += compare_together((names[base.id], base.graded.grades), sides, question)
    return found


def baseline_of(job: Job, baseline: str | None, jobs: Sequence[Job]) -> Job | None:
    """The baseline's job on the same problems, under the same protocol if there is one; None for itself.

    The prompt must not decide which model looks better, so a baseline asked under several protocols meets
    each model under its own.
    """
    bases = [j for j in jobs if j.model.name == baseline and same_problems(j, job)]
    alike = [b for b in bases if b.plan.protocol == job.plan.protocol]
    chosen = (alike or bases)[:1]
    return chosen[0] if chosen and chosen[0] is not job else None


def same_problems(one: Job, other: Job) -> bool:
    """Whether runs of two jobs can be compared: problem set, version and the very problems."""
    first, second = one.plan, other.plan
    return (first.benchmark, first.benchmark_version, first.problems) == (
        second.benchmark, second.benchmark_version, second.problems
    )  # fmt: skip


def has(run: RunResult, suite: str, k: int) -> bool:
    """Whether the run has this pass@k."""
    return any((e.suite, e.k) == (suite, k) for e in run.estimates)


def spreads(wanted: EstimatesEntry, results: Sequence[RunResult]) -> list[Spread]:
    """How far one model's scores lie apart under several protocols, per benchmark, suite and k."""
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[RunResult]] = {}
    for run in results:
        plan = run.job.plan
        if plan.backend != "replay":
            key = (run.job.model.name, plan.benchmark, plan.benchmark_version, plan.problems)
            groups.setdefault(key, []).append(run)
    found = []
    for (model, benchmark, *_), runs in groups.items():
        if len({r.job.plan.protocol for r in runs}) < 2:
            continue
        for suite, k in sorted({(e.suite, e.k) for e in runs[0].estimates}):
            sides = [(r.job.plan.protocol, r.graded.grades) for r in runs if has(r, suite, k)]
            if len(sides) > 1:
                question = Question(benchmark, suite, k, wanted.margin, wanted.level)
                found.append(spread_of(model, sides, question))
    return found


def labels(jobs: Sequence[Job]) -> dict[str, str]:
    """Job id → what comparisons call it: the model, where needed with its protocol, where needed with its hash."""
    names = Counter((j.plan.benchmark, j.model.name) for j in jobs)
    longer = Counter((j.plan.benchmark, j.model.name, j.plan.protocol) for j in jobs)
    found = {}
    for job in jobs:
        plan, name = job.plan, job.model.name
        if names[plan.benchmark, name] > 1:
            alone = longer[plan.benchmark, name, plan.protocol] == 1
            name = f"{name} · {plan.protocol if alone else plan.hash}"
        found[job.id] = name
    return found
