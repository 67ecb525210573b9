#!/usr/bin/env bash
# ROUGE of rouge-score is 1.0 for `x - 1` against `x + 1`, and 0 for a Chinese answer against itself.
# Expected: what is compared is the text; another operator or the other comparison costs something, and a text matches itself.
# Happens: the default tokenizer keeps letters a to z and digits and drops all else before it counts. `a != b` equals `a == b`, -4 equals 4, indentation
# is nothing; a text without such letters has no token, and scores 0 whatever it is held against. Harnesses' ROUGE is mostly this one.
# Version: rouge-score 0.1.2, nltk 3.10.4. Source: rouge_score/tokenize.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check rouge-score==0.1.2 nltk==3.10.4
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from rouge_score.rouge_scorer import RougeScorer

print("rouge-score", version("rouge-score"))
scorer = RougeScorer(["rouge1", "rougeL"])
found = {}
for reference, answer in (
    ("return x + 1", "return x - 1"),
    ("if a == b:", "if a != b:"),
    ("-4", "4"),
    ("return total", "return count"),
    ("四十二", "四十二"),
    ("+", "+"),
):
    told = scorer.score(reference, answer)
    found[reference, answer] = (told["rouge1"].fmeasure, told["rougeL"].fmeasure)
    print(f"{answer!r} for {reference!r}: ROUGE-1 {found[reference, answer][0]}, ROUGE-L {found[reference, answer][1]}")
assert list(found.values()) == [(1.0, 1.0)] * 3 + [(0.5, 0.5)] + [(0.0, 0.0)] * 2, f"changed: {found}"
PYTHON
