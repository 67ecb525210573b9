"""What `assay audit` prints: what is not confirmed, worst first, then counts and where the corrected copy is."""

import difflib
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from modelassay.cli.output import data, say
from modelassay.core.published import Claim, Judgement, Verdict
from modelassay.report.wording import counted, visible

if TYPE_CHECKING:
    from modelassay.audit.auditor import Audit

WORST_FIRST: Final[tuple[Verdict, ...]] = (
    "contradicted",
    "misattributed",
    "no-such-model",
    "different-protocol",
    "unverified",
    "confirmed",
)
_STYLES: Final = {"contradicted": "red", "misattributed": "red", "no-such-model": "red", "confirmed": "green"}


def audit_out(found: "Audit", copy: Path | None, *, everything: bool) -> None:
    """Two lines a claim: where, verdict and quote; then why. everything: confirmed and unverified ones, too."""
    pairs = list(zip(found.claims, found.judgements, strict=True))
    pairs.sort(key=lambda pair: (WORST_FIRST.index(pair[1].verdict), pair[0].line))
    for claim, judgement in pairs:
        if everything or judgement.verdict not in ("confirmed", "unverified"):
            _claim_out(found, claim, judgement)
    if not everything:
        _unverified_out(found, [c for c, j in pairs if j.verdict == "unverified"])
    counts = ", ".join(f"{found.counts[v]} {v}" for v in WORST_FIRST if v in found.counts)
    data(f"{found.note}: {len(pairs)} claims: {counts or 'none'}")
    _rest_out(found, copy, everything=everything)


def diff_out(found: "Audit") -> None:
    """What the corrected copy changes, as a unified diff on stdout; nothing where there is no copy."""
    before, after = found.text.splitlines(keepends=True), found.corrected.splitlines(keepends=True)
    for line in difflib.unified_diff(before, after, found.note, f"{found.note} (corrected)"):
        data(visible(line.rstrip("\n")))


def _place(found: "Audit", line: int) -> str:
    """Where something stands: file and line, or file and page of a PDF."""
    page = found.page(line)
    return f"{found.note}:{line}: " if page is None else f"{found.note}: page {page}: "


def _claim_out(found: "Audit", claim: Claim, judgement: Judgement) -> None:
    about = claim.protocol.benchmark if claim.protocol else claim.subject
    reader = f" (read by {claim.read_by})" if claim.read_by else ""
    place, rest = _place(found, claim.line), f" · {claim.model} · {about} · “{claim.quote}”"
    # The reason names the model and the number again, which the first line has.
    reason = judgement.explanation + reader
    if not sys.stdout.isatty():
        data(visible(f"{place}{judgement.verdict}{rest}"))
        data(visible(f"    {reason}"))
        return
    console = Console(file=sys.stdout, highlight=False)
    console.print(
        f"{_plain(place)}[{_STYLES.get(judgement.verdict, 'yellow')}]{judgement.verdict}[/]{_plain(rest)}"
    )
    for line in textwrap.wrap(
        visible(reason), max(40, console.width - 4), break_long_words=False, break_on_hyphens=False
    ):
        console.print(f"    {_plain(line)}")


def _plain(text: str) -> str:
    """Text in which the terminal's markup does nothing."""
    return visible(text).replace("[", "\\[")


def _unverified_out(found: "Audit", claims: Sequence[Claim]) -> None:
    """One line a model, with the lines of the document, or the pages of a PDF."""
    unit = "page" if found.pages else "line"
    for model, number in Counter(c.model for c in claims).most_common():
        lines = sorted({found.page(c.line) or c.line for c in claims if c.model == model})
        places = ", ".join(map(str, lines[:6])) + (f" and {len(lines) - 6} more" if len(lines) > 6 else "")
        claimed = "1 claim" if number == 1 else f"{number} claims"
        data(
            visible(
                f"{found.note}: unverified · {model or 'no model named'} · {claimed}, "
                f"{unit}{'s' if len(lines) > 1 else ''} {places}"
            )
        )


def _rest_out(found: "Audit", copy: Path | None, *, everything: bool) -> None:
    """What was not read or was refused, and the corrected copy."""
    for refused in found.refused:
        say(
            f"{_place(found, refused.line)}a claim of the second reader is refused: {refused.reason}: {refused.said}"
        )
    if everything:
        for unread in found.unread:
            say(f"{_place(found, unread.line)}not read: {unread.quote} ({unread.reason})")
    elif found.unread:
        say(
            f"{found.note}: {counted(len(found.unread), 'number')} not read as claims; --all lists them with the reason"
        )
    if found.no_copy:
        say(f"{found.note}: no corrected copy: {found.no_copy}")
    elif copy is not None:
        say(f"{found.note}: corrected copy: {copy}")
