#!/usr/bin/env bash
# Readers of JSON lines turn integers beyond 64 bits into floats without a word.
# Expected: the integer, as Python's json gives it, or an error. HumanEval+ and MBPP+ hold test inputs of up to thousands
# of digits, so a float changes the problem.
# Happens: orjson, DuckDB, pyarrow and datasets return a float for 2**70 and 2**70 + 1 alike. (polars keeps both.)
# Version: orjson 3.13.0, duckdb 2.0.1, pyarrow 26.0.1, datasets 5.2.0. Source: each reader's type inference.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check orjson==3.13.0 duckdb==2.0.1 pyarrow==26.0.1 datasets==5.2.0 polars==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
from pathlib import Path

import datasets
import duckdb
import orjson
import polars
import pyarrow
import pyarrow.json

datasets.disable_progress_bars()
LARGE = [2**70, 2**70 + 1]
Path("inputs.jsonl").write_text("".join(json.dumps({"n": n}) + "\n" for n in LARGE))
read = {
    f"orjson {orjson.__version__}": [orjson.loads(line)["n"] for line in Path("inputs.jsonl").read_bytes().splitlines()],
    f"duckdb {duckdb.__version__}": [row[0] for row in duckdb.sql("select n from read_json('inputs.jsonl')").fetchall()],
    f"pyarrow {pyarrow.__version__}": pyarrow.json.read_json("inputs.jsonl")["n"].to_pylist(),
    f"datasets {datasets.__version__}": list(
        datasets.load_dataset("json", data_files="inputs.jsonl", split="train", cache_dir="cache")["n"]
    ),
}
for name, values in read.items():
    print(name, values)
    assert all(isinstance(v, float) for v in values) and values[0] == values[1], f"changed: {name}"
kept = polars.read_ndjson("inputs.jsonl")["n"].to_list()
print("polars", polars.__version__, kept)
assert kept == LARGE, "changed: polars"
PYTHON
