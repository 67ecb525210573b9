#!/usr/bin/env bash
# DeepEval's quasi exact match takes 35 for 3.5, 4 for -4, 12 for 1/2, and "the" for the choice A.
# Expected: "quasi" forgives case, articles and punctuation around an answer, not the value of a number.
# Happens: every punctuation mark is dropped, the point, the minus and the slash of numbers with them, and a, an and the are dropped as words, so that
# choice A is nothing, and a lone "?" matches it. Its DROP, whose answers are mostly numbers, is scored so.
# Version: deepeval 4.3.1. Source: deepeval/utils.py, normalize_text, and deepeval/scorer/scorer.py; the rule is SQuAD's, made for phrases.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check deepeval==4.3.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import os
from importlib.metadata import version

os.environ["DEEPEVAL_TELEMETRY_OPT_OUT"] = "YES"
from deepeval.scorer import Scorer  # noqa: E402

print("deepeval", version("deepeval"))
found = {}
for right, answer in (("3.5", "35"), ("-4", "4"), ("1/2", "12"), ("A", "the"), ("A", "?"), ("B", "the"), ("3.5", "3,5"), ("3.5", "3.6")):
    found[right, answer] = (Scorer.quasi_exact_match_score(right, answer), Scorer.quasi_contains_score([right], answer))
    print(f"{answer!r} for {right!r}: quasi exact match {found[right, answer][0]}, quasi contains {found[right, answer][1]}")
wrong = {pair for pair, said in found.items() if said == (0, 0)}
assert wrong == {("B", "the"), ("3.5", "3.6")}, f"changed: {found}"
PYTHON
