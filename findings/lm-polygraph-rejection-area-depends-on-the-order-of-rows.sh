#!/usr/bin/env bash
# LM-Polygraph calls an uncertainty that is 0.5 for every answer perfect when the right answers come first in the file, and the worst when they come last.
# Expected: an estimator that cannot tell answers apart gets the value of rejecting at random, whatever the order of the rows; equal uncertainties count as equal.
# Happens: rows are sorted by uncertainty, equal ones stay as they come, and the area under the prediction-rejection curve is of that one order. Uncertainties
# with few values (agreement of five samples, a verbal "80 %") are mostly ties. The risk-coverage curve does likewise; ROC-AUC of the same package gives 0.5.
# Version: lm-polygraph 0.7.0, numpy 2.3.4. Source: lm_polygraph/ue_metrics/pred_rej_area.py and risk_cov_curve.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of all that lm-polygraph asks for, what these metrics need
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
from lm_polygraph.ue_metrics.pred_rej_area import PredictionRejectionArea  # noqa: E402
from lm_polygraph.ue_metrics.risk_cov_curve import RiskCoverageCurveAUC  # noqa: E402
from lm_polygraph.ue_metrics.roc_auc import ROCAUC  # noqa: E402

print("lm-polygraph", version("lm-polygraph"))
right = np.array([1] * 80 + [0] * 20)
same = np.full(100, 0.5)
found = {}
for name, rows in {"right answers first": right, "right answers last": right[::-1]}.items():
    found[name] = [round(float(metric(same, rows)), 3) for metric in (PredictionRejectionArea(), RiskCoverageCurveAUC(), ROCAUC())]
    print(f"{name}: prediction-rejection area {found[name][0]}, risk-coverage area {found[name][1]}, ROC-AUC {found[name][2]}")
best, worst = (round(float(PredictionRejectionArea()(uncertainty, right)), 3) for uncertainty in (1 - right, right))
print(f"uncertainty that knows all: {best}, that is always mistaken: {worst}")
assert found == {"right answers first": [best, 0.022, 0.5], "right answers last": [worst, 0.518, 0.5]}, f"changed: {found}"
assert (best, worst) == (0.978, 0.482), f"changed: {best}, {worst}"
PYTHON
