"""A finished study → the StudyReport that the pages show. Gathers and orders; every number was made before."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modelassay.core.best_of_n import BestOfCurve
from modelassay.core.by_date import DateSplit
from modelassay.core.measured import Comparison, Completion, Estimate, Grade, LeftOut, Outcome, Spread
from modelassay.core.published import Decision
from modelassay.estimates.estimate import counts
from modelassay.estimates.together import leader_of
from modelassay.evidence.base import Evidence
from modelassay.pipeline.plan.baselines import baseline_of, labels
from modelassay.pipeline.plan.study_file import Study
from modelassay.pipeline.results.published import published_beside
from modelassay.pipeline.results.rule_scores import disagreement, side_by_side
from modelassay.pipeline.results.solved_costs import costs_of
from modelassay.pipeline.results.warnings import health_of_run, warnings_of
from modelassay.pipeline.run.environment import machine, now, packages
from modelassay.pipeline.run.job import RunResult
from modelassay.report.content import (
    Made,
    NoteAudit,
    ProblemCount,
    ProblemTitle,
    Ranked,
    Ranking,
    Reason,
    RunReport,
    Standing,
    StudyReport,
)

if TYPE_CHECKING:  # a report of graded runs needs nothing of what reads documents
    from modelassay.audit.auditor import Audit


@dataclass(frozen=True)
class Parts:
    """All that a study produced."""

    study: Study
    audits: Sequence["Audit"]
    decisions: Sequence[Decision]
    results: Sequence[RunResult]
    comparisons: Sequence[Comparison]
    spreads: Sequence[Spread]
    evidence: Evidence
    command: tuple[str, ...]
    seconds: float | None
    best_of_n: Mapping[str, BestOfCurve] = field(default_factory=dict)
    splits: Sequence[DateSplit] = ()
    notes: Sequence[str] = ()


def assemble(parts: Parts) -> StudyReport:
    """The report's content. `rankings[0]` is the first benchmark's strictest suite at its largest k."""
    runs = tuple(_run(result, parts) for result in parts.results)
    cited = _cited(parts, runs)
    found = packages()
    return StudyReport(
        name=parts.study.title,
        made=Made(
            when=now(), version=found.get("modelassay", "unknown"), command=parts.command, machine=machine(),
            packages=found, sandbox_level=_level(parts.results), seconds=parts.seconds,
        ),
        runs=runs,
        headline_ks=parts.study.estimates.k,
        rankings=tuple(_rankings(parts)),
        comparisons=tuple(parts.comparisons),
        spreads=tuple(parts.spreads),
        splits=tuple(parts.splits),
        audits=tuple(_audit(a) for a in parts.audits),
        decisions=tuple(parts.decisions),
        facts=tuple(parts.evidence.facts[i] for i in sorted(cited) if i in parts.evidence.facts),
        problems=tuple(_titles(parts.results)),
        warnings=tuple(
            warnings_of(
                parts.results, [run.health for run in runs], parts.notes, sequential=bool(parts.study.sequential)
            )
        ),
    )  # fmt: skip


def _run(result: RunResult, parts: Parts) -> RunReport:
    plan, model, evidence = result.job.plan, result.job.model, parts.evidence
    facts = evidence.model(model.hub_id) if model.hub_id else None
    completions = result.sampled.completions
    return RunReport(
        id=result.id, folder=f"runs/{result.id}", model=model.name,
        benchmark=plan.benchmark, benchmark_version=plan.benchmark_version, protocol=plan.protocol,
        decoding=plan.decoding, seed=plan.seed,
        samples_per_problem=plan.samples_per_problem or _smallest(Counter(c.problem for c in completions)),
        problems=len(plan.problems), candidates=len(completions), estimates=tuple(result.estimates),
        backend=plan.backend, demo_model=model.demo, hub_id=model.hub_id,
        kind=facts.kind if facts else None, params=facts.params if facts else None,
        licence=facts.licence if facts else None,
        benchmark_sha256=plan.benchmark_sha256, model_sha256=plan.model_sha256, revision=plan.revision,
        counts=tuple(_counts(result.graded.grades)), outcomes=_outcomes(result.graded.grades),
        ungraded=result.graded.ungraded, truncated=_truncated(completions), speed=result.speed,
        published=tuple(published_beside(result, evidence)), decided=result.decided,
        best_of_n=parts.best_of_n.get(result.id), health=health_of_run(result),
        left_out=tuple(LeftOut(problem=p, reason=why) for p, why in result.graded.left_out.items()),
        rules=side_by_side(result.job, result.graded, completions, parts.study.estimates, result.manifest),
        disagreement=disagreement(result.graded.grades),
        costs=costs_of(result, parts.study.estimates),
    )  # fmt: skip


def _truncated(completions: Sequence[Completion]) -> int | None:
    """How many answers were cut at max_tokens; `None` for recordings that do not say how answers ended."""
    if all(c.finish_reason is None for c in completions):
        return None
    return sum(c.finish_reason == "length" for c in completions)


def _smallest(counts: Counter[str]) -> int:
    return min(counts.values(), default=0)


def _counts(grades: Iterable[Grade]) -> list[ProblemCount]:
    graded: Counter[tuple[str, str]] = Counter()
    passed: Counter[tuple[str, str]] = Counter()
    for grade in grades:
        graded[grade.problem, grade.suite] += 1
        passed[grade.problem, grade.suite] += grade.outcome == "passed"
    return [
        ProblemCount(problem=problem, suite=suite, graded=count, passed=passed[problem, suite])
        for (problem, suite), count in graded.items()
    ]


def _outcomes(grades: Iterable[Grade]) -> dict[str, dict[Outcome, int]]:
    found: dict[str, dict[Outcome, int]] = {}
    for grade in grades:
        block = found.setdefault(grade.suite, {})
        block[grade.outcome] = block.get(grade.outcome, 0) + 1
    return found


# --- rankings -------------------------------------------------------------------------------------------
def _rankings(parts: Parts) -> Iterable[Ranking]:
    """One per benchmark and suite, strictest suite first, at the largest k that every model has."""
    groups: dict[tuple[str, str], list[RunResult]] = {}
    for result in parts.results:
        plan = result.job.plan
        groups.setdefault((plan.benchmark, plan.benchmark_version), []).append(result)
    sequential = {(c.benchmark, c.suite, c.k) for c in parts.comparisons} if parts.study.sequential else None
    for (benchmark, version), results in groups.items():
        suites = [s.name for s in results[0].job.problems.problems[0].suites]
        for suite in reversed(suites):
            shared = set.intersection(*({e.k for e in r.estimates if e.suite == suite} for r in results))
            if sequential is not None:  # what was not compared in rounds was stopped by another question
                shared = {k for k in shared if (benchmark, suite, k) in sequential}
            if shared:
                yield _ranking(parts, results, (benchmark, version, suite, max(shared)))


def _ranking(parts: Parts, results: list[RunResult], about: tuple[str, str, str, int]) -> Ranking:
    benchmark, version, suite, k = about
    first = next((r for r in results if r.job.model.name == parts.study.baseline), None)
    rows = [_ranked(parts, result, suite, k) for result in results]
    rows.sort(key=lambda row: -row.estimate.value)
    leader = None
    if parts.study.sequential is None:
        tallies = [counts(r.graded.grades, suite) for r in results]
        leader = leader_of(tallies, k, parts.study.estimates.level)
    return Ranking(
        leader=leader if leader and results[leader.place].id == rows[0].run else None, benchmark=benchmark, benchmark_version=version, suite=suite, k=k, rows=tuple(rows),
        baseline=first.id if first else None,
    )  # fmt: skip


def _ranked(parts: Parts, result: RunResult, suite: str, k: int) -> Ranked:
    jobs = [r.job for r in parts.results]
    held = baseline_of(result.job, parts.study.baseline, jobs)
    base = next((r for r in parts.results if r.job is held), None)
    about = labels(jobs)[result.id], result.job.plan.benchmark, suite, k
    comparison = next(
        (c for c in parts.comparisons if (c.candidate, c.benchmark, c.suite, c.k) == about), None
    )
    standing: Standing = "no baseline"
    if comparison is not None:
        standing = comparison.verdict or "not tested"
    elif result.job.model.name == parts.study.baseline:
        standing = "baseline"
    ratio = None
    if base is not None and base.speed and result.speed:
        ratio = result.speed.candidates_per_second / base.speed.candidates_per_second
    return Ranked(
        run=result.id, estimate=_pick(result.estimates, suite, k), standing=standing, comparison=comparison,
        baseline=base.id if base else None, speed_ratio=ratio, reasons=tuple(_reasons(parts, result)),
    )  # fmt: skip


def _pick(estimates: Sequence[Estimate], suite: str, k: int) -> Estimate:
    return next(e for e in estimates if (e.suite, e.k) == (suite, k))


def _reasons(parts: Parts, result: RunResult) -> Iterable[Reason]:
    model = result.job.model
    for decision in parts.decisions:
        if decision.model != model.hub_id:
            continue
        broken = [rule for rule in decision.rules if rule.held is False]
        for rule in broken:
            yield Reason(text=f"outside your needs: {rule.reason}", rests_on=rule.evidence)
        if not broken and decision.kept:
            yield Reason(text="within your needs, rule by rule")


# --- audits, facts, problems, warnings ------------------------------------------------------------------
def _audit(audit: "Audit") -> NoteAudit:
    return NoteAudit(
        note=audit.note, sha256=audit.sha256, text=audit.text, corrected=audit.corrected, notice=audit.notice,
        claims=tuple(audit.claims), judgements=tuple(audit.judgements), findings=tuple(audit.findings),
        unread=tuple(audit.unread),
    )  # fmt: skip


def _cited(parts: Parts, runs: Iterable[RunReport]) -> set[str]:
    """Ids of every fact that something in the report rests on."""
    ids: set[str] = set()
    for audit in parts.audits:
        for judgement in audit.judgements:
            ids.update(judgement.evidence)
            ids.update(filter(None, [judgement.closest]))
        for finding in audit.findings:
            ids.update(finding.rests_on)
    for decision in parts.decisions:
        for rule in decision.rules:
            ids.update(rule.evidence)
    for run in runs:
        ids.update(p.id for p in run.published)
    return ids


def _titles(results: Iterable[RunResult]) -> Iterable[ProblemTitle]:
    seen: set[tuple[str, str]] = set()
    for result in results:
        for problem in result.job.problems.problems:
            if (result.job.plan.benchmark, problem.id) not in seen:
                seen.add((result.job.plan.benchmark, problem.id))
                yield ProblemTitle(
                    id=problem.id, benchmark=result.job.plan.benchmark, entry_point=problem.entry_point,
                    difficulty=problem.difficulty,
                )  # fmt: skip


def _level(results: Sequence[RunResult]) -> str:
    levels = {r.manifest.sandbox_level for r in results}
    return ", ".join(sorted(levels)) or "nothing was run"
