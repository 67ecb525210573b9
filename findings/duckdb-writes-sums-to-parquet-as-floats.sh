#!/usr/bin/env bash
# DuckDB writes the sum of a column of whole numbers to Parquet as a float, rounded.
# Expected: what `select` shows is what the file holds; sum() of BIGINT gives whole numbers, exactly, and a file that cannot hold them is an error.
# Happens: the sum has 128 bits (HUGEINT), for which Parquet has no type, and is written as DOUBLE without a word. 2^53 + 1 comes back as 2^53, also to
# DuckDB itself, and counts have a decimal point in every reader. sum(x)::BIGINT or a DECIMAL stays exact.
# Version: duckdb 2.0.1, pyarrow 26.0.1. Source: DuckDB's Parquet writer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import duckdb
import pyarrow.parquet

print(*(f"{name} {version(name)}" for name in ("duckdb", "pyarrow")))
QUERY = "select sum(tokens) as total, sum(tokens)::bigint as cast_total from (values (9007199254740993::bigint)) t(tokens)"
shown = duckdb.sql(QUERY).fetchall()[0]
duckdb.sql(f"copy ({QUERY}) to 'totals.parquet'")
kept = duckdb.sql("select * from 'totals.parquet'").fetchall()[0]
types = [str(field.type) for field in pyarrow.parquet.read_schema("totals.parquet")]
print(f"shown {shown}\nkept {kept} as {types}")
assert shown == (2**53 + 1, 2**53 + 1), "changed"
assert kept == (float(2**53), 2**53 + 1) and types == ["double", "int64"], "changed"
PYTHON
