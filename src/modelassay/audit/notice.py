"""The correction notice and the footnotes of a corrected copy, in blocks that a later audit can skip.

A block is skipped only when it is exactly what was written: its marker carries a hash, so that nobody hides
claims between the markers by hand.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

from modelassay.audit.corrections import Correction, split_front_matter
from modelassay.core.published import Fact
from modelassay.core.records import Record

_BLOCK = re.compile(r"<!-- assay:begin ([0-9a-f]{16}) -->\n(.*?)<!-- assay:end -->", re.DOTALL)


class Doubt(Record):
    """What looks wrong and was left as it stands: on which line, and why it is doubted."""

    line: int
    explanation: str


def add_notice(
    body: str, corrections: Sequence[Correction], facts: Mapping[str, Fact], doubts: Sequence[Doubt] = ()
) -> str:
    """The corrected body with the notice at its head (after a card's metadata) and the footnotes at its end."""
    if not corrections and not doubts:
        return body
    front, rest = split_front_matter(body)
    notice = _block(write_notice(corrections, doubts))
    if not corrections:
        return f"{front}{notice}\n{rest}"
    footnotes = _block("".join(_footnote(item, facts) for item in corrections))
    tail = "" if rest.endswith("\n") else "\n"
    return f"{front}{notice}\n{rest}{tail}\n{footnotes}"


def blank_blocks(text: str) -> str:
    """The text with genuine blocks emptied, line for line, so that line numbers stay."""

    def blank(found: re.Match[str]) -> str:
        if _hash(found[2]) != found[1]:
            return found[0]
        return "\n" * found[0].count("\n")

    return _BLOCK.sub(blank, text.replace("\r\n", "\n")) if "assay:begin" in text else text


def _block(content: str) -> str:
    return f"<!-- assay:begin {_hash(content)} -->\n{content}<!-- assay:end -->\n"


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", errors="replace")).hexdigest()[:16]


def write_notice(corrections: Sequence[Correction], doubts: Sequence[Doubt] = ()) -> str:
    """What was wrong, what it came from, which conclusions fall, what is only doubted, as a Markdown quote."""
    wrong = [item for item in corrections if item.claim.subject not in ("comparison", "provenance")]
    flipped = [item for item in corrections if item.claim.subject in ("comparison", "provenance")]
    done = "changed this document" if corrections else "found nothing in this document that it may change"
    lines = [f"> **Correction notice.** An audit against published evidence {done}."]
    if wrong:
        lines += [">", "> What was wrong, and where it came from:", ">"]
        lines += [f"> - {_where(item)}: {_escape(item.judgement.explanation)}" for item in wrong]
    if flipped:
        lines += [">", "> Conclusions that no longer hold:", ">"]
        lines += [f"> - {_where(item)}: {_escape(item.judgement.explanation)}" for item in flipped]
    if doubts:
        lines += [">", "> Doubted, and left as it stands:", ">"]
        lines += [f"> - line {item.line}: {_escape(item.explanation)}" for item in doubts]
    return "\n".join(lines) + "\n"


def _where(item: Correction) -> str:
    numbers = ", ".join(map(str, item.lines))
    return f"line{'s' if len(item.lines) > 1 else ''} {numbers}"


def _footnote(item: Correction, facts: Mapping[str, Fact]) -> str:
    keys = filter(None, (item.judgement.closest, *item.judgement.evidence))
    cited = [facts[key] for key in dict.fromkeys(keys) if key in facts]
    sources = dict.fromkeys(_source(fact) for fact in cited[:3])
    was = ", ".join(f"“{_escape(text)}”" for text in item.was)
    text = f"[^{item.mark}]: Previously: {was}. {_escape(item.judgement.explanation)}"
    return text + (f" Evidence: {'; '.join(sources)}.\n" if sources else "\n")


def _source(fact: Fact) -> str:
    place = f"{_escape(fact.citation.title)}, {_escape(fact.citation.locator)}"
    return f"{place} <{fact.citation.url}>" if fact.citation.url else place


def _escape(text: str) -> str:
    """Text from a document, harmless inside one line of Markdown."""
    return " ".join(text.split()).replace("<", "&lt;").replace("-->", "--&gt;")
