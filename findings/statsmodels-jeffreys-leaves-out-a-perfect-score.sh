#!/usr/bin/env bash
# statsmodels' Jeffreys interval of a perfect score does not hold the score, and that of none right does not hold 0.
# Expected: 0 of n begins at 0 and n of n ends at 1, as Brown, Cai and DasGupta define this interval and as all other methods of the
# function have it.
# Happens: the bounds are the plain quantiles of the posterior. 5 of 5 ends at 0.99991 and 0 of 5 begins at 0.00009; a model that never
# passes lies outside of its own 95 % interval, and a plot of it shows a bar beside its point.
# Version: statsmodels 0.15.0. Source: statsmodels/stats/proportion.py, proportion_confint.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check statsmodels==0.15.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from statsmodels.stats.proportion import proportion_confint

METHODS = ("normal", "agresti_coull", "beta", "wilson", "jeffreys", "binom_test")
print("statsmodels", version("statsmodels"))
found = {}
for method in METHODS:
    none, perfect = (tuple(float(end) for end in proportion_confint(right, 5, method=method)) for right in (0, 5))
    found[method] = none[0] <= 0 and perfect[1] >= 1
    print(f"{method}: 0 of 5 in {none}, 5 of 5 in {perfect}; each holds its score: {found[method]}")
assert found == {method: method != "jeffreys" for method in METHODS}, "changed"
PYTHON
