"""From a document to an audit, and the JSON that other programs rely on."""

import json
from pathlib import Path

import pytest

from modelassay.audit.auditor import audit_note
from modelassay.core.errors import InputError, MissingError
from modelassay.evidence.base import Evidence

TEXT = "# Baseline\n\n- **DeepSeek-Coder-1.3B-Instruct**: HumanEval pass@1: ~30.5% (DeepSeek arXiv paper), 1.3B parameters\n"
CLAIM_KEYS = {"id", "line", "quote", "model", "hub_id", "subject", "benchmark", "value", "verdict", "owner", "closest", "checks", "evidence", "explanation", "probability_wrong"}  # fmt: skip


def test_the_json_is_the_contracts(evidence: Evidence, tmp_path: Path) -> None:
    """Keys, percent values, closest fact and counts, as the contract has them."""
    path = tmp_path / "note.md"
    path.write_text(TEXT, "utf-8")
    data = json.loads(json.dumps(audit_note(path, evidence=evidence).to_json()))
    assert set(data) == {"note", "sha256", "counts", "claims", "unread"}
    assert len(data["sha256"]) == 64
    claim = next(c for c in data["claims"] if c["subject"] == "score")
    assert set(claim) - {"gap"} == CLAIM_KEYS
    assert (claim["gap"], claim["probability_wrong"]) == (34.7, 0.99)
    assert (claim["line"], claim["benchmark"], claim["value"], claim["verdict"]) == (
        3,
        "humaneval",
        30.5,
        "contradicted",
    )
    assert claim["quote"] in TEXT.splitlines()[2]
    assert claim["closest"]["value"] == 65.2
    assert set(claim["closest"]) == {"value", "protocol", "source", "url", "locator"}
    assert claim["owner"] is None
    assert all(set(check) == {"check", "message"} for check in claim["checks"])
    assert sum(data["counts"].values()) == len(data["claims"])
    size = next(c for c in data["claims"] if c["subject"] == "params")
    assert (size["value"], size["benchmark"], size["verdict"]) == (1.3, None, "confirmed")


def test_text_and_file_give_the_same(evidence: Evidence, tmp_path: Path) -> None:
    """A string with lines in it is the document itself."""
    path = tmp_path / "note.md"
    path.write_text(TEXT, "utf-8")
    assert audit_note(TEXT, evidence=evidence).judgements == audit_note(path, evidence=evidence).judgements


def test_the_same_document_gives_the_same_audit(evidence: Evidence) -> None:
    """Ids, order and words included."""
    one, two = (audit_note(TEXT, evidence=evidence).to_json() for _ in range(2))
    assert one == two


def test_sections_may_stand_in_any_order(evidence: Evidence, shared: Path) -> None:
    """Shuffling the sections of a document changes no verdict on its scores."""
    text = (Path(__file__).parent / "documents" / "bullets.md").read_text("utf-8")
    head, *sections = text.split("\n### ")
    turned = "\n### ".join([head, *reversed(sections)])

    def verdicts(document: str) -> set[tuple[str | None, str | None, float | None, str]]:
        audit = audit_note(document, evidence=evidence)
        return {
            (c.hub_id, c.protocol.benchmark if c.protocol else None, c.value, j.verdict)
            for c, j in zip(audit.claims, audit.judgements, strict=True)
            if c.subject == "score"
        }

    assert verdicts(text) == verdicts(turned)


@pytest.mark.parametrize(
    ("data", "word"), [(b"", "empty"), (b"  \n\n", "empty"), (b"caf\xe9 30%\n", "UTF-8"), (b"a\0b\n", "zero")]
)
def test_a_file_that_is_no_text_is_one_clear_error(
    data: bytes, word: str, evidence: Evidence, tmp_path: Path
) -> None:
    """Empty, another encoding, binary: one line with the file and a remedy."""
    path = tmp_path / "note.md"
    path.write_bytes(data)
    with pytest.raises(InputError, match=word) as error:
        audit_note(path, evidence=evidence)
    assert str(path) in str(error.value)
    assert "—" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(evidence: Evidence, tmp_path: Path) -> None:
    """As a path, and as a string that looks like one."""
    for given in (tmp_path / "none.md", str(tmp_path / "none.md")):
        with pytest.raises(MissingError, match=r"none\.md"):
            audit_note(given, evidence=evidence)


def test_a_document_without_claims_is_an_empty_audit(evidence: Evidence) -> None:
    """No claims, no error."""
    audit = audit_note("Just some prose.\nWith two lines.\n", evidence=evidence)
    assert audit.claims == ()
    assert audit.counts == {}
