#!/usr/bin/env bash
# HELM marks "The answer is 15 eggs, not more." wrong where 15 is right: its final number is the comma.
# Expected: the metric that HELM's GSM8K is scored by, "1 iff the final number in gold and pred match", finds the last number, whatever follows it.
# Happens: a number is one or more digits or commas, so a comma alone is one, and an answer whose last sentence goes on behind a comma is empty. Numbers are
# then compared as texts: 15.00 and 15.0 are not 15, .5 is not 0.5. A gold text that goes on so has no right answer, not itself.
# Version: crfm-helm 0.5.16. Source: helm/benchmark/metrics/evaluate_reference_metrics.py, final_number_exact_match.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of all that crfm-helm asks for, what these metrics need
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps crfm-helm==0.5.16
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nltk==3.9.2 rouge-score==0.1.2 numpy==2.3.4 pyhocon==0.3.61 zstandard==0.25.0 dacite==1.9.2 \
  colorlog==6.10.1 sqlitedict==2.1.0 retrying==1.4.2 cattrs==22.2.0 Mako==1.3.10 bottle==0.13.4 ubelt==1.4.0 datasets==4.4.1
cd "$folder"
venv/bin/python - 2> warnings <<'PYTHON'
from importlib.metadata import version

from helm.benchmark.metrics.evaluate_reference_metrics import final_number_exact_match

print("crfm-helm", version("crfm-helm"))
CASES = {
    "The answer is 15.": 1,
    "The answer is 15 eggs.": 1,
    "The answer is 15 eggs, not more.": 0,
    "The answer is 15, as Ann keeps the rest, too.": 0,
    "The answer is $15.00.": 0,
}
found = {answer: final_number_exact_match("The answer is 15.", answer) for answer in CASES}
for answer, score in found.items():
    print(f"{answer!r} for 15: {score}")
assert found == CASES, f"changed: {found}"
itself = final_number_exact_match("It is 15 eggs, yes", "It is 15 eggs, yes")
assert itself == 0, "changed"
PYTHON
