#!/usr/bin/env bash
# DSPy's majority counts the answers 3.5 and 35 as one, and -5 with 5, so that a minority wins the vote.
# Expected: the most common answer wins; normalization forgives case and blanks.
# Happens: answers are normalized as SQuAD's are: every punctuation mark goes, the point and the minus sign too, and so do the words a, an
# and the. 35, 35, 3.5, 3.5, 3.5 and 7, 7, 7, 7 make 5 against 4; the choice "A" is dropped as if it were empty.
# Version: dspy 3.4.1. Source: dspy/predict/aggregation.py, majority and default_normalize.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dspy==3.4.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
import dspy

print("dspy", version("dspy"))
VOTES = {
    "point": (["3.5"] * 3 + ["35"] * 2 + ["7"] * 4, "7"),
    "sign": (["-5"] * 2 + ["5"] * 2 + ["8"] * 3, "8"),
    "choice": (["A"] * 3 + ["B"] * 2, "A"),
    "plain": (["red"] * 2 + ["Red "] * 2 + ["blue"] * 3, "red"),
}
found = {}
for name, (answers, most) in VOTES.items():
    found[name] = dspy.majority([{"answer": answer} for answer in answers]).answer
    print(f"{name}: {answers} -> {found[name]!r} (most common: {most!r})")
assert found == {"point": "3.5", "sign": "-5", "choice": "B", "plain": "red"}, f"changed: {found}"
PYTHON
