"""Documents of different habits with labelled claims; benchmarks/audit_accuracy.py prints the figures."""

from pathlib import Path

import pytest

from modelassay.audit.auditor import audit_note
from modelassay.evidence.base import Evidence
from support.audit_labels import DOCUMENTS, is_right, labelled_document, match_labels, read_labels

# Labels that nothing is read for, by document: (line, subject), with the reason.
NOT_READ = {
    # the labels say google/codegemma-2b-instruct where the document writes google/codegemma-2b-it
    "bullets.md": {(13, "params"), (14, "score"), (15, "score")},
    # an "official checkpoint" in passing; a score behind the name it is compared with
    "note-candidates.md": {(32, "existence")},
    "post.md": {(23, "score")},
}
# Labels that get another verdict.
MISJUDGED = {
    "page.html.md": {(12, "score")},  # a run of one's own against a source that names no harness
}
LABEL_FILES = sorted(DOCUMENTS.rglob("*.labels.yaml"))


@pytest.mark.parametrize("label_file", LABEL_FILES, ids=lambda path: labelled_document(path).name)
def test_claims_are_read_and_judged_as_labelled(label_file: Path, evidence: Evidence) -> None:
    """Every label is read and gets the verdict that a person gave it, save for the misses that are known."""
    path = labelled_document(label_file)
    pairs = list(match_labels(audit_note(path, evidence=evidence), read_labels(path, label_file)))
    unread = {(label["line"], label["subject"]) for label, claim, _ in pairs if claim is None}
    judged = [(label, judgement) for label, _, judgement in pairs if judgement is not None]
    wrong = {(label["line"], label["subject"]) for label, j in judged if not is_right(label, j)}
    assert unread == NOT_READ.get(path.name, set())
    assert wrong == MISJUDGED.get(path.name, set())


def test_the_example_note_is_judged_as_labelled(root: Path, evidence: Evidence) -> None:
    """Every claim of examples/note.md is read, and gets the verdict that a person gave it."""
    note = root / "examples" / "note.md"
    labels = read_labels(note, Path(__file__).parent / "example_note_labels.yaml")
    pairs = list(match_labels(audit_note(note, evidence=evidence), labels))
    assert [label for label, claim, _ in pairs if claim is None] == []
    assert [label for label, _, judgement in pairs if judgement and not is_right(label, judgement)] == []
