"""The corrected copy: what changes, what stays, and that a second audit finds nothing wrong."""

import json
from pathlib import Path

import pytest
import yaml

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
    """In front matter what is wrong is withdrawn, and a comment names the footnote; the notice comes after it."""
    card = (
        "---\nlicense: apache-2.0\nmodel-index:\n- name: google/codegemma-2b-instruct\n  results:\n"
        "  - task: {type: text-generation}\n    dataset: {type: openai_humaneval, name: HumanEval}\n    metrics:\n"
        "    - type: pass@1\n      value: 35.2\n---\n# CodeGemma-2B-Instruct\n"
    )
    corrected = audit_note(card, evidence=evidence).corrected
    front = corrected.split("---\n")[1]
    assert "  # corrected: assay-a\n" in front
    assert set(yaml.safe_load(front)) == {"license", "model-index"}
    assert corrected.index("Correction notice") > corrected.index("# corrected")


def test_what_is_only_doubted_stays_and_is_listed(evidence: Evidence) -> None:
    """A number far from every measurement, and nothing known of how it came about."""
    text = "DeepSeek-Coder-1.3B-Instruct gets 8.1% on HumanEval.\n"
    audit = audit_note(text, evidence=evidence)
    assert audit.counts == {"contradicted": 1}
    assert text in audit.corrected
    assert "Doubted, and left as it stands" in audit.corrected


def test_a_table_file_stays_one(tmp_path: Path, evidence: Evidence) -> None:
    """Only digits change in a CSV; nothing is marked and no line is added."""
    path = tmp_path / "board.csv"
    rows = [
        "model,humaneval,mbpp",
        "Qwen2.5-Coder-1.5B-Instruct,43.9,69.2",
        "DeepSeek-Coder-1.3B-Instruct,65.9,65.3",
    ]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    audit = audit_note(path, evidence=evidence)
    assert audit.corrected == path.read_text("utf-8").replace("43.9", "70.7")
    assert audit.no_copy == ""


def test_a_notebook_stays_one(tmp_path: Path, evidence: Evidence) -> None:
    """Its corrected copy is JSON that differs in a number alone."""
    path = tmp_path / "note.ipynb"
    cell = {
        "cell_type": "markdown",
        "metadata": {},
        "source": ["Qwen2.5-Coder-0.5B-Instruct reaches 84.1 on HumanEval.\n"],
    }
    path.write_text(
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1), "utf-8"
    )
    audit = audit_note(path, evidence=evidence)
    assert json.loads(audit.corrected)["nbformat"] == 4
    assert "[^assay" not in audit.corrected


@pytest.mark.parametrize("name", ["blog.md", "bullets.md", "comparison-table.md"])
def test_every_document_can_be_mended(name: str, evidence: Evidence) -> None:
    """Whatever its habit, the corrected copy has nothing wrong left."""
    audit = audit_note(Path(__file__).parent / "documents" / name, evidence=evidence)
    again = audit_note(audit.corrected, evidence=evidence)
    assert audit.corrections
    assert not again.corrections


def test_only_genuine_blocks_are_skipped() -> None:
    """Markers around other text hide nothing: the hash must be the content's."""
    hidden = "<!-- assay:begin 0123456789abcdef -->\nModel X gets 99% on MBPP.\n<!-- assay:end -->\n"
    assert blank_blocks(hidden) == hidden


def test_text_from_a_document_cannot_break_the_notice(evidence: Evidence) -> None:
    """Markup in a model's name stays inert."""
    text = "DeepSeek-Coder-1.3B-Instruct <script>x</script> gets 30.5% on HumanEval.\n"
    notice = audit_note(text, evidence=evidence).notice
    assert "<script>" not in notice
