#!/usr/bin/env bash
# polars reads half of an emoji in a JSON string as the character with number 0.
# Expected: an error, U+FFFD, or the half itself as Python's json gives it.
# Happens: an answer that was cut within an emoji, and written by Python's json ("\ud83d"), comes back with a NUL in its place: another text, and one
# that is an error in Python source ("source code cannot contain null bytes"). Nothing is said. orjson and DuckDB refuse the line.
# Version: polars 2.1.0, orjson 3.13.0, duckdb 2.0.1. Source: polars.read_ndjson.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 orjson==3.13.0 duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
from importlib.metadata import version
from pathlib import Path

import duckdb
import orjson
import polars

print(*(f"{name} {version(name)}" for name in ("polars", "orjson", "duckdb")))
answer = "print('done')  # \ud83d"
Path("samples.jsonl").write_text(json.dumps({"completion": answer}) + "\n")


def tried(read):
    try:
        return read()
    except Exception as error:
        return type(error).__name__


found = {
    "json": json.loads(Path("samples.jsonl").read_text())["completion"],
    "polars": polars.read_ndjson("samples.jsonl")["completion"][0],
    "orjson": tried(lambda: orjson.loads(Path("samples.jsonl").read_bytes())),
    "duckdb": tried(lambda: duckdb.sql("select completion from read_json('samples.jsonl')").fetchall()),
}
for name, value in found.items():
    print(f"{name}: {value!r}")
assert found["json"] == answer and found["polars"] == "print('done')  # \x00", "changed"
PYTHON
