"""How well documents are read and judged, on labelled documents: python benchmarks/audit_accuracy.py [folder …]

Prints, for the set to build on and for the set held out: recall of extraction (labelled claims that were read),
precision (claims read that are labelled, on the lines that carry labels, for the labelled subjects), and accuracy of
verdicts, among the claims read and among all labels.
"""

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from modelassay.audit.auditor import audit_note  # noqa: E402
from modelassay.evidence.base import load_evidence  # noqa: E402
from support.audit_labels import DOCUMENTS, is_right, labelled_document, match_labels, read_labels  # noqa: E402


def measure(folder: Path, *, verbose: bool) -> Counter[str]:
    """Counts over the documents directly in `folder`; misses are listed when verbose."""
    evidence = load_evidence()
    total: Counter[str] = Counter()
    for label_file in sorted(folder.glob("*.labels.yaml")):
        path = labelled_document(label_file)
        labels = read_labels(path, label_file)
        audit = audit_note(path, evidence=evidence)
        pairs = list(match_labels(audit, labels))
        places = {(label["line"], label["subject"]) for label in labels}
        counts = Counter(
            documents=1,
            labels=len(labels),
            read=sum(claim is not None for _, claim, _ in pairs),
            right=sum(j is not None and is_right(label, j) for label, _, j in pairs),
            claims=sum((claim.line, claim.subject) in places for claim in audit.claims),
        )
        total += counts
        if verbose:
            for label, claim, judgement in pairs:
                if judgement is None or not is_right(label, judgement):
                    got = "not read" if claim is None or judgement is None else judgement.verdict
                    print(f"  {path.name}:{label['line']} {label.get('model')} {label['subject']} "
                          f"{label.get('benchmark')} {label.get('value')}: {label['verdict']}, got {got}")  # fmt: skip
    return total


def main() -> None:
    """Print one line of figures for each folder."""
    folders = [Path(name) for name in sys.argv[1:] if not name.startswith("-")]
    for folder in folders or [DOCUMENTS, DOCUMENTS / "held-out"]:
        c = measure(folder, verbose="-v" in sys.argv)
        if not c["labels"]:
            continue
        print(
            f"{folder.name}: {c['documents']} documents, {c['labels']} labels; "
            f"recall {c['read'] / c['labels']:.3f}, precision {c['read'] / max(1, c['claims']):.3f}, "
            f"verdicts {c['right'] / max(1, c['read']):.3f} of the read, {c['right'] / c['labels']:.3f} of all"
        )


if __name__ == "__main__":
    main()
