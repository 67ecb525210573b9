#!/usr/bin/env bash
# The package bootstrapped gives 19 right answers of 20 an interval that ends at 1.05, and 1 of 20 one that begins below 0.
# Expected: the interval of a mean lies within what resampled means can be, as percentile intervals (scipy's bootstrap) do.
# Happens: intervals are pivotal unless is_pivotal=False is given: the quantiles are mirrored at the estimate. The distribution of a
# share near 0 or 1 leans to one side, and mirrored it leans to the other: the side with no room.
# Version: bootstrapped 0.0.2, scipy 1.17.1. Source: bootstrapped/bootstrap.py, _get_confidence_interval.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check bootstrapped==0.0.2 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import bootstrapped.bootstrap
import bootstrapped.stats_functions
import numpy as np
import scipy.stats

print(*(f"{name} {version(name)}" for name in ("bootstrapped", "scipy")))
found = {}
for right in (19, 1):
    answers = np.array([1.0] * right + [0.0] * (20 - right))
    np.random.seed(1)
    for pivotal in (True, False):
        interval = bootstrapped.bootstrap.bootstrap(answers, stat_func=bootstrapped.stats_functions.mean, is_pivotal=pivotal)
        found[right, pivotal] = interval.lower_bound, interval.upper_bound
    scipys = scipy.stats.bootstrap((answers,), np.mean, method="percentile", rng=1).confidence_interval
    print(f"{right} of 20: as it stands {found[right, True]}, is_pivotal=False {found[right, False]}, scipy ({scipys.low}, {scipys.high})")
assert found[19, True][1] > 1 and found[1, True][0] < 0, f"changed: {found}"
assert found[19, False][1] <= 1 and found[1, False][0] >= 0, f"changed: {found}"
PYTHON
