"""The sentences that every rendering of a study shares: the answer in two lines, and the reasons of each row."""

from collections import Counter

from modelassay.core.measured import Estimate
from modelassay.core.published import Verdict
from modelassay.report.content import NoteAudit, Ranked, Ranking, Reason, RunReport, StudyReport
from modelassay.report.wording import (
    HIGHER,
    HIGHEST,
    bounds,
    compared,
    counted,
    difference,
    if_ungraded,
    labels,
    note_name,
    one_line,
    percent,
    probability,
    quantity,
    ratio,
    solved,
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
    """The answer in one line: who solves how many problems with how many samples, or what is in the way of that."""
    return answer(report)[0]


def answer(report: StudyReport) -> list[str]:
    """The headline, the line below it where there is something to compare with, and `further`; whole sentences."""
    if report.rankings and report.rankings[0].rows:
        return _answer(report, report.rankings[0])
    decided = [_decided(report, run) for run in report.runs if run.decided]
    if decided:
        return ["; ".join(decided) + "."]
    if report.audits:
        return ["; ".join(audit_line(a).removesuffix(".") for a in report.audits) + "."]
    if report.stages:
        there = any(run.candidates for run in report.runs)
        return ["Nothing has been graded yet." if there else f"Not sampled yet: {one_line(report.name)}"]
    return ["This study measured nothing."]


def _answer(report: StudyReport, ranking: Ranking) -> list[str]:
    top, names, runs = ranking.rows[0], labels(report), runs_by_id(report)
    test = test_name(report, ranking.benchmark, ranking.suite)
    so_far = "So far, " if report.stages else ""
    what = (
        f"{so_far}{names[top.run]} solves {solved(top.estimate)} of {test} with {counted(ranking.k, 'sample')} "
        f"each: {percent(top.estimate.value)}, {level(top)} {bounds(top.estimate.interval)}."
    )
    below = "; ".join([*_against(top, ranking, names), *_throughput(top, runs[top.run])])
    return [what, *([f"{below[0].upper()}{below[1:]}."] if below else []), *further(ranking)]


def further(ranking: Ranking) -> list[str]:
    """What else a reader of the first row's score must know, a sentence each."""
    bounded = if_ungraded(ranking.rows[0].estimate)
    said = [f"{bounded}."] if bounded else []
    if it := ranking.leader:
        said.append(
            f"As the highest of {it.models}: {percent(it.value)} {bounds(it.interval)}; "
            f"{HIGHEST} {probability(it.probability_first)}."
        )
    return said


def _decided(report: StudyReport, run: RunReport) -> str:
    """What is known of a run that stopped problem by problem."""
    verdicts, k = Counter(d.solved for d in run.decided), run.decided[0].k
    return (
        f"{labels(report)[run.id]} solves {verdicts[True]} of {counted(len(run.decided), 'problem')} of "
        f"{run.benchmark} with {counted(k, 'sample')} more often than not, {verdicts[False]} not; "
        f"{verdicts[None]} undecided"
    )


def _against(top: Ranked, ranking: Ranking, names: dict[str, str]) -> list[str]:
    """The first row's difference from the baseline, with its verdict; in words where there is no difference."""
    base = names.get(top.baseline or ranking.baseline or "")
    if top.standing == "baseline":
        return ["no other model did better than this baseline"] if len(ranking.rows) > 1 else []
    if top.standing == "no baseline":
        return ["no baseline to compare with"] if len(ranking.rows) > 1 else []
    if top.comparison is None:
        return []
    it = top.comparison
    chance = f", {HIGHER} {probability(it.probability_better)}" if top.standing == "better" else ""
    return [
        f"{difference(it.difference, it.interval)} pp against the baseline {base}"
        + ("" if top.standing == "not tested" else f": {compared(top.standing)}{chance}")
    ]


def _throughput(top: Ranked, run: RunReport) -> list[str]:
    if run.speed is None:
        return []
    rate = f"{quantity(run.speed.candidates_per_second)} samples/s"
    return [rate if top.speed_ratio is None else f"{rate}, {faster(top.speed_ratio)}"]


def faster(value: float) -> str:
    """`1.6× as fast`, `at the same speed`."""
    return "at the same speed" if 0.98 <= value <= 1.02 else f"{ratio(value)} as fast"


def level(row: Ranked) -> str:
    """`95% interval`."""
    return f"{100 * row.estimate.interval.level:.0f}% interval"


def evidence(report: StudyReport) -> str:
    """What the answer rests on: `measured here and 2 published sources, a demo model`; "" without an answer."""
    if not (report.rankings and report.rankings[0].rows):
        return ""
    run = runs_by_id(report)[report.rankings[0].rows[0].run]
    sources = {p.source for p in run.published}
    measured = "precomputed samples, graded here" if run.backend == "replay" else "measured here"
    demo = ", a demo model" if run.demo_model else ""
    return measured + (f" and {counted(len(sources), 'published source')}" if sources else "") + demo


def audit_line(audit: NoteAudit) -> str:
    """`note.md: 17 of 42 claims confirmed; 12 contradicted, 5 misattributed; 2 passages not read.`"""
    counts = Counter(j.verdict for j in audit.judgements)
    rest = ", ".join(f"{counts[v]} {w}" for v, w in VERDICTS.items() if counts[v] and v != "confirmed")
    unread = f"; {counted(len(audit.unread), 'passage')} not read" if audit.unread else ""
    total = counted(len(audit.judgements), "claim")
    return f"{note_name(audit.note)}: {counts['confirmed']} of {total} confirmed{f'; {rest}' if rest else ''}{unread}."


def reasons(report: StudyReport, ranking: Ranking, row: Ranked) -> tuple[Reason, ...]:
    """Why a row has its verdict: comparison, throughput, published figures, then the study's own reasons."""
    run = runs_by_id(report)[row.run]
    return (
        *_compared(row),
        *_speed(row, run),
        *_agreeing(ranking, run),
        *row.reasons,
        *_doubts(run, row.estimate),
    )


def _compared(row: Ranked) -> list[Reason]:
    if row.comparison is None:
        return []
    it = row.comparison
    text = (
        f"{difference(it.difference, it.interval)} pp against the baseline on "
        f"{counted(it.problems, 'problem')}; {HIGHER} {probability(it.probability_better)}"
    )
    if it.probability_first is not None:
        text += f", {HIGHEST} {probability(it.probability_first)}"
    advice = f" ({one_line(it.advice)})" if it.advice else ""
    return [Reason(text=text + advice, rests_on=(row.run,))]


def _speed(row: Ranked, run: RunReport) -> list[Reason]:
    if row.speed_ratio is not None and row.standing != "baseline":
        return [Reason(text=f"{faster(row.speed_ratio)} as the baseline")]
    return [Reason(text="throughput not measured: precomputed samples")] if run.speed is None else []


def _agreeing(ranking: Ranking, run: RunReport) -> list[Reason]:
    mine = [p for p in run.published if p.suite == ranking.suite and p.agrees is not None]
    agree = [p for p in mine if p.agrees]
    if not mine:
        return []
    text = f"{len(agree)} of {counted(len(mine), 'comparable published figure')} within the measured interval"
    return [Reason(text=text, rests_on=tuple(p.id for p in mine))]


def _doubts(run: RunReport, estimate: Estimate | None = None) -> list[Reason]:
    if not run.ungraded:
        return []
    bounded = "" if estimate is None else if_ungraded(estimate)
    said = f"{counted(run.ungraded, 'sample')} could not be graded and {'is' if run.ungraded == 1 else 'are'} not counted"
    return [Reason(text=f"{said}: {bounded}" if bounded else said)]


def runs_by_id(report: StudyReport) -> dict[str, RunReport]:
    """Run id → run."""
    return {r.id: r for r in report.runs}
