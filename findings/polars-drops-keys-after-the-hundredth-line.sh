#!/usr/bin/env bash
# polars reads a JSON lines file without the keys that first occur after its hundredth line.
# Expected: a column for each key of the file, or an error at the first unknown one, as it gives for a value of another type.
# Happens: columns are those of the first 100 rows (infer_schema_length); later keys are left out without a word, also within objects. A file
# of samples whose first failure comes late has no column "error", and every row looks sound. infer_schema_length=None reads all.
# Version: polars 2.1.0. Source: polars.read_ndjson.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
from importlib.metadata import version
from pathlib import Path

import polars

print("polars", version("polars"))
rows = [{"task_id": f"t/{n}", "usage": {"tokens": n}} for n in range(101)]
rows[100]["error"] = "killed: out of memory"
rows[100]["usage"]["reasoning"] = 7
Path("samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
found = {}
for rows_looked_at in (100, None):
    read = polars.read_ndjson("samples.jsonl", infer_schema_length=rows_looked_at)
    found[rows_looked_at] = (read.columns, sorted(read["usage"][100]))
    print(f"infer_schema_length={rows_looked_at}: columns {found[rows_looked_at][0]}, usage of the last row {read['usage'][100]}")
assert polars.read_ndjson("samples.jsonl").columns == found[100][0], "100 is no longer the default"
assert found == {
    100: (["task_id", "usage"], ["tokens"]),
    None: (["task_id", "usage", "error"], ["reasoning", "tokens"]),
}, "changed"
PYTHON
