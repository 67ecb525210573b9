#!/usr/bin/env bash
# The corrected chi-square of statsmodels' McNemar test gives p = 0 for two models that answer each problem alike.
# Expected: without a pair that differs there is no evidence, and p is 1 (as its exact test says) or undefined.
# Happens: the continuity correction takes one from the difference 0 and squares what is left, -1, so that the statistic is infinite
# over no pairs and too large over few: 3 against 3 give p = 0.68 where the difference is nothing at all. The plain
# chi-square gives nan and 1.
# Version: statsmodels 0.15.0, numpy 2.4.6. Source: statsmodels/stats/contingency_tables.py, mcnemar.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check statsmodels==0.15.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import numpy as np
from statsmodels.stats.contingency_tables import mcnemar

warnings.simplefilter("ignore")
print("statsmodels", version("statsmodels"))
found = {}
for name, table in {"no pair differs": [[80, 0], [0, 84]], "3 against 3": [[80, 3], [3, 78]], "2 against 11": [[80, 2], [11, 71]]}.items():
    tests = mcnemar(table, exact=True), mcnemar(table, exact=False, correction=True), mcnemar(table, exact=False, correction=False)
    found[name] = tuple(round(float(test.pvalue), 2) for test in tests)
    print(f"{name}: exact {found[name][0]}, corrected {found[name][1]} (statistic {tests[1].statistic}), plain {found[name][2]}")
assert found["no pair differs"][:2] == (1.0, 0.0) and np.isnan(found["no pair differs"][2]), "changed"
assert found["3 against 3"] == (1.0, 0.68, 1.0) and found["2 against 11"] == (0.02, 0.03, 0.01), "changed"
PYTHON
