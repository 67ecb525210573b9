#!/usr/bin/env bash
# DuckDB reads fractional rewards as 0 when they come late in a JSON lines file.
# Expected: a value that does not fit the type guessed from the first 20,480 rows is an error, or the type is widened.
# Happens: a column whose first 20,480 rows are whole numbers is BIGINT, and 0.25 in a later row becomes 0; a column that was
# null so far stays null, so later error messages vanish. Nothing is said, and sums and counts are wrong. 164 problems of 200
# samples are 32,800 rows. (read_json(..., sample_size=-1) looks at all rows.)
# Version: duckdb 2.0.1. Source: DuckDB's JSON reader, sample_size.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
from pathlib import Path

import duckdb

FIRST = 20_480
with Path("grades.jsonl").open("w") as file:
    for number in range(FIRST + 8):
        late = number >= FIRST
        row = {"task_id": number, "reward": 0.25 if late else 1, "error": "NameError: x" if late else None}
        file.write(json.dumps(row) + "\n")
query = "select sum(reward), count(error) from read_json('grades.jsonl'{})"
found = duckdb.sql(query.format("")).fetchall()[0]
whole = duckdb.sql(query.format(", sample_size=-1")).fetchall()[0]
print("duckdb", duckdb.__version__, "rewards, errors:", found, "looking at all rows:", whole)
assert whole == (FIRST + 2.0, 8), "changed: all rows"
assert found == (FIRST, 0), "changed"
PYTHON
