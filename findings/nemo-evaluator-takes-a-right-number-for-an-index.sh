#!/usr/bin/env bash
# NeMo Evaluator takes the right answer "1" for choice number 1, though "1" is one of the choices.
# Expected: the order of its documentation: an index, a letter, a choice that stands there word for word, and last the text of an index. A
# right answer that is one of the choices is that choice.
# Happens: the text of an index comes before the choices. Of "3", "1", "4", "2" the right answer "2" becomes "4": the model that picks
# "2" is wrong, the one that picks "4" right. Sets whose choices are numbers (how many ...?) are scored against other answers.
# Version: nemo-evaluator 0.2.8. Source: nemo_evaluator/contrib/byob/scorers.py, _resolve_gold_index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nemo-evaluator==0.2.8
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from nemo_evaluator.contrib.byob.decorators import ScorerInput
from nemo_evaluator.contrib.byob.scorers import multiple_choice_acc

CHOICES = ["3", "1", "4", "2"]
print("nemo-evaluator", version("nemo-evaluator"))
found = {}
for picked in CHOICES:
    known = {"_choices": CHOICES, "_choices_logprobs": [-1.0 if choice == picked else -9.0 for choice in CHOICES]}
    found[picked] = multiple_choice_acc(ScorerInput(response=picked, target="2", metadata=known))["acc"]
    print(f"right is '2' of {CHOICES}; the model picks {picked!r}: {found[picked]}")
assert found == {"3": 0.0, "1": 0.0, "4": 1.0, "2": 0.0}, "changed"
PYTHON
