"""The scores of the same outputs under several rules of comparison, side by side."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from modelassay.core.measured import Completion, Estimate, Grade, Manifest
from modelassay.core.problems import ProblemSet, Programs
from modelassay.core.rule_scores import Disagreement, PassAtK, RuleScore
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import EstimatesEntry
from modelassay.pipeline.run.grades import Graded
from modelassay.pipeline.run.job import estimates_of


def keyed(estimates: Sequence[Estimate], suite: str) -> dict[str, PassAtK]:
    """One suite's pass@k, keyed by k."""
    return {
        str(e.k): PassAtK(value=e.value, low=e.interval.low, high=e.interval.high, level=e.interval.level)
        for e in estimates
        if e.suite == suite
    }


def side_by_side(
    job: Job,
    graded: Graded,
    completions: Sequence[Completion],
    wanted: EstimatesEntry,
    manifest: Manifest,
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
        estimates = estimates_of(job, replace(graded, grades=grades), completions, wanted)
        found.append(
            RuleScore(
                comparison=rule or comparison_of(job.problems, manifest) or "",
                passed=sum(g.outcome == "passed" for g in grades),
                pass_at_k=keyed(estimates, suite),
            )
        )
    return tuple(found)


def disagreement(grades: Sequence[Grade]) -> Disagreement | None:
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
