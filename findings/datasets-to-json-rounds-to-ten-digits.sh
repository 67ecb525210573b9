#!/usr/bin/env bash
# datasets writes -0.12345678901234566 to JSON lines as -0.123456789, and 1e-12 as 0.0.
# Expected: Dataset.to_json keeps the numbers; what load_dataset reads back is what was written, as with to_csv and to_parquet.
# Happens: pandas' to_json writes ten digits after the point unless it is told otherwise. Log-probabilities, expected values of tests and small
# p values change; a test that compares with == fails for the right program. double_precision=15, the most there is, leaves out the last two digits.
# Version: datasets 5.2.0, pandas 3.1.1. Source: datasets/io/json.py, JsonDatasetWriter; pandas.DataFrame.to_json (double_precision).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
from importlib.metadata import version
from pathlib import Path

import datasets

datasets.disable_progress_bars()
print(*(f"{name} {version(name)}" for name in ("datasets", "pandas")))
ROW = {"task_id": "t/0", "expected": -0.12345678901234566, "p": 1e-12, "tokens": 2**60 + 1}
table = datasets.Dataset.from_list([ROW])
table.to_json("rows.jsonl")
table.to_json("digits.jsonl", double_precision=15)
table.to_csv("rows.csv")
table.to_parquet("rows.parquet")
found = {
    "to_json": json.loads(Path("rows.jsonl").read_text()),
    "to_json, double_precision=15": json.loads(Path("digits.jsonl").read_text()),
    "to_parquet": datasets.Dataset.from_parquet("rows.parquet", cache_dir="cache")[0],
}
for name, row in found.items():
    print(f"{name}: {row}")
print("to_csv:", Path("rows.csv").read_text().splitlines()[1])
assert found["to_parquet"] == ROW and found["to_json"]["tokens"] == ROW["tokens"], "changed: what is kept"
assert (found["to_json"]["expected"], found["to_json"]["p"]) == (-0.123456789, 0.0), f"changed: {found['to_json']}"
assert str(ROW["expected"]) in Path("rows.csv").read_text(), "changed: to_csv"
PYTHON
