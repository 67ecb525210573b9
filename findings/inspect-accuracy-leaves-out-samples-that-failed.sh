#!/usr/bin/env bash
# Inspect's accuracy is 1.0 ± 0 when nine of ten samples ended in an error and the tenth is right.
# Expected: with fail_on_error=False a sample that failed counts as wrong, or the score is of "1 of 10" wherever it is shown.
# Happens: samples with an error are not scored, the log's status is "success", and accuracy and stderr are of the one that is left. How many there were
# stands in other fields, total_samples and completed_samples; who compares accuracies of logs does not see it.
# Version: inspect-ai 0.3.285. Source: inspect_ai/_eval/task/run.py and results.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect-ai==0.3.285
cd "$folder"
venv/bin/python - <<'PYTHON'
import os
from importlib.metadata import version

os.environ["INSPECT_DISPLAY"] = "none"
from inspect_ai import Task, eval  # noqa: E402
from inspect_ai.dataset import Sample  # noqa: E402
from inspect_ai.scorer import match  # noqa: E402
from inspect_ai.solver import solver  # noqa: E402


@solver
def answers():
    async def solve(state, generate):
        if state.sample_id != 1:
            raise ConnectionError("the server went away")
        state.output.completion = "right"
        return state

    return solve


print("inspect-ai", version("inspect-ai"))
task = Task(dataset=[Sample(id=n, input="?", target="right") for n in range(1, 11)], solver=answers(), scorer=match())
log = eval(task, model="mockllm/model", log_dir="logs", fail_on_error=False)[0]
metrics = {name: metric.value for name, metric in log.results.scores[0].metrics.items()}
print(f"status {log.status}, {metrics}, samples {log.results.total_samples}, completed {log.results.completed_samples}")
assert (log.status, metrics) == ("success", {"accuracy": 1.0, "stderr": 0.0}), "changed"
assert (log.results.total_samples, log.results.completed_samples) == (10, 1), "changed"
PYTHON
