#!/usr/bin/env bash
# Of two values under one key in a JSON line, Python and orjson take the last, polars and DuckDB's json_extract the first.
# Expected: one answer for one file, the last value, as JavaScript, Python and most others have it, or an error.
# Happens: a row that was extended by hand or by string joining ({"passed": false, ..., "passed": true}) is a pass for the program that wrote
# the file and a failure in the table made of it. DuckDB's read_json and pyarrow refuse the file.
# Version: orjson 3.13.0, polars 2.1.0, duckdb 2.0.1, pyarrow 26.0.1. Source: each reader.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check orjson==3.13.0 polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
from importlib.metadata import version
from pathlib import Path

import duckdb
import orjson
import polars
import pyarrow.json

print(*(f"{name} {version(name)}" for name in ("orjson", "polars", "duckdb", "pyarrow")))
LINE = '{"task_id": "t/0", "passed": false, "passed": true}\n'
Path("samples.jsonl").write_text(LINE)


def tried(read):
    try:
        return read()
    except Exception as error:
        return type(error).__name__


found = {
    "json": json.loads(LINE)["passed"],
    "orjson": orjson.loads(LINE)["passed"],
    "polars": polars.read_ndjson("samples.jsonl")["passed"][0],
    "duckdb json_extract": json.loads(duckdb.connect().execute("select json_extract(?, '$.passed')", [LINE]).fetchone()[0]),
    "duckdb read_json": tried(lambda: duckdb.connect().sql("select * from read_json('samples.jsonl')").fetchall()),
    "pyarrow": tried(lambda: pyarrow.json.read_json("samples.jsonl")),
}
for name, value in found.items():
    print(f"{name}: {value}")
assert found == {
    "json": True,
    "orjson": True,
    "polars": False,
    "duckdb json_extract": False,
    "duckdb read_json": "InvalidInputException",
    "pyarrow": "ArrowInvalid",
}, "changed"
PYTHON
