#!/usr/bin/env bash
# mlxtend's test of two proportions gives p = 0.999 for 90 of 100 against 70 of 100, and 0.0001 with the two exchanged.
# Expected: "the p-value" of a difference is two-sided and does not depend on which model is named first: 0.0004 by statsmodels.
# Happens: the value is the normal distribution's at z, the one-sided p of "the first is worse". A better first model never comes out as significant, and a worse
# one gets half of the two-sided p.
# Version: mlxtend 0.25.0, statsmodels 0.15.0. Source: mlxtend/evaluate/proportion_difference.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mlxtend==0.25.0 statsmodels==0.15.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from mlxtend.evaluate import proportion_difference
from statsmodels.stats.proportion import proportions_ztest

print(*(f"{name} {version(name)}" for name in ("mlxtend", "statsmodels")))
found = {}
for first, second in ((0.9, 0.7), (0.7, 0.9), (0.7, 0.7)):
    there = float(proportion_difference(first, second, n_1=100, n_2=100)[1])
    here = float(proportions_ztest([first * 100, second * 100], [100, 100])[1])
    found[first, second] = round(there, 4), round(here, 4)
    print(f"{first} against {second}: mlxtend {there:.4f}, statsmodels {here:.4f}")
assert found[0.9, 0.7][0] > 0.999 and found[0.7, 0.9][0] < 0.0002 and found[0.7, 0.7][0] == 0.5, "changed"
assert found[0.9, 0.7][1] == found[0.7, 0.9][1] == 0.0004 and found[0.7, 0.7][1] == 1.0, "changed"
PYTHON
