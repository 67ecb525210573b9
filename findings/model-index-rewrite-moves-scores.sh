#!/usr/bin/env bash
# Rewriting a model card with huggingface_hub moves scores to another source and another data set.
# Expected: reading a card's model-index and writing it again changes nothing.
# Happens: results are grouped by task, data set type, config and split alone. Two results on one data set from two sources
# become one result with the first one's source; two languages of MultiPL-E that differ in the data set's name alone become
# two scores of the first language. Nothing is said.
# Version: huggingface_hub 2.4.0. Source: huggingface_hub/repocard_data.py, eval_results_to_model_index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check huggingface_hub==2.4.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import huggingface_hub
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results


def result(name: str, kind: str, value: float, source: str) -> dict:
    return {
        "task": {"type": "text-generation"},
        "dataset": {"name": name, "type": kind},
        "metrics": [{"type": "pass@1", "value": value}],
        "source": {"name": source, "url": f"https://example.org/{source}"},
    }


card = [
    {
        "name": "tiny-coder",
        "results": [
            result("HumanEval", "openai_humaneval", 61.0, "card"),
            result("HumanEval", "openai_humaneval", 55.0, "harness"),
            result("MultiPL-HumanEval (PHP)", "nuprl/MultiPL-E", 31.7, "card"),
            result("MultiPL-HumanEval (Java)", "nuprl/MultiPL-E", 30.0, "card"),
        ],
    }
]
written = eval_results_to_model_index(*model_index_to_eval_results(card))[0]["results"]
print("huggingface_hub", huggingface_hub.__version__)
for found in written:
    print(found["dataset"]["name"], found["source"]["name"], [m["value"] for m in found["metrics"]])
assert [(r["dataset"]["name"], r["source"]["name"], [m["value"] for m in r["metrics"]]) for r in written] == [
    ("HumanEval", "card", [61.0, 55.0]),
    ("MultiPL-HumanEval (PHP)", "card", [31.7, 30.0]),
], "changed"
PYTHON
