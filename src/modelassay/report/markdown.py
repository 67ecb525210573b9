"""The report as Markdown that GitHub renders: the same sentences and tables as the page, without the charts."""

import re
from collections.abc import Iterable

from modelassay.report.content import NoteAudit, RunReport, StudyReport
from modelassay.report.cost_tables import costs_table
from modelassay.report.evidence_tables import claims_table, decisions_table, facts_table, published_table
from modelassay.report.further_tables import (
    best_of_table,
    decided_table,
    health_table,
    left_out_table,
    rules_table,
    splits_table,
    spreads_table,
)
from modelassay.report.sentences import answer, audit_line, evidence
from modelassay.report.tables import (
    Cell,
    Table,
    estimates_table,
    outcomes_table,
    ranking_table,
    runs_table,
    speed_table,
)
from modelassay.report.wording import (
    counted,
    duration,
    labels,
    note_name,
    one_line,
    sampled,
    test_name,
    visible,
    with_bounds,
)


def render_markdown(report: StudyReport) -> str:
    """The whole report. Text from notes, sources and models is escaped and cannot become markup."""
    parts = [
        f"# {escape(report.name)}",
        *_answer(report),
        *(f"> ⚠️ {escape(one_line(w))}" for w in report.warnings),
        *_stages(report),
        *_section("Ranking", [ranking_table(report, r) for r in report.rankings]),
        *_section(
            "Figures",
            [
                estimates_table(report),
                decided_table(report),
                spreads_table(report),
                best_of_table(report),
                splits_table(report),
                rules_table(report),
                speed_table(report),
                costs_table(report),
                outcomes_table(report),
                health_table(report),
                left_out_table(report),
            ],
        ),
        *_section("Published figures", [published_table(report)]),
        *(part for audit in report.audits for part in _audit(report, audit)),
        *_section("Shortlist", [decisions_table(report)]),
        *_section("Sources", [facts_table(report)]),
        *_problems(report),
        *_section("Runs", [runs_table(report)]),
        *_badges(report),
        _made(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _answer(report: StudyReport) -> list[str]:
    first, *below = answer(report)
    return [f"**{escape(first)}**", *(f"<sub>{escape(line)}</sub>" for line in below)]


def escape(text: str) -> str:
    """Text as Markdown text on one line: what could start markup, a mention, mathematics or a link is escaped.

    Intervals such as `[51.0, 100.0]` and underscores inside words are left readable.
    """
    return _MARKUP.sub(lambda m: m["keep"] or "\\" + m[0], one_line(text).replace("&", "&amp;")).replace(
        "<", "&lt;"
    )


_MARKUP = re.compile(
    r"(?P<keep>\[[−+\d., ]+\](?![(\[:])|(?<=\w)[_@](?=\w))|[\\`*_\[\]|$@]|~~|://|^[#>+=-](?=[ #=-]|$)"
)


def table(it: Table) -> str:
    """A pipe table. Links inside the page are dropped; links to sources stay."""
    align = ("---:" if number else "---" for number in it.numeric)
    lines = [
        _row(escape(c) for c in it.columns),
        _row(align),
        *(_row(_cell(c) for c in row) for row in it.rows),
    ]
    return "\n".join(lines) + (f"\n\n{escape(it.note)}" if it.note else "")


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    place = f", {escape(cell.sub)}" if cell.sub else ""
    if not re.match(r"(https?://|runs/)", cell.href):
        return text + place
    address = re.sub(r"[<>|\s]", "", cell.href)
    return f"[{text}](<{address}>){place}"


def _section(title: str, tables: list[Table]) -> list[str]:
    full = [t for t in tables if t.rows]
    if not full:
        return []
    parts = [f"## {title}"]
    for it in full:
        parts += [f"### {escape(it.title)}"] * (len(full) > 1 or it.title != title) + [table(it)]
    return parts


def _stages(report: StudyReport) -> list[str]:
    if not report.stages:
        return []
    lines = [
        f"- {escape(s.name)}: {s.done:,}"
        + (f" of {s.total:,}" if s.total else "")
        + (f", {duration(s.eta_seconds)} left" if s.eta_seconds is not None else "")
        for s in report.stages
    ]
    return ["Still running:", "\n".join(lines)]


def _audit(report: StudyReport, audit: NoteAudit) -> list[str]:
    unread = "\n".join(f"- line {u.line}: {escape(u.quote)} ({escape(u.reason)})" for u in audit.unread)
    return [
        f"## Audit of {escape(note_name(audit.note))}",
        escape(audit_line(audit)) + f" sha256 `{audit.sha256[:12]}`.",
        table(claims_table(audit, report.facts)) if audit.claims else "No claims were found in it.",
        *(["### Not read", unread] if unread else []),
    ]


def _problems(report: StudyReport) -> list[str]:
    """Passed of graded per problem, folded: one table per benchmark and suite."""
    names, parts = labels(report), []
    for test in dict.fromkeys(
        (r.benchmark, r.benchmark_version, c.suite) for r in report.runs for c in r.counts
    ):
        runs = [r for r in report.runs if (r.benchmark, r.benchmark_version) == test[:2]]
        counts = {
            (r.id, c.problem): f"{c.passed}/{c.graded}" for r in runs for c in r.counts if c.suite == test[2]
        }
        rows = [
            _row([escape(problem), *(counts.get((r.id, problem), "–") for r in runs)])
            for problem in dict.fromkeys(p for _, p in counts)
        ]
        head = [
            _row(["problem", *(escape(names[r.id]) for r in runs)]),
            _row(["---", *("---:" for _ in runs)]),
        ]
        title = escape(f"{test_name(report, test[0], test[2])} {test[1]}: passed of graded, per problem")
        parts += ["\n".join([f"<details><summary>{title}</summary>", "", *head, *rows, "", "</details>"])]
    return ["## Problems", *parts] if parts else []


def _badges(report: StudyReport) -> list[str]:
    lines = [badge(report, run) for run in report.runs if run.estimates]
    return ["## Badge lines", "For a model card:", "\n".join(["```text", *lines, "```"])] if lines else []


def badge(report: StudyReport, run: RunReport) -> str:
    """One line for a model card: what was measured, how, and when."""
    ks = [k for k in report.headline_ks if any(e.k == k for e in run.estimates)]
    figures = ", ".join(
        f"{test_name(report, run.benchmark, e.suite)} pass@{e.k} {with_bounds(e)}"
        for k in ks
        for e in run.estimates
        if e.k == k
    )
    tool = f"modelassay {report.made.version}, {report.made.when[:10]}"
    return one_line(
        f"{labels(report)[run.id]}: {figures} ({run.benchmark_version}; {sampled(run)}; {tool})"
    ).replace("`", "'")


def _made(report: StudyReport) -> str:
    it = report.made
    machine = ", ".join(f"{escape(k)} {escape(v)}" for k, v in it.machine.items())
    packages = ", ".join(f"{escape(k)} {escape(v)}" for k, v in it.packages.items())
    lines = [
        f"- when: {escape(it.when)}, in {duration(it.seconds)}"
        if it.seconds
        else f"- when: {escape(it.when)}",
        f"- by: modelassay {escape(it.version)}" + (f", {packages}" if packages else ""),
        f"- machine: {machine}" if machine else "",
        f"- sandbox: {escape(it.sandbox_level)}",
        f"- command: `{visible(' '.join(it.command)).replace('`', chr(39))}`" if it.command else "",
        f"- evidence: {escape(evidence(report))}" if evidence(report) else "",
        f"- samples: {sum(r.candidates for r in report.runs):,} in {counted(len(report.runs), 'run')}",
    ]
    return "## Methods and provenance\n\n" + "\n".join(line for line in lines if line)
