#!/usr/bin/env bash
# HELM's quasi prefix exact match is 1 for any answer where A is right, and 1 for 35 where 3.5 is.
# Expected: "the same as prefix_exact_match", 1 where the answer begins with the right one, but case, articles and punctuation are forgiven.
# Happens: A is an article and is taken away, every text begins with the empty text that is left, and so B, C and a refusal are right. Of the metrics that HELM
# reports side by side, prefix_exact_match is 0 there. Numbers lose point and minus, so -5 is 5. "Yesterday" begins with Yes in both.
# Version: crfm-helm 0.5.16. Source: helm/benchmark/metrics/evaluate_reference_metrics.py, quasi_prefix_exact_match and normalize_text.
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

from helm.benchmark.metrics.evaluate_reference_metrics import prefix_exact_match, quasi_prefix_exact_match

print("crfm-helm", version("crfm-helm"))
CASES = {
    ("A", "A"): (1, 1),
    ("A", "B"): (0, 1),
    ("A", "I cannot say."): (0, 1),
    ("B", "A"): (0, 0),
    ("3.5", "35"): (0, 1),
    ("-5", "5"): (0, 1),
    ("Yes", "Yesterday it was not."): (1, 1),
}
found = {(right, answer): (prefix_exact_match(right, answer), quasi_prefix_exact_match(right, answer)) for right, answer in CASES}
for (right, answer), scores in found.items():
    print(f"{answer!r} for {right!r}: prefix {scores[0]}, quasi prefix {scores[1]}")
assert found == CASES, f"changed: {found}"
PYTHON
