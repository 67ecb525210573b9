"""The tables of what others say: claims, facts, published figures, decisions. Same cells in Markdown and HTML."""

from collections.abc import Iterable

from modelassay.core.published import Fact, Judgement, RuleResult
from modelassay.report.content import NoteAudit, StudyReport
from modelassay.report.sentences import VERDICTS
from modelassay.report.tables import Cell, Table, estimate_cell
from modelassay.report.wording import (
    UNKNOWN,
    anchor,
    labels,
    note_name,
    one_line,
    percent,
    test_name,
    visible,
    web,
)


def published_table(report: StudyReport) -> Table:
    """Published scores against what was measured here."""
    names = labels(report)
    rows = tuple(
        (
            Cell(text=names[run.id], href=f"#{anchor('run', run.id)}"),
            Cell(text=f"{test_name(report, run.benchmark, it.suite)}, pass@{it.k}"),
            Cell(text=percent(it.value), sort=it.value, href=f"#{anchor('published', run.id + it.id)}"),
            estimate_cell(it.measured, run.id) if it.measured else Cell(text=UNKNOWN),
            Cell(text=_agreement(it.comparable, it.agrees), tone=f"agrees-{it.agrees}".lower()),
            Cell(
                text=one_line(it.source), href=web(it.url), hint=one_line(it.quote), sub=one_line(it.locator)
            ),
            Cell(text=one_line(it.difference_in_protocol) or UNKNOWN),
        )
        for run in report.runs
        for it in run.published
    )
    return Table(
        id="published",
        title="Published figures against ours",
        columns=(
            "model",
            "benchmark",
            "published",
            "measured",
            "agree",
            "source",
            "protocol differs in",
        ),
        numeric=(False, False, True, True, False, False, False),
        rows=rows,
        anchors=tuple(anchor("published", run.id + it.id) for run in report.runs for it in run.published),
    )


def _agreement(comparable: bool | None, agrees: bool | None) -> str:
    if agrees is not None:
        return "yes" if agrees else "no"
    return "not comparable" if comparable is False else "unknown"


def line_anchor(audit: NoteAudit, number: int) -> str:
    """The id of a line of an audited note."""
    return anchor("line", f"{audit.sha256[:8]}-{number}")


def claims_table(audit: NoteAudit, facts: Iterable[Fact]) -> Table:
    """Every claim of a note with its verdict, the reason and the closest evidence."""
    by_id = {f.id: f for f in facts}
    judged = {j.claim: j for j in audit.judgements}
    rows, anchors = [], []
    for claim in sorted(audit.claims, key=lambda c: c.line):
        it = judged.get(claim.id)
        fact = by_id.get(it.closest or "") if it else None
        rows.append(
            (
                Cell(text=str(claim.line), sort=claim.line, href=f"#{line_anchor(audit, claim.line)}"),
                Cell(
                    text=one_line(claim.quote),
                    sub=f"read by {one_line(claim.read_by)}" if claim.read_by else "",
                ),
                Cell(text=one_line(claim.hub_id or claim.model) or UNKNOWN),
                Cell(
                    text=VERDICTS[it.verdict] if it else UNKNOWN, tone=f"verdict-{it.verdict}" if it else ""
                ),
                Cell(text=one_line(it.explanation) if it else UNKNOWN),
                fact_cell(fact, tuple(f"#{anchor('fact', e)}" for e in _others(it, by_id))),
            )
        )
        anchors.append(anchor("claim", claim.id))
    return Table(
        id=anchor("claims", audit.note),
        title=f"Claims in {note_name(audit.note)}",
        columns=("line", "value", "model", "verdict", "reason", "closest evidence"),
        numeric=(True, False, False, False, False, False),
        rows=tuple(rows),
        anchors=tuple(anchors),
    )


def _others(it: Judgement | None, facts: dict[str, Fact]) -> list[str]:
    """The facts a verdict rests on beside the closest one."""
    return [e for e in it.evidence if e in facts and e != it.closest] if it else []


def fact_cell(fact: Fact | None, more: tuple[str, ...] = ()) -> Cell:
    """A fact as a link into the list of sources, with its quote as the hint."""
    if fact is None:
        return Cell(text="see" if more else UNKNOWN, more=more)
    cite = fact.citation
    return Cell(
        text=one_line(f"{fact.written} — {cite.title}, {cite.locator}"),
        href=f"#{anchor('fact', fact.id)}",
        hint=visible(cite.quote),
        more=more,
    )


def facts_table(report: StudyReport) -> Table:
    """The evidence cited anywhere in the report: what is written where, word for word."""
    rows = tuple(
        (
            Cell(text=one_line(fact.model) or UNKNOWN),
            Cell(text=one_line(_about(fact))),
            Cell(text=one_line(fact.written), sort=fact.value),
            Cell(text=one_line(fact.citation.title), href=web(fact.citation.url)),
            Cell(text=one_line(fact.citation.locator)),
            Cell(text=one_line(fact.citation.quote)),
        )
        for fact in report.facts
    )
    return Table(
        id="facts",
        title="Sources cited",
        columns=("model", "about", "value", "source", "location", "quote"),
        numeric=(False, False, True, False, False, False),
        rows=rows,
        anchors=tuple(anchor("fact", f.id) for f in report.facts),
    )


def _about(fact: Fact) -> str:
    if fact.protocol is None:
        return fact.subject
    return f"{fact.protocol.benchmark} {fact.metric}".strip()


def decisions_table(report: StudyReport) -> Table:
    """Which models were kept and which were not; the rules that refused a model come first."""
    known = targets(report)
    rows = tuple(
        (
            Cell(text=one_line(it.model)),
            Cell(text="kept" if it.kept else "refused", tone="kept" if it.kept else "refused"),
            Cell(
                text=" · ".join(_rule(r) for r in sorted(it.rules, key=lambda r: _RULE_ORDER[r.held])),
                more=tuple(dict.fromkeys(known[e] for r in it.rules for e in r.evidence if e in known)),
            ),
        )
        for it in report.decisions
    )
    return Table(
        id="decisions",
        title="Shortlist",
        columns=("model", "decision", "rule by rule"),
        numeric=(False, False, False),
        rows=rows,
        note="✗ the rule does not hold, ✓ it holds, ? unknown.",
    )


_RULE_ORDER = {False: 0, None: 1, True: 2}
_RULE_MARKS = {True: "✓", False: "✗", None: "?"}


def _rule(it: RuleResult) -> str:
    return f"{_RULE_MARKS[it.held]} {one_line(it.rule)}: {one_line(it.reason)}"


def targets(report: StudyReport) -> dict[str, str]:
    """Where the page shows a fact, a claim, a published figure or a run: its id → `#anchor`."""
    runs = {r.id: f"#{anchor('run', r.id)}" for r in report.runs}
    published = {p.id: f"#{anchor('published', r.id + p.id)}" for r in report.runs for p in r.published}
    claims = {c.id: f"#{anchor('claim', c.id)}" for a in report.audits for c in a.claims}
    facts = {f.id: f"#{anchor('fact', f.id)}" for f in report.facts}
    return runs | published | claims | facts
