"""The summary that ends a study on the terminal: at most ten lines, each at most 80 columns."""

import textwrap
import unicodedata

from modelassay.report.content import Ranking, StudyReport
from modelassay.report.sentences import answer, audit_line, further
from modelassay.report.wording import compared, labels, one_line, quantity, test_name, with_bounds

LINES, COLUMNS = 10, 80


def summary_lines(report: StudyReport) -> list[str]:
    """The answer, the head of the ranking, the audits, the warnings. Plain text, readable without colour."""
    beside = further(report.rankings[0]) if report.rankings and report.rankings[0].rows else []
    answered = answer(report)
    top = [
        line
        for s in answered[: len(answered) - len(beside)]
        for line in textwrap.wrap(s, COLUMNS, break_on_hyphens=False)
    ]
    top = top if len(top) <= 4 else [*top[:3], fit(top[3] + " …", COLUMNS)]
    top += [fit(sentence, COLUMNS) for sentence in beside]
    said = [audit_line(a) for a in report.audits[:2]] if report.rankings else []
    warned = [fit(f"! {one_line(w)}", COLUMNS) for w in report.warnings]
    if len(warned) > 2:
        warned = [warned[0], f"! and {len(warned) - 1} more warnings in the report"]
    room = LINES - len(top) - len(said) - len(warned)
    ranking = _ranking(report, report.rankings[0], room) if report.rankings else []
    audits = _whole(said, LINES - len(top) - len(ranking) - len(warned))
    return [*top, *ranking, *audits, *warned][:LINES]


def _whole(sentences: list[str], room: int) -> list[str]:
    """The sentences as they are where so many lines are left, else one line of each."""
    whole = [
        line for sentence in sentences for line in textwrap.wrap(sentence, COLUMNS, break_on_hyphens=False)
    ]
    return whole if len(whole) <= room else [fit(sentence, COLUMNS) for sentence in sentences]


def _ranking(report: StudyReport, ranking: Ranking, room: int) -> list[str]:
    if room < 2:
        return []
    names, runs = labels(report), {r.id: r for r in report.runs}
    head = f"pass@{ranking.k} on {test_name(report, ranking.benchmark, ranking.suite)}"
    lines = [f"{fit(head, 32):<32} {'with interval':<20} {'samples/s':>9}  verdict"]
    shown = ranking.rows if len(ranking.rows) <= room - 1 else ranking.rows[: room - 2]
    for place, row in enumerate(shown, 1):
        speed = runs[row.run].speed
        name = pad(f"{place} {names[row.run]}", 32)
        rate = quantity(speed.candidates_per_second if speed else None)
        lines.append(f"{name} {with_bounds(row.estimate):<20} {rate:>9}  {compared(row.standing)}")
    if len(shown) < len(ranking.rows):
        lines.append(f"… and {len(ranking.rows) - len(shown)} more in the report")
    return lines


def width(text: str) -> int:
    """Columns a text takes: wide East Asian characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def fit(text: str, columns: int) -> str:
    """The text, cut with `…` where it is too wide."""
    if width(text) <= columns:
        return text
    while width(text) > columns - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def pad(text: str, columns: int) -> str:
    """The text in exactly that many columns."""
    text = fit(text, columns)
    return text + " " * (columns - width(text))
