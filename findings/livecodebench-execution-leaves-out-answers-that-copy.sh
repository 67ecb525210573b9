#!/usr/bin/env bash
# LiveCodeBench's code execution gives pass@1 of 1.0 when nine of ten answers copy the question and one is right.
# Expected: an answer that repeats the call instead of computing its value is wrong: 1 of 10 is 0.1, as 10 of 10 copies are 0.
# Happens: such an answer is passed over without a verdict; the estimate divides by what is left. Nine copies and a wrong answer are 0, nine
# copies and a right one 1.0.
# Version: nvidia-livecodebench 26.3. Source: livecodebench/evaluation/compute_code_execution_metrics.py, evaluate_score (the same in LiveCodeBench's own).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps nvidia-livecodebench==26.3 numpy==2.4.6 tqdm==4.70.1 \
  pandas==3.1.1 python-dateutil==2.9.0.post0 six==1.17.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import pandas  # noqa: F401  (what the runners import; loaded here, they have it within their three seconds)
from livecodebench.evaluation.compute_code_execution_metrics import code_execution_metrics

print("nvidia-livecodebench", version("nvidia-livecodebench"))
PROBLEM = {"code": "def f(x):\n    return x + 1", "input": "f(x = 2)", "output": "3"}
ANSWERS = {
    "ten right": ["3"] * 10,
    "one right, nine wrong": ["3"] + ["4"] * 9,
    "one right, nine copies": ["3"] + ["f(x = 2)"] * 9,
    "ten copies": ["f(x = 2)"] * 10,
}
if __name__ == "__main__":
    found = {}
    for name, answers in ANSWERS.items():
        metrics, results = code_execution_metrics([PROBLEM] * 2, [answers] * 2)  # of one problem its error raises
        found[name] = round(float(metrics["pass@1"]), 6)
        print(f"{name}: pass@1 {found[name]}, verdicts {len(results[0])}")
    assert found == {
        "ten right": 1.0,
        "one right, nine wrong": 0.1,
        "one right, nine copies": 1.0,
        "ten copies": 0.0,
    }, f"changed: {found}"
PYTHON
