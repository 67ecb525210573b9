"""What `assay grade` says of a grading: outcomes, pass@k with intervals, how healthy it was."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from modelassay.core.health import Health
from modelassay.core.measured import Estimate, Grade, LeftOut, Manifest
from modelassay.core.problems import ProblemSet, Programs
from modelassay.core.records import Record
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import EstimatesEntry
from modelassay.pipeline.results.health import health_of
from modelassay.pipeline.run.grades import Graded
from modelassay.pipeline.run.job import estimates_of
from modelassay.pipeline.run.precomputed import Sampled


class PassAtK(Record):
    """One pass@k in [0, 1] with its interval."""

    value: float
    low: float
    high: float
    level: float


class SuiteSummary(Record):
    """pass@k of one suite, keyed by k."""

    pass_at_k: dict[str, PassAtK]


class RuleScore(Record):
    """pass@k of the same outputs under one rule, keyed by k."""

    comparison: str
    passed: int
    pass_at_k: dict[str, PassAtK]


class Disagreement(Record):
    """Samples on which the rules disagree. reasons: in what their outputs differ from the expected ones → samples."""

    samples: int
    reasons: dict[str, int]
    examples: tuple[str, ...]  # problem and index of the first ones


class GradeSummary(Record):
    """What `assay grade --json` prints; docs/architecture.md's contract fixes the first ten fields.

    outcomes: of the strictest suite, one per sample. executed: programs run; equal ones run once.
    missing_problems have no sample and take no part in pass@k; unknown_problems are not in the set. left_out: problems
    that cannot be graded. comparison: the rule by which printed output is compared. comparisons: the scores side by side
    where several were asked for, that one first. estimate_refused: why there is no pass@k.
    """

    benchmark: str
    version: str
    problems: int
    candidates: int
    executed: int
    suites: dict[str, SuiteSummary]
    outcomes: dict[str, int]
    ungraded: int
    seconds: float
    candidates_per_second: float
    sandbox_level: str
    missing_problems: tuple[str, ...]
    unknown_problems: tuple[str, ...]
    grades: str
    health: Health
    left_out: tuple[LeftOut, ...]
    comparison: str | None = None
    estimate_refused: str | None = None
    comparisons: tuple[RuleScore, ...] = ()
    disagreement: Disagreement | None = None


def summarize(
    job: Job,
    manifest: Manifest,
    sampled: Sampled,
    graded: Graded,
    estimates: Sequence[Estimate],
    seconds: float,
    wanted: EstimatesEntry,
) -> GradeSummary:
    """The summary of a job that was graded in this many seconds. wanted: the ks of further rules' scores."""
    problems = job.problems
    strictest = problems.problems[0].suites[-1].name
    suites = {s.name: _keyed(estimates, s.name) for s in problems.problems[0].suites}
    samples = len(sampled.completions)
    refused = None if estimates or not graded.left_out else _refusal(graded, len(problems.problems))
    return GradeSummary(
        benchmark=problems.name, version=problems.version, problems=len(problems.problems),
        candidates=samples, executed=graded.executed,
        suites={name: SuiteSummary(pass_at_k=block) for name, block in suites.items()},
        outcomes=dict(Counter(g.outcome for g in graded.grades if g.suite == strictest)),
        ungraded=graded.ungraded, seconds=seconds,
        candidates_per_second=samples / seconds if seconds else 0.0, sandbox_level=manifest.sandbox_level,
        missing_problems=sampled.missing, unknown_problems=sampled.unknown,
        grades=str(job.run.grades),
        health=health_of(graded.grades, strictest, {**graded.troubles, **graded.left_out}, sampled.alarms),
        left_out=tuple(LeftOut(problem=p, reason=why) for p, why in graded.left_out.items()),
        comparison=comparison_of(problems, manifest), estimate_refused=refused,
        comparisons=() if refused else _side_by_side(job, graded, sampled, wanted, manifest),
        disagreement=_disagreement(graded.grades),
    )  # fmt: skip


def _keyed(estimates: Sequence[Estimate], suite: str) -> dict[str, PassAtK]:
    """One suite's pass@k, keyed by k."""
    return {
        str(e.k): PassAtK(value=e.value, low=e.interval.low, high=e.interval.high, level=e.interval.level)
        for e in estimates
        if e.suite == suite
    }


def _side_by_side(
    job: Job, graded: Graded, sampled: Sampled, wanted: EstimatesEntry, manifest: Manifest
) -> tuple[RuleScore, ...]:
    """pass@k under each rule, where the same outputs were judged under several; () elsewhere."""
    judged = [g for g in graded.grades if g.under is not None]
    also = dict.fromkeys(rule for g in judged for rule in g.under or ())
    if not also:
        return ()
    suite = judged[0].suite
    found = []
    for rule in (None, *also):
        grades = [
            g if rule is None else msgspec.structs.replace(g, outcome=(g.under or {}).get(rule, g.outcome))
            for g in graded.grades
        ]
        estimates = estimates_of(job, replace(graded, grades=grades), sampled.completions, wanted)
        found.append(
            RuleScore(
                comparison=rule or comparison_of(job.problems, manifest) or "",
                passed=sum(g.outcome == "passed" for g in grades),
                pass_at_k=_keyed(estimates, suite),
            )
        )
    return tuple(found)


def _disagreement(grades: Sequence[Grade]) -> Disagreement | None:
    """The samples on which rules disagree; None where one rule judged."""
    if not any(g.under for g in grades):
        return None
    differing = [g for g in grades if {g.outcome} != {*(g.under or {}).values(), g.outcome}]
    return Disagreement(
        samples=len(differing),
        reasons=dict(Counter(g.differs for g in differing)),
        examples=tuple(f"{g.problem} {g.index}" for g in differing[:10]),
    )


def comparison_of(problems: ProblemSet, manifest: Manifest) -> str | None:
    """The rules by which programs' outputs were compared, separated by commas; None where no problem is of that kind."""
    oracles = [s.oracle for p in problems.problems for s in p.suites]
    own = sorted({o.comparison for o in oracles if isinstance(o, Programs)})
    return (manifest.grading_settings.get("comparison") or ", ".join(own)) if own else None


def _refusal(graded: Graded, problems: int) -> str:
    """Why there is no estimate, in a line."""
    first = "; ".join(f"{problem}: {why}" for problem, why in list(graded.left_out.items())[:2])
    more = f"; and {len(graded.left_out) - 2} more" if len(graded.left_out) > 2 else ""
    count = len(graded.left_out)
    return f"{count} of {problems} problems cannot be graded here, so there is no estimate: {first}{more}"
