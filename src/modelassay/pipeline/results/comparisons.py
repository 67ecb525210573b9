"""Each run compared with its baseline, and one model's protocols with each other."""

from collections.abc import Sequence

from modelassay.core.measured import Comparison, Spread
from modelassay.estimates.together import Question, compare_together, spread_of
from modelassay.pipeline.plan.baselines import baseline_of, labels
from modelassay.pipeline.plan.study_file import EstimatesEntry
from modelassay.pipeline.run.job import RunResult


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
