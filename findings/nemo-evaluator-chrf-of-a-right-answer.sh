#!/usr/bin/env bash
# NeMo Evaluator's chrF of an answer that is the reference itself is 33 for "42" and 83 for "Paris".
# Expected: 100 for a text compared with itself, as its own comment says that it goes by sacreBLEU's formula, where orders that the
# texts are too short to have are left out.
# Happens: each of the six orders (and the two of words) that a short text does not have counts as 0. Short answers can never score
# 100; two letters get 33.3, chrF++ of one word never exceeds seven eighths.
# Version: nemo-evaluator 0.2.8, sacrebleu 2.6.0. Source: nemo_evaluator/contrib/byob/scorers.py, _chrf_score.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nemo-evaluator==0.2.8 sacrebleu==2.6.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import sacrebleu
from nemo_evaluator.contrib.byob.decorators import ScorerInput
from nemo_evaluator.contrib.byob.scorers import chrf

print(*(f"{name} {version(name)}" for name in ("nemo-evaluator", "sacrebleu")))
found = {}
for text in ("42", "Paris", "Amsterdam", "a longer answer of a few words"):
    told = chrf(ScorerInput(response=text, target=text, metadata={}))
    by_sacrebleu = sacrebleu.sentence_chrf(text, [text]).score, sacrebleu.sentence_chrf(text, [text], word_order=2).score
    found[text] = (round(told["chrf"], 1), round(told["chrf_pp"], 1), *(round(score) for score in by_sacrebleu))
    print(f"{text!r} for itself: {told}, sacrebleu {by_sacrebleu}")
assert found == {
    "42": (33.3, 37.5, 100, 100),
    "Paris": (83.3, 75.0, 100, 100),
    "Amsterdam": (100.0, 87.5, 100, 100),
    "a longer answer of a few words": (100.0, 100.0, 100, 100),
}, f"changed: {found}"
PYTHON
