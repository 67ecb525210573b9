"""Each run compared with its baseline, and one model's protocols with each other."""

from collections.abc import Sequence

from modelassay.core.measured import Comparison, Spread
from modelassay.estimates.together import Question, compare_together, spread_of
from modelassay.pipeline.plan.baselines import baseline_of, labels
from modelassay.pipeline.plan.study_file import EstimatesEntry
from modelassay.pipeline.run.job import RunResult
from modelassay.pipeline.run.looks import Pair, look_number


def compare_with_baseline(
    baseline: str | None, wanted: EstimatesEntry, results: Sequence[RunResult]
) -> list[Comparison]:
    """Every run against its baseline, for every suite and every k both have.

    Only those of the headline carry a verdict, and together hold at the level asked for; the others are differences
    with intervals. Verdicts on every k, suite and benchmark would err at some place far more often.
    """
    jobs = [r.job for r in results]
    names, found, first = labels(jobs), [], headline(results)
    bases = {r.id: baseline_of(r.job, baseline, jobs) for r in results}
    family = sum(bases[r.id] is not None and _about(r, *first[2:]) == first for r in results) if first else 0
    for base in results:
        held = [r for r in results if bases[r.id] is base.job]
        for suite, k in sorted({(e.suite, e.k) for e in base.estimates}):
            able = [r for r in held if has(r, suite, k)]
            stated = _about(base, suite, k) == first
            question = Question(
                base.job.plan.benchmark,
                suite,
                k,
                wanted.margin,
                wanted.level,
                stated,
                family if stated else 0,
            )
            looks = [_look(base, r, suite, k) for r in able] if stated else None
            sides = [(names[r.id], r.graded.grades) for r in able]
            found += compare_together((names[base.id], base.graded.grades), sides, question, looks)
    return found


About = tuple[str, str, str, int]  # benchmark, version, suite, k


def headline(results: Sequence[RunResult]) -> About | None:
    """What a study answers first: its first benchmark under the strictest suite, at the largest k all models have."""
    groups: dict[tuple[str, str], list[RunResult]] = {}
    for r in results:
        groups.setdefault((r.job.plan.benchmark, r.job.plan.benchmark_version), []).append(r)
    for (benchmark, version), runs in groups.items():
        for suite in reversed([s.name for s in runs[0].job.problems.problems[0].suites]):
            shared = set.intersection(*({e.k for e in r.estimates if e.suite == suite} for r in runs))
            if shared:
                return benchmark, version, suite, max(shared)
    return None


def _about(run: RunResult, suite: str, k: int) -> About:
    return run.job.plan.benchmark, run.job.plan.benchmark_version, suite, k


def _look(base: RunResult, run: RunResult, suite: str, k: int) -> int:
    pair = Pair(base.job.plan, run.job.plan, suite, k)
    return look_number(run.job.run, pair, base.graded.grades, run.graded.grades)


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
