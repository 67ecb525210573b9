#!/usr/bin/env bash
# LM-Polygraph's expected calibration error is 0, the best there is, for a model that is 99 % sure and right in 8 of 10 answers.
# Expected: an estimator gives uncertainty, 1 - p or -log p, "higher values indicate more uncertainty"; a confidence of 0.99 where 0.8 is right has an error of
# 0.19.
# Happens: the uncertainty is negated, which is between -1 and 0 (or log p), and the bins go from 0 to 1. No sample lies in any bin, and the sum of nothing is
# 0, without a word. With the probability itself, negated, the error is right. normalize=True stretches the confidences of the data to 0 and 1 first.
# Version: lm-polygraph 0.7.0, numpy 2.3.4. Source: lm_polygraph/ue_metrics/ece.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of all that lm-polygraph asks for, what this metric needs
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps lm-polygraph==0.7.0
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.3.4 scikit-learn==1.7.2
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import sysconfig
import types
from importlib.metadata import version
from pathlib import Path

import numpy as np

# imported past the package's own __init__, which asks for torch
for name in ("lm_polygraph", "lm_polygraph.ue_metrics"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [str(Path(sysconfig.get_path("purelib"), *name.split(".")))]
from lm_polygraph.ue_metrics.ece import ECE  # noqa: E402

print("lm-polygraph", version("lm-polygraph"))
right = np.array([1] * 80 + [0] * 20)
found = {}
for sure in (0.99, 0.8, 0.1):
    p = np.full(100, sure)
    found[sure] = [round(float(ECE()(uncertainty, right)), 2) for uncertainty in (1 - p, -np.log(p), -p)]
    print(f"confidence {sure}, right in 80 of 100: error {found[sure][0]} by 1 - p, {found[sure][1]} by -log p, {found[sure][2]} by -p")
assert found == {0.99: [0.0, 0.0, 0.19], 0.8: [0.0, 0.0, 0.0], 0.1: [0.0, 0.0, 0.7]}, f"changed: {found}"
PYTHON
