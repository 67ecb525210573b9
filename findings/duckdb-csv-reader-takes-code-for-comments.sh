#!/usr/bin/env bash
# DuckDB's CSV reader drops an answer that begins with # and the row whose identifier does.
# Expected: CSV has no comments; a field holds what stands between the commas, as Python's csv and polars give it.
# Happens: the reader guesses a comment character from the file, and a Python answer in one field is enough: "# todo" becomes NULL, and a row
# that begins with # is no row. Nothing is said. With comment='' it reads all.
# Version: duckdb 2.0.1, polars 2.1.0. Source: DuckDB's CSV sniffer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 polars==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import csv
from importlib.metadata import version
from pathlib import Path

import duckdb
import polars

print(*(f"{name} {version(name)}" for name in ("duckdb", "polars")))
Path("answers.csv").write_text("problem,answer\n1,# todo\n#2,x = 1\n3,y = 2\n")
found = {
    "csv": [tuple(row) for row in list(csv.reader(Path("answers.csv").open()))[1:]],
    "polars": polars.read_csv("answers.csv").rows(),
    "duckdb": duckdb.sql("select * from read_csv('answers.csv')").fetchall(),
    "duckdb, comment=''": duckdb.sql("select * from read_csv('answers.csv', comment='')").fetchall(),
}
for name, rows in found.items():
    print(f"{name}: {rows}")
WHOLE = [("1", "# todo"), ("#2", "x = 1"), ("3", "y = 2")]
assert found["csv"] == found["polars"] == found["duckdb, comment=''"] == WHOLE, "changed"
assert [tuple(map(str, row)) for row in found["duckdb"]] == [("1", "None"), ("3", "y = 2")], "changed"
PYTHON
