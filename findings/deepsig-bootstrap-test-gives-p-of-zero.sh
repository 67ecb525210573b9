#!/usr/bin/env bash
# deepsig's bootstrap test gives p = 0 for scores that its permutation test gives p = 0.001.
# Expected: with a thousand resamples the least p that can be known is about 1/1001; both tests of one package state it alike.
# Happens: the permutation test counts the observed order among its own (Phipson and Smyth, "permutation p-values should never be zero"),
# the bootstrap test does not, so that a result that was never seen in 1,000 draws is certain, survives any correction for many models,
# and a product or logarithm of p values breaks.
# Version: deepsig 1.2.8. Source: deepsig/tests.py, bootstrap_test and permutation_test.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check deepsig==1.2.8 numpy==1.26.4
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from deepsig import bonferroni_correction, bootstrap_test, permutation_test

print("deepsig", version("deepsig"))
np.random.seed(1)
better, worse = [1.0] * 20, [0.0] * 20
found = {test.__name__: test(better, worse, num_samples=1000) for test in (bootstrap_test, permutation_test)}
for name, p in found.items():
    print(f"{name}: p = {p}, after Bonferroni's correction for 100 comparisons {float(bonferroni_correction([p] * 100)[0]):.3g}")
assert found["bootstrap_test"] == 0, f"changed: {found}"
assert 0 < found["permutation_test"] < 0.01, f"changed: {found}"
PYTHON
