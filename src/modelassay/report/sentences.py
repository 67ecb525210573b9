"""The sentences that every rendering of a study shares: the answer, and why each model stands where it does."""

from collections import Counter

from modelassay.core.published import Verdict
from modelassay.report.content import NoteAudit, Ranked, Ranking, Reason, RunReport, StudyReport
from modelassay.report.wording import (
    bounds,
    counted,
    difference,
    labels,
    note_name,
    one_line,
    percent,
    probability,
    ratio,
    test_name,
)

VERDICTS: dict[Verdict, str] = {
    "confirmed": "confirmed",
    "contradicted": "contradicted",
    "misattributed": "misattributed",
    "different-protocol": "different protocol",
    "no-such-model": "no such model",
    "unverified": "unverified",
}


def headline(report: StudyReport) -> str:
    """The answer in one sentence, or what stands in the way of one."""
    return "; ".join(answer(report)) + "."


def answer(report: StudyReport) -> list[str]:
    """The headline's parts, the most important first, without their full stop."""
    if report.rankings and report.rankings[0].rows:
        return _answer(report, report.rankings[0])
    decided = [_decided(report, run) for run in report.runs if run.decided]
    if decided:
        return decided
    if report.audits:
        return [audit_line(a).removesuffix(".") for a in report.audits]
    return ["Nothing has been graded yet" if report.stages else "This study measured nothing"]


def _answer(report: StudyReport, ranking: Ranking) -> list[str]:
    top, names, runs = ranking.rows[0], labels(report), runs_by_id(report)
    run = runs[top.run]
    test = test_name(report, ranking.benchmark, ranking.suite)
    so_far = "So far, " if report.stages else ""
    what = (
        f"{so_far}{names[top.run]} solves {percent(top.estimate.value)} of {test} "
        f"with {counted(ranking.k, 'candidate')} per problem ({level(top)} {bounds(top.estimate.interval)})"
    )
    return [what, *_against(top, ranking, names), f"evidence: {_evidence(run)}"]


def _decided(report: StudyReport, run: RunReport) -> str:
    """What is known of a run that stopped problem by problem."""
    verdicts, k = Counter(d.solved for d in run.decided), run.decided[0].k
    return (
        f"{labels(report)[run.id]} solves {verdicts[True]} of {counted(len(run.decided), 'problem')} of "
        f"{run.benchmark} with {counted(k, 'candidate')} more often than not, {verdicts[False]} not; "
        f"{verdicts[None]} open"
    )


def _against(top: Ranked, ranking: Ranking, names: dict[str, str]) -> list[str]:
    """How the first row stands to the baseline, in words a person can act on."""
    base = names.get(top.baseline or ranking.baseline or "")
    speed = f", {faster(top.speed_ratio)}" if top.speed_ratio is not None else ""
    match top.standing:
        case "baseline":
            return ["no other model did better than this baseline"] if len(ranking.rows) > 1 else []
        case "better" if top.comparison:
            chance = probability(top.comparison.probability_better)
            return [f"better than the baseline {base} with probability {chance}{speed}"]
        case "no baseline":
            return ["no baseline to compare with"] if len(ranking.rows) > 1 else []
        case "tie" if top.comparison:
            gap = difference(top.comparison.difference, top.comparison.interval)
            return [f"on a par with the baseline {base} ({gap} points){speed}"]
        case _ if top.comparison:
            gap = difference(top.comparison.difference, top.comparison.interval)
            return [f"its lead over the baseline {base} is not settled ({gap} points){speed}"]
    return []


def faster(value: float) -> str:
    """`1.6× as fast`, `at the same speed`."""
    return "at the same speed" if 0.98 <= value <= 1.02 else f"{ratio(value)} as fast"


def level(row: Ranked) -> str:
    """`95% interval`."""
    return f"{100 * row.estimate.interval.level:.0f}% interval"


def _evidence(run: RunReport) -> str:
    sources = {p.source for p in run.published}
    measured = "replayed and graded here" if run.backend == "replay" else "measured here"
    demo = ", a demo model" if run.demo_model else ""
    return measured + (f" and {counted(len(sources), 'published source')}" if sources else "") + demo


def audit_line(audit: NoteAudit) -> str:
    """`note.md: 17 of 42 claims confirmed; 12 contradicted, 5 misattributed; 2 passages not understood.`"""
    counts = Counter(j.verdict for j in audit.judgements)
    rest = ", ".join(f"{counts[v]} {w}" for v, w in VERDICTS.items() if counts[v] and v != "confirmed")
    unread = f"; {counted(len(audit.unread), 'passage')} not understood" if audit.unread else ""
    total = counted(len(audit.judgements), "claim")
    return f"{note_name(audit.note)}: {counts['confirmed']} of {total} confirmed{f'; {rest}' if rest else ''}{unread}."


def reasons(report: StudyReport, ranking: Ranking, row: Ranked) -> tuple[Reason, ...]:
    """Why a model stands where it stands: comparison, speed, published figures, then the study's own reasons."""
    run = runs_by_id(report)[row.run]
    return (*_compared(row), *_speed(row, run), *_held(ranking, run), *row.reasons, *_doubts(run))


def _compared(row: Ranked) -> list[Reason]:
    if row.comparison is None:
        return []
    it = row.comparison
    text = (
        f"{difference(it.difference, it.interval)} points against the baseline on "
        f"{counted(it.problems, 'problem')}; better with probability {probability(it.probability_better)}"
    )
    if it.probability_first is not None:
        text += f", best of all with probability {probability(it.probability_first)}"
    advice = f" ({one_line(it.advice)})" if it.advice else ""
    return [Reason(text=text + advice, rests_on=(row.run,))]


def _speed(row: Ranked, run: RunReport) -> list[Reason]:
    if row.speed_ratio is not None and row.standing != "baseline":
        return [Reason(text=f"{faster(row.speed_ratio)} as the baseline")]
    return [Reason(text="speed not measured: the samples are a recording")] if run.speed is None else []


def _held(ranking: Ranking, run: RunReport) -> list[Reason]:
    mine = [p for p in run.published if p.suite == ranking.suite and p.agrees is not None]
    agree = [p for p in mine if p.agrees]
    if not mine:
        return []
    text = f"{len(agree)} of {counted(len(mine), 'comparable published figure')} within the measured interval"
    return [Reason(text=text, rests_on=tuple(p.id for p in mine))]


def _doubts(run: RunReport) -> list[Reason]:
    if not run.ungraded:
        return []
    return [Reason(text=f"{counted(run.ungraded, 'candidate')} could not be graded and are not counted")]


def runs_by_id(report: StudyReport) -> dict[str, RunReport]:
    """Run id → run."""
    return {r.id: r for r in report.runs}
