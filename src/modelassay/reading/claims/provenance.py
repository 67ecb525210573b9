"""What a document says of sources and of the world: verified from X, unverifiable, never released, 164 problems."""

import re

from modelassay.core.published import Protocol
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.language.passages import Passage
from modelassay.reading.language.subjects import matches_with_subject

_DEFINITION = re.compile(
    r"\s*(?:has|have|contains?|consists? of|comprises|holds|includes)\s+(?P<count>\d{2,4})(?:\s+(?:\w+\s+){0,2}(?:problems?|tasks?))?\b(?!\s?%)",
    re.I,
)
_DENIAL = re.compile(
    r"\bunverifi(?:able|ed)\b|\bcan(?:not|'t)\s+be\s+verified\b|\bno\s+(?:\w+\s+){0,2}sources?\s+confirms?\b|\b(?:lacks?|without|has no|contains no|no)\s+benchmarks?\b|\bnot\s+reproducible\b",
    re.I,
)
_NOT_LISTED = re.compile(
    r"\b(?:is|are)\s+(?:NOT|not)\s+(?:listed\s+)?(?:on|in)\s+(?:this|the|that)\s+([\w\s-]*?(?:leaderboard|board|table|list))",
    re.I,
)
_VERIFIED = re.compile(
    r"\b(?:verified|confirmed|taken|reported|sourced|copied|according|checked)\s+(?:from|by|in|against|with|to|on)\s+(?:the\s+)?([^().;:]{3,120})",
    re.I,
)
_ABSENT = re.compile(
    r"\b(?:does\s?n[o']t exist|do not exist|no such model|(?:was|were|is|are|has been)\s+never\s+(?:been\s+)?(?:released|published)|(?:was|is|were|are)\s+not\s+(?:been\s+)?released|not\s+listed|doesn't exist|never existed)\b",
    re.I,
)


def read_sources(passage: Passage, draft: ClaimsDraft) -> None:
    for found, subject in matches_with_subject(_DENIAL, passage):
        names = {term.name for term in passage.benchmarks if term.end <= found.start()}
        draft.add(
            passage, [found.span()], "provenance", model=subject, written=found[0], other=found[0], negated=True,
            protocol=Protocol(benchmark=names.pop()) if len(names) == 1 else None,
        )  # fmt: skip
    for found, subject in matches_with_subject(_NOT_LISTED, passage):
        draft.add(
            passage, [found.span()], "provenance", model=subject, written=found[0], other=found[1].strip(), negated=True
        )  # fmt: skip
    for found, subject in matches_with_subject(_VERIFIED, passage):
        if not draft.terms.find("sources", found[1]):
            continue
        draft.add(
            passage, [found.span()], "provenance", model=subject, written=found[0].strip(), other=found[1].strip(),
            attribution=found[1].strip(),
        )  # fmt: skip


def read_definitions(passage: Passage, draft: ClaimsDraft) -> None:
    for found in _DEFINITION.finditer(passage.text):
        terms = [
            t
            for t in passage.benchmarks
            if 0 <= found.start() - t.end <= 20 and not passage.text[t.end : found.start()].strip()
        ]
        if not terms:
            continue
        number = next((n for n in passage.numbers if n.start == found.start("count")), None)
        draft.add(
            passage, [(terms[-1].start, found.end())], "definition", name=terms[-1].text, number=number,
            protocol=Protocol(benchmark=terms[-1].name, problems=int(found["count"])), written=found["count"],
            value=float(found["count"]),
        )  # fmt: skip


def read_absence(passage: Passage, draft: ClaimsDraft) -> None:
    for found, subject in matches_with_subject(_ABSENT, passage):
        if subject in passage.mentions:
            spans = [(subject.start, subject.end), found.span()]
            draft.add(passage, spans, "existence", model=subject, negated=True)
