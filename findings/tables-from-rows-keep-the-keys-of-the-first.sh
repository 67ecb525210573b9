#!/usr/bin/env bash
# datasets' from_list and from_generator, and pyarrow's from_pylist, drop every key that the first row lacks.
# Expected: a column for each key, with null where a row lacks it, as datasets has it when the same rows come from a JSON lines file; or an error.
# Happens: names are taken from the first row. If the first sample passed, `error` and `seconds` of those that failed after it are not in the table
# and not in the Parquet file made of it.
# Version: datasets 5.2.0, pyarrow 26.0.1. Source: datasets/arrow_dataset.py, from_list; pyarrow/table.pxi, Table.from_pylist.
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
import pyarrow

datasets.disable_progress_bars()
print(*(f"{name} {version(name)}" for name in ("datasets", "pyarrow")))
ROWS = [{"task_id": "t/0", "passed": True}, {"task_id": "t/1", "passed": False, "error": "timeout"}]
Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
found = {
    "datasets from_list": datasets.Dataset.from_list(ROWS).column_names,
    "pyarrow from_pylist": pyarrow.Table.from_pylist(ROWS).column_names,
    "datasets from_json": datasets.Dataset.from_json("rows.jsonl", cache_dir="cache").column_names,
    "datasets from_generator": datasets.Dataset.from_generator(lambda: iter(ROWS), cache_dir="cache").column_names,
}
for name, columns in found.items():
    print(f"{name}: {columns}")
whole = found.pop("datasets from_json")
assert whole == ["task_id", "passed", "error"], f"changed: {whole}"
assert all(columns == ["task_id", "passed"] for columns in found.values()), f"changed: {found}"
PYTHON
