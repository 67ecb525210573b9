#!/usr/bin/env bash
# NeMo Evaluator looks for the letter of a multiple-choice answer in the first 200 characters, and takes the pronoun I for choice I.
# Expected: the answer that a text ends with, "The answer is C.", is C, however long the reasoning before it; where none is found, nothing is.
# Happens: behind 200 characters nothing is read. Any word of one letter up to j is then taken, in capitals or not: reasoning that
# begins with "I" answers I, with "a" answers A, and counts as parsed, so that the share of parsed answers looks perfect.
# Version: nemo-evaluator 0.2.8. Source: nemo_evaluator/contrib/byob/scorers.py, _extract_letter.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nemo-evaluator==0.2.8
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from nemo_evaluator.contrib.byob.decorators import ScorerInput
from nemo_evaluator.contrib.byob.scorers import mcq_letter_extract

REASONS = "compare the four statements with what is known about the reaction, one after the other, and keep what remains. " * 2
print("nemo-evaluator", version("nemo-evaluator"))
found = {}
for name, answer in {
    "short": "I compare them. The answer is C.",
    "long": f"I {REASONS}The answer is C.",
    "long, for choice I": f"I {REASONS}The answer is C.",
    "without the answer": "I would rather say nothing.",
}.items():
    found[name] = mcq_letter_extract(ScorerInput(response=answer, target="I" if name.endswith("I") else "C", metadata={}))
    print(f"{name} ({len(answer)} characters): {found[name]}")
assert found == {
    "short": {"correct": True, "parsed": True},
    "long": {"correct": False, "parsed": True},
    "long, for choice I": {"correct": True, "parsed": True},
    "without the answer": {"correct": False, "parsed": True},
}, "changed"
PYTHON
