"""Documents of different habits with labelled claims; benchmarks/audit_accuracy.py prints the figures."""

from pathlib import Path

import pytest

from modelassay.audit.auditor import audit_note
from modelassay.evidence.base import Evidence
from support.audit_labels import DOCUMENTS, is_right, match_labels, read_labels


@pytest.mark.parametrize("path", sorted(DOCUMENTS.rglob("*.md")), ids=lambda path: path.stem)
def test_read_claims_are_judged_as_labelled(path: Path, evidence: Evidence) -> None:
    """At most one verdict, or one in twenty, differs from what a person said."""
    pairs = list(match_labels(audit_note(path, evidence=evidence), read_labels(path)))
    read = [(label, judgement) for label, _, judgement in pairs if judgement is not None]
    wrong = [label for label, judgement in read if not is_right(label, judgement)]
    assert len(read) >= 0.7 * len(pairs)
    assert len(wrong) <= max(1, 0.05 * len(read)), wrong


def test_the_example_note_is_judged_as_labelled(root: Path, evidence: Evidence) -> None:
    """Every claim of examples/note.md is read, and gets the verdict that a person gave it."""
    note = root / "examples" / "note.md"
    labels = read_labels(note, Path(__file__).parent / "example_note_labels.yaml")
    pairs = list(match_labels(audit_note(note, evidence=evidence), labels))
    assert [label for label, claim, _ in pairs if claim is None] == []
    assert [label for label, _, judgement in pairs if judgement and not is_right(label, judgement)] == []
