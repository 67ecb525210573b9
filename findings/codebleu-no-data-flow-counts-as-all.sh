#!/usr/bin/env bash
# CodeBLEU gives an empty prediction 0.25, more than a right program that shares some data flow with the reference.
# Expected: codebleu is the weighted sum of the four scores that are returned beside it, so 0 where all four are 0.
# Happens: a data-flow match of 0 is put into the sum as 1. The empty text and a refusal get the whole quarter, the
# shorter right program with a match of 0.22 gets 0.22 of it: the better match scores less.
# Version: codebleu 0.7.0, tree-sitter-python 0.21.0. Source: codebleu/codebleu.py, calc_codebleu (`dataflow_match_score or 1`);
# asked in github.com/k4black/codebleu/issues/59, without an answer so far.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check codebleu==0.7.0 tree-sitter-python==0.21.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from codebleu import calc_codebleu

REFERENCE = """def total(values):
    result = 0
    for value in values:
        result = result + value
    return result
"""
PREDICTIONS = {
    "nothing": "",
    "a refusal": "I cannot do that.",
    "a right program": "def total(values):\n    return sum(values)\n",
}
print("codebleu", version("codebleu"), "tree-sitter-python", version("tree-sitter-python"))
found = {}
for name, text in PREDICTIONS.items():
    scores = calc_codebleu([REFERENCE], [text], "python")
    found[name] = scores.pop("codebleu")
    print(f"{name}: codebleu {found[name]:.3f}", {part: round(score, 3) for part, score in scores.items()})
    if not text:
        assert not any(scores.values()), "changed"
assert found["nothing"] == found["a refusal"] == 0.25 and found["a right program"] < 0.1, "changed"
PYTHON
