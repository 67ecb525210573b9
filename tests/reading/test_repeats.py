"""A block that stands in a document again is not read again; nothing of what it says may differ."""

from pathlib import Path

import pytest

from modelassay.reading.claims.repeats import Repeats
from support.reading import read

DOCUMENTS = Path(__file__).parents[1] / "audit" / "documents"
SEVERAL = (
    "blog-prose.md",
    "html-table.html",
    "leaderboard.csv",
    "nook-readme.md",
    "wide-table.md",
    "card.md",
)


def said(text: str) -> list[tuple[object, ...]]:
    return [(c.line, c.quote, c.subject, c.model, c.hub_id, c.protocol, c.value, c.other) for c in read(text)]


@pytest.mark.parametrize("name", SEVERAL)
def test_a_repeated_document_says_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the same text: the claims are those of a reader that reads every block anew."""
    text = (DOCUMENTS / name).read_text("utf-8")
    twice = f"{text}\n{text}" if not name.endswith(".csv") else text + text.partition("\n")[2]
    quick = said(twice)
    monkeypatch.setattr(Repeats, "read", lambda self, key, line, anew: anew())
    assert quick == said(twice)


def test_the_same_words_under_another_heading_are_another_models() -> None:
    """What stands above a block is part of it."""
    part = "It reaches 47.6% on HumanEval.\n"
    claims = [c for c in read(f"# phi-2\n\n{part}\n# codegemma-2b\n\n{part}") if c.subject == "score"]
    assert [c.hub_id for c in claims] == ["microsoft/phi-2", "google/codegemma-2b"]


def test_claims_of_repeats_have_ids_of_their_own() -> None:
    """One id, one claim."""
    part = "phi-2 reaches 47.6% on HumanEval.\n\n"
    claims = read(part * 5)
    assert len({c.id for c in claims}) == len(claims) == 5
