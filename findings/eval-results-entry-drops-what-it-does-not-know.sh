#!/usr/bin/env bash
# huggingface_hub reads a community eval result that says pass@10 as a plain result.
# Expected: an unknown key in .eval_results is an error or is kept; a value written as text is refused or becomes a number.
# Happens: `metric: pass@10` and `stderr` vanish when the entry is read, so reading and writing a file turns a pass@10 into the
# benchmark's score, and a value of "41.2" stays text, which neither compares nor sorts as a number.
# Version: huggingface_hub 2.4.0. Source: huggingface_hub/_eval_results.py, parse_eval_result_entries.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check huggingface_hub==2.4.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import huggingface_hub
from huggingface_hub import eval_result_entries_to_yaml, parse_eval_result_entries

given = [
    {
        "dataset": {"id": "evalplus/humanevalplus", "task_id": "default"},
        "value": "41.2",
        "metric": "pass@10",
        "stderr": 3.8,
    }
]
written = eval_result_entries_to_yaml(parse_eval_result_entries(given))
print("huggingface_hub", huggingface_hub.__version__, written)
assert written == [{"dataset": {"id": "evalplus/humanevalplus", "task_id": "default"}, "value": "41.2"}], "changed"
PYTHON
