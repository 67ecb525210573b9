"""What the solved problems of a run cost: its grades beside its own timings, and its energy where the machine reported any."""

from collections import Counter

from modelassay.core.measured import BatchTiming
from modelassay.core.speed_records import RunEnergy, SolvedCost
from modelassay.core.store import read_records
from modelassay.core.workdir import RunDir
from modelassay.pipeline.plan.study_file import EstimatesEntry
from modelassay.pipeline.run.job import RunResult
from modelassay.speed.solved_cost import Spent, solved_cost


def costs_of(result: RunResult, wanted: EstimatesEntry) -> tuple[SolvedCost, ...]:
    """One per suite; () for a run that was not timed, or whose samples stopped at what came out."""
    if result.decided:
        return ()
    spent = _spent(result.job.run)
    if not spent:
        return ()
    graded: dict[str, Counter[str]] = {}
    passed: dict[str, Counter[str]] = {}
    for grade in result.graded.grades:
        graded.setdefault(grade.suite, Counter())[grade.problem] += 1
        passed.setdefault(grade.suite, Counter())[grade.problem] += grade.outcome == "passed"
    suites = result.job.problems.problems[0].suites  # the strictest one last
    found = (
        solved_cost(
            suite,
            {p: (n, passed[suite][p]) for p, n in numbers.items()},
            spent,
            joules_per_sample=_joules(result.job.run),
            price_per_hour=wanted.price_per_hour,
            ks=wanted.k,
        )
        for suite, numbers in ((s.name, graded.get(s.name, Counter())) for s in suites)
    )
    return tuple(cost for cost in found if cost is not None)


def _spent(run: RunDir) -> dict[str, Spent]:
    """Per sample of each problem. Of one that was sampled in several batches, the last one counts, as in speed.jsonl."""
    latest = {t.problem: t for t in read_records(run.timings, BatchTiming)}
    return {
        t.problem: Spent(t.wall_seconds / t.candidates, t.completion_tokens / t.candidates)
        for t in latest.values()
        if t.candidates and t.wall_seconds > 0
    }


def _joules(run: RunDir) -> float | None:
    readings = read_records(run.energy, RunEnergy)
    samples = sum(r.samples for r in readings)
    return sum(r.joules for r in readings) / samples if samples else None
