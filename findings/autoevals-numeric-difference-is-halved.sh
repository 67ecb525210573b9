#!/usr/bin/env bash
# autoevals' NumericDiff gives 105 for 100 a score of 0.976, where its documentation says 0.95, and 200 for 100 still 0.67.
# Expected: one minus the relative difference, as the example in its documentation has it: 5 % off is 0.95, twice as much is 0.
# Happens: the difference is divided by the sum of both numbers, so that near the right value it counts half, no answer of the right sign is ever 0 however
# large, and ten times the right number gets 0.18. JSONDiff takes it for every number, and true for the number 1.
# Version: autoevals 0.4.1. Source: autoevals/number.py, NumericDiff.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check autoevals==0.4.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from autoevals import JSONDiff, NumericDiff

print("autoevals", version("autoevals"))
found = {answer: round(NumericDiff().eval(answer, 100).score, 3) for answer in (100, 105, 200, 1000, 1e9, -1)}
for answer, score in found.items():
    print(f"{answer} for 100: {score}")
booleans = JSONDiff().eval({"passed": True}, {"passed": 1}).score
print(f"JSONDiff of true for 1: {booleans}")
assert "0.95 (normalized" in NumericDiff.__doc__, "its documentation changed"
assert found == {100: 1.0, 105: 0.976, 200: 0.667, 1000: 0.182, 1e9: 0.0, -1: 0.0} and booleans == 1, f"changed: {found}"
PYTHON
