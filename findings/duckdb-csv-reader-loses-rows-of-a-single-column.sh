#!/usr/bin/env bash
# DuckDB reads a CSV file of one column of code as two columns, and leaves out the rows that do not fit.
# Expected: the separator of a .csv file is a comma unless something else is said; a file without one has one column, and no row is lost.
# Happens: semicolons within the code make a better separator; rows before the first with as many of them are taken for a preamble and skipped, the
# next for the header. Of three answers one is left, cut in two, and its "f" is the boolean false. With delim=',' all are read.
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
Path("answers.csv").write_text('answer\n"a;b"\nc;d\ne;f\n')
found = {
    "csv": [tuple(row) for row in list(csv.reader(Path("answers.csv").open()))[1:]],
    "polars": polars.read_csv("answers.csv").rows(),
    "duckdb": duckdb.sql("select * from read_csv('answers.csv')").fetchall(),
    "duckdb, delim=','": duckdb.sql("select * from read_csv('answers.csv', delim=',')").fetchall(),
}
for name, rows in found.items():
    print(f"{name}: {rows}")
assert found["csv"] == found["polars"] == found["duckdb, delim=','"] == [("a;b",), ("c;d",), ("e;f",)], "changed"
assert found["duckdb"] == [("e", False)], "changed"
PYTHON
