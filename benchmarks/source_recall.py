"""How many of the scores in recorded answers of services are read, kind by kind, and given to the right model.

    python benchmarks/source_recall.py [--show]

The answers have the shapes of the real ones and the figures of the evidence base (tests/support/recorded.py). Printed
are cells, how many are read with model, benchmark and value right, how many are read that the answer does not hold, and
how many of those read have a place in it. --show lists what is missing.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.locators import Locators
from modelassay.reading.notes import read_note
from support.recorded import KINDS, Recorded, Score

EVIDENCE = load_evidence()
VOCABULARY = Vocabulary.load(EVIDENCE)


def read(recorded: Recorded) -> dict[Score, str]:
    """Each score that is read → its place."""
    path = f"/{recorded.repository}/{recorded.path}" if recorded.path else None
    card = recorded.repository if recorded.path == "README.md" else ""
    claims = read_note(
        recorded.text, VOCABULARY, EVIDENCE, path=path, title=recorded.title, repository=card
    ).claims
    locators = Locators(recorded.text)
    return {
        (c.hub_id or c.model, c.protocol.benchmark, round((c.value or 0) * 100, 2)): locators.of(c)
        for c in claims
        if c.subject == "score" and c.protocol is not None
    }


def main() -> None:
    """Print a line for each kind, and the sum."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    cells = right = invented = 0
    for kind in KINDS:
        recorded = kind()
        found = read(recorded)
        hits = recorded.expected & found.keys()
        cells, right, invented = (
            cells + len(recorded.expected),
            right + len(hits),
            invented + len(found) - len(hits),
        )
        print(
            f"{recorded.kind:34} {len(recorded.expected):5} cells, {len(hits):5} read, {len(found) - len(hits):3} invented"
        )
        if options.show:
            for score in sorted(recorded.expected - found.keys()):
                print("   missing", *score)
            for score in sorted(found.keys() - recorded.expected):
                print("   invented", *score)
    print(
        f"{len(KINDS)} kinds: {right} of {cells} cells read ({100 * right / cells:.2f} %), {invented} invented"
    )


if __name__ == "__main__":
    main()
