#!/usr/bin/env bash
# lighteval's pass@k takes the number of samples of the first problem for all problems after it.
# Expected: without a given n each problem's own number of samples counts.
# Happens: n is stored on the metric at the first problem; of later problems only that many samples are looked at. Here three of
# four samples of the second problem are right, and it scores 0.0 because the first problem had one sample.
# Version: lighteval 0.13.0. Source: lighteval/metrics/metrics_sample.py, PassAtK.compute.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lighteval==0.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import logging
from importlib.metadata import version

logging.disable(logging.CRITICAL)
from lighteval.metrics.metrics_sample import PassAtK
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.requests import Doc

problem = Doc(query="q", choices=["right"], gold_index=0)
four = ModelResponse(text=["wrong", "right", "right", "right"])
alone, after = PassAtK(k=1), PassAtK(k=1)
after.compute(problem, ModelResponse(text=["wrong"]))
scores = alone.compute(problem, four), after.compute(problem, four)
print("lighteval", version("lighteval"), "pass@1 of 3 in 4: alone", scores[0], "after a problem of one sample", scores[1])
assert scores == (0.75, 0.0), "changed"
PYTHON
