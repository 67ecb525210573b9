#!/usr/bin/env bash
# lm-evaluation-harness asks for `repeats: 4` samples and scores the first one alone.
# Expected: the mean over the four samples, or pass@1 of them.
# Happens: without a filter in the task the one called "none" takes the first response; the other three are generated, logged
# under `resps` and ignored. Three of four answers to each problem are right here, and the score is 0. A reader of the log must
# not take `resps` for what was scored.
# Version: lm-eval 0.4.13. Source: lm_eval/api/task.py (default filter take_first), lm_eval/filters/selection.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lm-eval==0.4.13
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
import os
from importlib.metadata import version
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import lm_eval
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

Path("tasks").mkdir()
Path("problems.jsonl").write_text("".join(json.dumps({"q": q, "a": "2"}) + "\n" for q in ("1 + 1", "4 - 2")))
Path("tasks/mine.yaml").write_text(
    f"""task: mine
dataset_path: json
dataset_kwargs: {{data_files: {Path('problems.jsonl').resolve()}}}
test_split: train
output_type: generate_until
doc_to_text: "{{{{q}}}}"
doc_to_target: "{{{{a}}}}"
repeats: 4
generation_kwargs: {{until: ["\\n"], do_sample: true}}
metric_list: [{{metric: exact_match, aggregation: mean, higher_is_better: true}}]
"""
)


class Answers(LM):
    """Answers wrongly once, then rightly three times."""

    def generate_until(self, requests, **_):
        return ["2" if number % 4 else "3" for number in range(len(requests))]

    def loglikelihood(self, requests):
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood


found = lm_eval.simple_evaluate(
    model=Answers(), tasks=["mine"], task_manager=TaskManager(include_path="tasks"), log_samples=True, bootstrap_iters=0
)
first = found["samples"]["mine"][0]
print("lm-eval", version("lm-eval"), "score:", found["results"]["mine"]["exact_match,none"])
print("responses:", first["resps"], "scored:", first["filtered_resps"])
assert first["resps"] == [["3", "2", "2", "2"]] and first["filtered_resps"] == ["3"], "changed"
assert found["results"]["mine"]["exact_match,none"] == 0.0, "changed"
PYTHON
