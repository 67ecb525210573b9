"""Small documents, read: what the reader's tests ask of their claims."""

from functools import cache

from modelassay.core.published import Claim
from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.notes import read_note


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary.load(load_evidence())


def read(text: str) -> list[Claim]:
    """The claims of a document."""
    return read_note(text, _vocabulary(), load_evidence()).claims


def scores(text: str) -> set[tuple[str | None, str, float]]:
    """(model, benchmark, percent) of every score."""
    return {
        (claim.hub_id, claim.protocol.benchmark, round((claim.value or 0) * 100, 2))
        for claim in read(text)
        if claim.subject == "score" and claim.protocol is not None
    }


def told(text: str) -> list[tuple[str, str, float]]:
    """(model: hub id or name as written, benchmark, percent) of every score, in the order of the lines."""
    return [
        (claim.hub_id or claim.model, claim.protocol.benchmark, round((claim.value or 0) * 100, 2))
        for claim in read(text)
        if claim.subject == "score" and claim.protocol is not None
    ]


def shots(text: str) -> dict[str, int | None]:
    """Benchmark → shots of every score."""
    return {
        claim.protocol.benchmark: claim.protocol.shots
        for claim in read(text)
        if claim.subject == "score" and claim.protocol is not None
    }


def only(text: str, subject: str) -> Claim:
    """The one claim of a subject."""
    (claim,) = [claim for claim in read(text) if claim.subject == subject]
    return claim
