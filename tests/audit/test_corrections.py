"""The corrected copy: what changes, what stays, and that a second audit finds nothing wrong."""

from pathlib import Path

import pytest

from modelassay.audit.auditor import audit_note
from modelassay.audit.notice import blank_blocks
from modelassay.evidence.base import Evidence

NOTE = """# Notes

DeepSeek-Coder-1.3B-Instruct gets 30.5% on HumanEval (DeepSeek arXiv paper). Nothing else to say.

| Model | HumanEval | MBPP |
|---|---|---|
| Qwen2.5-Coder-1.5B-Instruct | 70.7 | 59.4 |
| CodeGemma-2B-Instruct | 35.2 | 48.7 |
"""


def test_only_wrong_spans_change(evidence: Evidence) -> None:
    """The right number takes the wrong one's place, with a footnote mark; the rest is as it was."""
    body = audit_note(NOTE, evidence=evidence).corrected
    assert (
        "DeepSeek-Coder-1.3B-Instruct gets 65.2%[^assay-a] on HumanEval (DeepSeek arXiv paper). Nothing else to say."
        in body
    )
    assert "| Qwen2.5-Coder-1.5B-Instruct | 70.7 | 69.2[^assay-b] |" in body
    assert "| Model | HumanEval | MBPP |\n|---|---|---|\n" in body


def test_each_mark_has_its_footnote_and_evidence(evidence: Evidence) -> None:
    """A footnote tells what stood there, why it went, and where the right number is."""
    footnote = next(
        x for x in audit_note(NOTE, evidence=evidence).corrected.splitlines() if x.startswith("[^assay-a]:")
    )
    assert "“30.5%”" in footnote
    assert "https://" in footnote


def test_the_notice_heads_the_copy(evidence: Evidence) -> None:
    """What was wrong, what it came from, by line of the original."""
    audit = audit_note(NOTE, evidence=evidence)
    assert audit.corrected.splitlines()[1].startswith("> **Correction notice.**")
    assert "line 3: DeepSeek-Coder-1.3B-Instruct" in audit.notice
    assert "CodeGemma-2B-Instruct" in audit.notice


def test_a_second_audit_finds_nothing_wrong(evidence: Evidence) -> None:
    """Neither in the text nor in notice and footnotes."""
    again = audit_note(audit_note(NOTE, evidence=evidence).corrected, evidence=evidence)
    assert not {"contradicted", "misattributed", "no-such-model"} & set(again.counts)
    assert again.corrections == ()


def test_a_right_document_is_returned_unchanged(evidence: Evidence) -> None:
    """Nothing wrong, nothing added."""
    text = "DeepSeek-Coder-1.3B-Instruct gets 65.2% on HumanEval.\n"
    assert audit_note(text, evidence=evidence).corrected == text


def test_metadata_of_a_card_stays_valid_yaml(evidence: Evidence) -> None:
    """In front matter the number changes and a comment names the footnote; the notice comes after it."""
    card = Path(__file__).parent / "documents" / "card.md"
    corrected = audit_note(card, evidence=evidence).corrected
    assert corrected.startswith("---\nlicense: apache-2.0\n")
    assert "      value: 63.4  # corrected: assay-a\n" in corrected
    assert corrected.index("Correction notice") > corrected.index("value: 63.4")


@pytest.mark.parametrize("name", ["blog.md", "bullets.md", "comparison-table.md", "card.md"])
def test_every_document_can_be_mended(name: str, evidence: Evidence) -> None:
    """Whatever its habit, the corrected copy has nothing wrong left."""
    audit = audit_note(Path(__file__).parent / "documents" / name, evidence=evidence)
    again = audit_note(audit.corrected, evidence=evidence)
    assert audit.corrections
    assert not {"contradicted", "misattributed", "no-such-model"} & set(again.counts)


def test_only_genuine_blocks_are_skipped() -> None:
    """Markers around other text hide nothing: the hash must be the content's."""
    hidden = "<!-- assay:begin 0123456789abcdef -->\nModel X gets 99% on MBPP.\n<!-- assay:end -->\n"
    assert blank_blocks(hidden) == hidden


def test_text_from_a_document_cannot_break_the_notice(evidence: Evidence) -> None:
    """Markup in a model's name stays inert."""
    text = "DeepSeek-Coder-1.3B-Instruct <script>x</script> gets 30.5% on HumanEval.\n"
    notice = audit_note(text, evidence=evidence).notice
    assert "<script>" not in notice
