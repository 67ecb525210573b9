"""The corrected copy of a document: only what is proved wrong changes, each with a footnote to its evidence.

A wrong number gives way to the one in the evidence; what can't be restated is withdrawn in words. Since an edit
can lay bare another wrong statement ("exceeds" after its "+35pp" went), the copy is judged again until nothing
is wrong or nothing more can be changed. Footnotes and notice stand in marked blocks that the audit skips.

What is only doubted stays, and is listed. So does what stands in code, console output or a quotation, and what the
writer measured himself. A table file, a JSON file and a notebook stay what they are: there only digits change.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from modelassay.audit.remarks import judged_wrong
from modelassay.core.published import Claim, Judgement
from modelassay.core.records import Record

Judge = Callable[[str], Sequence[tuple[Claim, Judgement]]]

WITHDRAWN = "[withdrawn]"
NO_SUCH_MODEL = "[no such model]"
_ROUNDS = 5
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")  # as readers count them: form feeds end no line
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)|<https?://[^>]*>|https?://\S+")
_YAML_KEY = re.compile(r"\s*(?:-\s+)?[\w.-]+:\s+")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n.*?\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


class Correction(Record):
    """One error, wherever it stands: what was written, what replaces it, and why.

    Everything said of one model that was never released is one error. Lines are those of the original.
    """

    mark: str
    was: tuple[str, ...]
    now: str
    claim: Claim
    judgement: Judgement
    lines: tuple[int, ...]


@dataclass
class _Edit:
    start: int
    end: int
    text: str


def may_change(claim: Claim, judgement: Judgement) -> bool:
    """Whether a copy may say something else here: it is proved wrong, and the words are the writer's to change."""
    if not judged_wrong(judgement) or not judgement.proved or claim.verbatim:
        return False
    return claim.measured_by != "writer"


@dataclass
class _Ledger:
    """Corrections made so far, by what was said of whom, so that a repeated error shares one footnote."""

    digits_only: bool = False
    made: dict[tuple[str, str, str, str], Correction] = field(default_factory=dict)

    def record(self, claim: Claim, judgement: Judgement, was: str, now: str) -> str:
        """Note one edit; returns the name of its footnote."""
        model = claim.hub_id or claim.model
        benchmark = claim.protocol.benchmark if claim.protocol is not None else claim.subject
        key = (model, benchmark, was, now) if judgement.verdict != "no-such-model" else (model, "", "", "")
        known = self.made.get(key)
        if known is None:
            mark = f"assay-{_letters(len(self.made))}"
            known = Correction(mark=mark, was=(), now=now, claim=claim, judgement=judgement, lines=())
        self.made[key] = msgspec.structs.replace(
            known,
            was=tuple(dict.fromkeys((*known.was, was))),
            lines=tuple(dict.fromkeys((*known.lines, claim.line))),
        )
        return known.mark


def correct_text(text: str, judge: Judge, *, digits_only: bool = False) -> tuple[str, tuple[Correction, ...]]:
    """The corrected body without notice and footnotes, and what was changed. Unchanged when nothing is wrong.

    digits_only: numbers change in place and nothing is marked or withdrawn, as in a table file. Edits never add or
    remove lines, so line numbers stay those of the original.
    """
    ledger = _Ledger(digits_only)
    for attempt in range(1 if digits_only else _ROUNDS):
        wrong = [(claim, judgement) for claim, judgement in judge(text) if may_change(claim, judgement)]
        if attempt == 0 and any(claim.subject != "provenance" for claim, _ in wrong):
            # A source vouches for the number beside it: correct the number first, then ask again.
            wrong = [(claim, judgement) for claim, judgement in wrong if claim.subject != "provenance"]
        changed = _apply(text, wrong, ledger, attempt)
        if changed == text:
            break
        text = changed
    return text, tuple(ledger.made.values())


def _apply(text: str, wrong: Sequence[tuple[Claim, Judgement]], ledger: _Ledger, attempt: int) -> str:
    lines = _LINES.findall(text)
    front = _front_matter_lines(text)
    by_line: dict[int, list[tuple[Claim, Judgement]]] = {}
    for claim, judgement in wrong:
        by_line.setdefault(claim.line, []).append((claim, judgement))
    for number, items in by_line.items():
        if 1 <= number <= len(lines):
            lines[number - 1] = _edit_line(lines[number - 1], items, ledger, attempt, number <= front)
    return "".join(lines)


