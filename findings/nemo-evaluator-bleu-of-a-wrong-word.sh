#!/usr/bin/env bash
# NeMo Evaluator's sentence BLEU gives a wrong one-word answer 0.84.
# Expected: BLEU of an answer that shares no word with the reference is 0, as sacrebleu has it, and the higher orders never raise it.
# Happens: one is added to hits and to counts of every order, also where the answer is too short to have an n-gram of it, so that these
# orders count as all right. "yes" for "no" gets bleu_1 = 0.5 and bleu_4 = 0.84; a wrong answer of two words 0.64. The shorter, the better.
# Version: nemo-evaluator 0.2.8, sacrebleu 2.6.0. Source: nemo_evaluator/contrib/byob/scorers.py, bleu.
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
from nemo_evaluator.contrib.byob.scorers import bleu

print(*(f"{name} {version(name)}" for name in ("nemo-evaluator", "sacrebleu")))
found = {}
for answer, reference in (("yes", "no"), ("the cat", "a dog"), ("one two three four five", "six seven eight nine ten")):
    told = bleu(ScorerInput(response=answer, target=reference, metadata={}))
    found[answer] = (round(told["bleu_1"], 2), round(told["bleu_4"], 2), sacrebleu.sentence_bleu(answer, [reference]).score > 20)
    print(f"{answer!r} for {reference!r}: {told}, sacrebleu {sacrebleu.sentence_bleu(answer, [reference]).score}")
assert found == {
    "yes": (0.5, 0.84, False),
    "the cat": (0.33, 0.64, False),
    "one two three four five": (0.17, 0.23, False),
}, f"changed: {found}"
PYTHON
