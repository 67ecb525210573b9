#!/usr/bin/env bash
# crowd-kit's majority vote decides each tie for the label that comes first in the alphabet.
# Expected: a tie is broken at random (or left open), so that one of two judges does not outweigh the other over a thousand answers.
# Happens: two judges who disagree make "fail" of pass and fail, but "correct" of correct and wrong, False of True and False: the same
# verdicts in other words turn a score of 0.25 into 0.75. The order of the rows and of the judges changes nothing.
# Version: crowd-kit 1.4.2. Source: crowdkit/aggregation/utils.py, get_most_probable_labels.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps crowd-kit==1.4.2 pandas==2.3.3 numpy==2.4.6 \
  attrs==26.1.0 cloudpickle==3.1.3 joblib==1.6.0 narwhals==2.29.0 nltk==3.10.4 python-dateutil==2.9.0.post0 six==1.17.0 \
  pytz==2026.6 regex==2026.11.19 scikit-learn==1.9.1 scipy==1.17.1 threadpoolctl==3.8.0 tqdm==4.70.1 tzdata==2026.6
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import pandas as pd
from crowdkit.aggregation import MajorityVote

print("crowd-kit", version("crowd-kit"))
VERDICTS = [(True, True), (True, False), (False, True), (False, False)]  # two judges of four answers
WORDS = {"pass and fail": ("pass", "fail"), "correct and wrong": ("correct", "wrong"), "True and False": (True, False)}
found = {}
for name, (right, wrong) in WORDS.items():
    rows = [
        (f"t{task}", judge, right if verdict else wrong)
        for task, pair in enumerate(VERDICTS)
        for judge, verdict in zip("ab", pair)
    ]
    for order in (rows, rows[::-1]):
        voted = MajorityVote().fit_predict(pd.DataFrame(order, columns=["task", "worker", "label"]))
        found.setdefault(name, set()).add(float((voted == right).mean()))
    print(f"{name}: share of right answers {found[name]}")
assert found == {"pass and fail": {0.25}, "correct and wrong": {0.75}, "True and False": {0.25}}, f"changed: {found}"
PYTHON
