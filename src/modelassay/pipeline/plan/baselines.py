"""Which job is compared with which, and what comparisons call it."""

from collections import Counter
from collections.abc import Sequence

from modelassay.pipeline.plan.jobs import Job


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
