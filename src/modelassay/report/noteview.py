"""An audited note as the reader sees it: its lines, the claims marked in them, the corrected text beside."""

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from modelassay.core.published import Claim, Fact, Judgement
from modelassay.report.content import NoteAudit
from modelassay.report.evidence_tables import fact_cell, line_anchor
from modelassay.report.sentences import VERDICTS
from modelassay.report.wording import anchor, visible

Pieces = tuple[tuple[str, Literal["same", "new", "foot"]], ...]
# What the corrected note adds of its own, above and below; the page shows it as notice and explanations.
_ADDED = re.compile(r"<!-- assay:begin \w+ -->.*?<!-- assay:end -->\n*", re.DOTALL)
_FOOTNOTE = re.compile(r"(\[\^[\w-]+\])")


@dataclass(frozen=True)
class Tip:
    """What a marked passage says on hover and focus."""

    anchor: str
    verdict: str
    word: str
    explanation: str
    evidence: str
    owner: str
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """Part of a line. `tips` is empty for plain text; the first tip gives the colour."""

    text: str
    tips: tuple[Tip, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line: number (`None` where only the corrected note has it), pieces, what stands there after correction.

    corrected: pieces of (text, same, new or a footnote's mark); empty when the line stays as it is.
    """

    number: int | None
    anchor: str
    heading: bool
    pieces: tuple[Piece, ...]
    corrected: Pieces = ()


def note_lines(audit: NoteAudit, facts: Iterable[Fact]) -> list[Line]:
    """Every line of the note, aligned with the corrected note by `difflib`."""
    before, after = audit.text.splitlines(), _ADDED.sub("", audit.corrected).splitlines()
    marked = _spans_by_line(audit, {f.id: f for f in facts})

    def line(number: int | None, corrected: Pieces = ()) -> Line:
        text = before[number - 1] if number else ""
        place = line_anchor(audit, number) if number else ""
        pieces = tuple(_pieces(text, marked.get(number or 0, [])))
        return Line(number, place, text.startswith("#"), pieces, corrected)

    lines: list[Line] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [line(i + 1) for i in range(a, b)]
            continue
        for old, new in itertools.zip_longest(range(a, b), after[c:d]):
            was = before[old] if old is not None else ""
            lines.append(line(None if old is None else old + 1, _changes(was, new)))
    return lines


def _changes(old: str, new: str | None) -> Pieces:
    """The corrected line in pieces, word by word, those that differ marked."""
    if new is None:
        return (("(line removed)", "new"),)
    a, b = _words(old), _words(new)
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    found: list[tuple[str, Literal["same", "new", "foot"]]] = []
    for kind, _, _, start, end in matcher.get_opcodes():
        for part in _FOOTNOTE.split(visible("".join(b[start:end]))):
            if _FOOTNOTE.fullmatch(part):
                found.append((part[2:-1].removeprefix("assay-"), "foot"))
            elif part:
                found.append((part, "same" if kind == "equal" else "new"))
    return tuple(found) or (("", "same"),)


def notice(text: str) -> list[tuple[str, list[str]]]:
    """The notice without its Markdown: each sentence, with the list that stands below it."""
    groups: list[tuple[str, list[str]]] = []
    for raw in text.splitlines():
        line = visible(raw).removeprefix(">").strip().replace("**", "")
        if line.startswith("- ") and groups:
            groups[-1][1].append(line[2:])
        elif line:
            groups.append((line, []))
    return groups


def _words(text: str) -> list[str]:
    """Words with the space before them, so that joined they are the text."""
    words: list[str] = []
    for part in text.split(" "):
        words.append(f" {part}" if words else part)
    return words


def _pieces(text: str, spans: list[tuple[int, int, Tip]]) -> Iterator[Piece]:
    """The line cut where a claim begins or ends; the shortest claim over a piece comes first."""
    edges = sorted({0, len(text), *(e for a, b, _ in spans for e in (a, b))})
    for start, end in itertools.pairwise(edges):
        over = sorted((b - a, i) for i, (a, b, _) in enumerate(spans) if a <= start and end <= b)
        yield Piece(visible(text[start:end]), tuple(spans[i][2] for _, i in over))


def _spans_by_line(audit: NoteAudit, facts: dict[str, Fact]) -> dict[int, list[tuple[int, int, Tip]]]:
    lines = audit.text.splitlines()
    judged = {j.claim: j for j in audit.judgements}
    said: dict[str, list[str]] = {}
    for finding in audit.findings:
        said.setdefault(finding.claim, []).append(visible(finding.message))
    found: dict[int, list[tuple[int, int, Tip]]] = {}
    for claim in audit.claims:
        if claim.id not in judged or not 1 <= claim.line <= len(lines):
            continue
        tip = _tip(claim, judged[claim.id], facts, tuple(said.get(claim.id, ())))
        found.setdefault(claim.line, []).append((*_span(lines[claim.line - 1], claim, audit.claims), tip))
    return found


def _tip(claim: Claim, it: Judgement, facts: dict[str, Fact], findings: tuple[str, ...]) -> Tip:
    closest = facts.get(it.closest or "")
    return Tip(
        anchor=anchor("claim", claim.id),
        verdict=it.verdict,
        word=VERDICTS[it.verdict],
        explanation=visible(it.explanation),
        evidence=fact_cell(closest).text if closest else "",
        owner=visible(it.owner or ""),
        findings=findings,
    )


def _span(line: str, claim: Claim, claims: tuple[Claim, ...]) -> tuple[int, int]:
    """Where the claim stands in its line: its quote, or only its value when claims share the quote."""
    start = max(0, line.find(claim.quote))
    end = start + len(claim.quote) if claim.quote in line else len(line)
    shared = any(c.line == claim.line and c.quote == claim.quote and c.id != claim.id for c in claims)
    at = line.find(claim.written, start, end) if shared and claim.written else -1
    return (at, at + len(claim.written)) if at >= 0 else (start, end)
