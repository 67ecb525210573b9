#!/usr/bin/env bash
# MLflow refuses a metric that is called pass@1.
# Expected: the name under which every paper and harness of the field has it can be logged; wandb, Trackio and TensorBoard take it.
# Happens: names may hold letters, digits, "_", "-", ".", blanks, ":" and "/" alone, so log_metric("pass@1", ...) raises, and log_metrics refuses all of the
# values that are given with it. A run that logs at its end loses its scores there.
# Version: mlflow-skinny 3.17.2, sqlalchemy 2.1.9, alembic 1.20.1. Source: mlflow/utils/validation.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mlflow-skinny==3.17.2 sqlalchemy==2.1.9 alembic==1.20.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import logging
from importlib.metadata import version

import mlflow

logging.disable(logging.INFO)
print("mlflow-skinny", version("mlflow-skinny"))
mlflow.set_tracking_uri("sqlite:///runs.db")
mlflow.set_experiment("scores")
found = {}
for name in ("pass@1", "pass/1", "pass^1", "accuracy"):
    with mlflow.start_run() as run:
        try:
            mlflow.log_metrics({"solved": 82.0, name: 0.5})
            said = "taken"
        except mlflow.MlflowException as error:
            said = str(error).split(":")[0][:60]
    found[name] = (said == "taken", sorted(mlflow.get_run(run.info.run_id).data.metrics))
    print(f"{name}: {said}; kept {found[name][1]}")
assert found == {
    "pass@1": (False, []),
    "pass/1": (True, ["pass/1", "solved"]),
    "pass^1": (False, []),
    "accuracy": (True, ["accuracy", "solved"]),
}, "changed"
PYTHON
