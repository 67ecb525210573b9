"""Recorded answers of seventeen kinds of source: every figure is read, given to its model, and has a place."""

from collections.abc import Callable

import pytest

from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.locators import Locators
from modelassay.reading.notes import read_note
from support.recorded import KINDS, Recorded

_EVIDENCE = load_evidence()
_VOCABULARY = Vocabulary.load(_EVIDENCE)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind().kind)
def test_the_scores_of_a_source_are_read(kind: Callable[[], Recorded]) -> None:
    """At least 98 % of the cells, none that the source does not hold, each at a place of its own."""
    recorded = kind()
    path = f"/{recorded.repository}/{recorded.path}" if recorded.path else None
    card = recorded.repository if recorded.path == "README.md" else ""
    reading = read_note(
        recorded.text, _VOCABULARY, _EVIDENCE, path=path, title=recorded.title, repository=card
    )
    claims = [c for c in reading.claims if c.subject == "score" and c.protocol is not None]
    found = {
        (c.hub_id or c.model, c.protocol.benchmark, round((c.value or 0) * 100, 2))
        for c in claims
        if c.protocol
    }
    locators = Locators(recorded.text)

    assert len(recorded.expected & found) >= 0.98 * len(recorded.expected)
    assert found <= recorded.expected
    assert len({locators.of(claim) for claim in claims}) == len(claims)
