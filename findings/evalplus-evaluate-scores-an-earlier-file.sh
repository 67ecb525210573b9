#!/usr/bin/env bash
# EvalPlus's evaluate prints the score of an earlier version of the samples file.
# Expected: when samples.jsonl has changed since, it is graded again, or the old result is refused.
# Happens: a result file beside it is loaded by its name alone; neither the samples' content nor their time is looked at. Here
# the samples are corrected, and the score stays 0.000. (--i_just_wanna_run grades again.)
# Version: evalplus 0.3.1. Source: evalplus/evaluate.py, evaluate.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check evalplus==0.3.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

problem = {
    "task_id": "HumanEval/0", "prompt": "def add(a, b):\n", "entry_point": "add", "canonical_solution": "    return a + b\n",
    "test": "def check(f):\n    assert f(1, 2) == 3\n", "contract": "", "base_input": [[1, 2]], "plus_input": [[3, 4]], "atol": 0,
}
Path("problems.jsonl").write_text(json.dumps(problem) + "\n")
here = {**os.environ, "HUMANEVAL_OVERRIDE_PATH": "problems.jsonl", "XDG_CACHE_HOME": os.getcwd(), "HOME": os.getcwd()}
command = [sys.executable, "-m", "evalplus.evaluate", "--dataset", "humaneval", "--samples", "samples.jsonl"]


def score(body: str) -> str:
    Path("samples.jsonl").write_text(json.dumps({"task_id": "HumanEval/0", "completion": body}) + "\n")
    done = subprocess.run(command, env=here, capture_output=True, text=True, timeout=300, check=True)
    return next(line.split()[-1] for line in done.stdout.splitlines() if line.startswith("pass@1"))


scores = [score("    return a - b\n"), score("    return a + b\n")]
print("evalplus", version("evalplus"), "wrong samples:", scores[0], "after they were corrected:", scores[1])
assert scores == ["0.000", "0.000"], "changed"
PYTHON
