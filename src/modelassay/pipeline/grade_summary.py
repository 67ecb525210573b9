"""What `assay grade` says of a grading: outcomes, pass@k with intervals, how healthy it was."""

from collections import Counter
from collections.abc import Sequence

from modelassay.core.health import Health
from modelassay.core.measured import Estimate, LeftOut, Manifest
from modelassay.core.problems import Erratum, JudgedOtherwise
from modelassay.core.records import Record
from modelassay.core.rule_scores import Disagreement, PassAtK, RuleScore
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import EstimatesEntry
from modelassay.pipeline.results.health import health_of
from modelassay.pipeline.results.rule_scores import comparison_of, disagreement, keyed, side_by_side
from modelassay.pipeline.run.grades import Graded
from modelassay.pipeline.run.precomputed import Sampled
from modelassay.sources.problems.errata import errata
from modelassay.sources.problems.judged_otherwise import judged_otherwise


class SuiteSummary(Record):
    """pass@k of one suite, keyed by k."""

    pass_at_k: dict[str, PassAtK]


class GradeSummary(Record):
    """What `assay grade --json` prints; docs/architecture.md's contract fixes the first ten fields.

    outcomes: of the strictest suite, one per sample. executed: programs run; equal ones run once.
    missing_problems have no sample and take no part in pass@k; unknown_problems are not in the set. left_out: problems
    that cannot be graded. comparison: the rule by which printed output is compared. comparisons: the scores side by side
    where several were asked for, that one first. estimate_refused: why there is no pass@k. judged_otherwise: what another
    release of the set's harness would say, where its name is the set's. errata: the problems that its makers list among their errors.
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
    judged_otherwise: JudgedOtherwise | None = None
    errata: tuple[Erratum, ...] = ()


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
    suites = {s.name: keyed(estimates, s.name) for s in problems.problems[0].suites}
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
        comparisons=() if refused else side_by_side(job, graded, sampled.completions, wanted, manifest),
        disagreement=disagreement(graded.grades),
        judged_otherwise=None if job.chosen.own else judged_otherwise(problems.name, problems.version),
        errata=errata(problems.name, (p.id for p in problems.problems)),
    )  # fmt: skip


def _refusal(graded: Graded, problems: int) -> str:
    """Why there is no estimate, in a line."""
    first = "; ".join(f"{problem}: {why}" for problem, why in list(graded.left_out.items())[:2])
    more = f"; and {len(graded.left_out) - 2} more" if len(graded.left_out) > 2 else ""
    count = len(graded.left_out)
    return f"{count} of {problems} problems cannot be graded here, so there is no estimate: {first}{more}"