def _edit_line(
    line: str, items: Sequence[tuple[Claim, Judgement]], ledger: _Ledger, attempt: int, in_yaml: bool
) -> str:
    edits: list[_Edit] = []
    marks: list[str] = []
    for claim, judgement in items:
        span = _find_span(line, claim, judgement, attempt, edits)
        if span is None:
            continue
        if in_yaml:
            span = _value_only(line, span)
            if span is None:
                continue
        if ledger.digits_only and (claim.subject != "score" or not judgement.replacement):
            continue  # nothing can be withdrawn from a table file without breaking it
        was = line[span[0] : span[1]]
        now = _restated(claim, judgement, attempt) or ("null" if in_yaml else _withdrawal(claim))
        mark = ledger.record(claim, judgement, was, now)
        marks.append(mark)
        edits.append(_Edit(*span, now if in_yaml or ledger.digits_only else f"{now}[^{mark}]"))
    for edit in sorted(edits, key=lambda edit: -edit.start):
        line = line[: edit.start] + edit.text + line[edit.end :]
    if in_yaml and marks and not ledger.digits_only:
        body = line.rstrip("\r\n")
        line = f"{body}  # corrected: {', '.join(dict.fromkeys(marks))}{line[len(body) :]}"
    return line


def _restated(claim: Claim, judgement: Judgement, attempt: int) -> str | None:
    """The right text, on the first attempt and unless the document already disowns the statement."""
    return judgement.replacement if attempt == 0 and not claim.negated else None


def _withdrawal(claim: Claim) -> str:
    return NO_SUCH_MODEL if claim.subject == "existence" else WITHDRAWN


def _find_span(
    line: str, claim: Claim, judgement: Judgement, attempt: int, edits: Sequence[_Edit]
) -> tuple[int, int] | None:
    """Where the wrong words stand and no other edit does: what was written, later the quote, then the line."""
    body = line.rstrip("\r\n")
    if body.lstrip().startswith(">"):
        return None  # a quotation says what it says
    anchor = max(body.find(claim.quote), 0) if claim.quote else 0
    wanted = [claim.written] if claim.written and attempt < 3 else []
    if claim.subject == "lineage" and judgement.replacement and claim.other and attempt == 0:
        wanted.insert(0, claim.other)
    if not wanted or (attempt >= 1 and claim.subject != "score") or attempt >= 2:
        wanted.append(claim.quote)
    if claim.subject == "existence" and claim.hub_id:
        wanted = [claim.quote if len(claim.quote) > 1 else "", claim.hub_id]
    for words in filter(None, wanted):
        for start in (*_places(body, words, anchor), *_places(body, words, 0)):
            span = _whole_link(body, start, start + len(words))
            if _in_code(body, span[0]):
                continue
            if not any(edit.start < span[1] and span[0] < edit.end for edit in edits):
                return span
    return None


def _value_only(line: str, span: tuple[int, int]) -> tuple[int, int] | None:
    """The part of a span behind the key of a YAML line: a key is never touched."""
    key = _YAML_KEY.match(line)
    start = max(span[0], key.end()) if key is not None else span[0]
    return (start, span[1]) if start < span[1] else None


def _in_code(body: str, start: int) -> bool:
    """Whether a place is inside `code`: an odd number of backticks stands before it, and one behind it."""
    return body.count("`", 0, start) % 2 == 1 and "`" in body[start:]


def _places(body: str, words: str, start: int) -> list[int]:
    """Where the words stand on their own: "5.2" is not found in "65.2"."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(words)}(?![\w]|\.\d)")
    return [found.start() for found in pattern.finditer(body, start)]


def _whole_link(body: str, start: int, end: int) -> tuple[int, int]:
    """A span inside a link becomes the link: half a link is none."""
    for found in _LINK.finditer(body):
        if found.start() <= start and end <= found.end():
            return found.span()
    return start, end


def _front_matter_lines(text: str) -> int:
    found = _FRONT_MATTER.match(text)
    return 0 if found is None else text[: found.end()].count("\n")


def split_front_matter(text: str) -> tuple[str, str]:
    """The YAML block at the head of a card, and the rest."""
    found = _FRONT_MATTER.match(text)
    return ("", text) if found is None else (text[: found.end()], text[found.end() :])


def _letters(number: int) -> str:
    """a, b, … z, aa, ab: footnote names without digits, so that none is taken for a score."""
    name = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        name = chr(97 + digit) + name
    return name
