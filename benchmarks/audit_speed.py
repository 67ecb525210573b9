"""How long a megabyte takes to audit, by what it is made of.

    python benchmarks/audit_speed.py [NOTE …] [--rounds 3]

Each labelled document of tests/audit/documents, and each NOTE, is repeated to a megabyte and audited; the median of
the rounds is printed, with the number of claims, since time goes with claims more than with bytes.
"""

import argparse
import statistics
import time
from pathlib import Path

from modelassay.audit import audit_note
from modelassay.evidence.base import load_evidence

DOCUMENTS = Path(__file__).parents[1] / "tests" / "audit" / "documents"
SIZE = 1_000_000


def main() -> None:
    """Time every document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notes", type=Path, nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    evidence = load_evidence()
    own = [p for p in sorted(DOCUMENTS.rglob("*")) if p.is_file() and ".labels." not in p.name]
    for path in [*options.notes, *own]:
        if path.suffix == ".json":  # two documents in one file are no document
            continue
        text = path.read_text("utf-8")
        document = "\n".join([text] * (SIZE // len(text) + 1))
        audit_note(text, evidence=evidence)  # what is made once
        seconds = []
        for _ in range(options.rounds):
            start = time.perf_counter()
            claims = len(audit_note(document, evidence=evidence).claims)
            seconds.append(time.perf_counter() - start)
        spread = f"{min(seconds):.1f}-{max(seconds):.1f}"
        print(f"{path.name:40} {statistics.median(seconds):5.1f} s ({spread})  {claims:7,} claims")


if __name__ == "__main__":
    main()
