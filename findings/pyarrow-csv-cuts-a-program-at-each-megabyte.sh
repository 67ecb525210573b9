#!/usr/bin/env bash
# pyarrow reads a CSV file of programs with the right number of rows, and one program per megabyte without its beginning.
# Expected: a field in quotes may hold newlines, as Python's csv, pandas, polars and DuckDB have it; what cannot be read is an error.
# Happens: newlines_in_values is False unless it is said, and the file is cut into blocks of a megabyte at any newline. Files below a block are read rightly,
# so a test on a small file passes. Beyond it, the rest of a program that begins a block is taken for a row where its columns happen to fit, as the last line of a
# program in the first column does; otherwise there is an error of a wrong number of columns. Without threads, or with newlines_in_values=True, all is right.
# Version: pyarrow 26.0.1. Source: its documentation of pyarrow.csv.ParseOptions ("whether newline characters are allowed in CSV values") and ReadOptions.block_size.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import csv
from importlib.metadata import version

import pyarrow.csv

print("pyarrow", version("pyarrow"))
ROWS = [(f"def solve_{number}(x):\n    return x + {number}", number) for number in range(40_000)]


def write(name, rows):
    with open(name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "sample"))
        writer.writerows(rows)


def wrong(name, rows, **options):
    """How many rows came back, and those that are not what was written."""
    table = pyarrow.csv.read_csv(name, **options)
    read = list(zip(table["code"].to_pylist(), table["sample"].to_pylist(), strict=True))
    return len(read), [row for row, right in zip(read, rows, strict=False) if row != right]


write("small.csv", ROWS[:1000])
write("large.csv", ROWS)
newlines = pyarrow.csv.ParseOptions(newlines_in_values=True)
found = {
    "small": wrong("small.csv", ROWS[:1000]),
    "large": wrong("large.csv", ROWS),
    "large, newlines_in_values": wrong("large.csv", ROWS, parse_options=newlines),
    "large, one thread": wrong("large.csv", ROWS, read_options=pyarrow.csv.ReadOptions(use_threads=False)),
}
for name, (count, rows) in found.items():
    print(f"{name}: {count} rows, {len(rows)} of them wrong {rows[:1]}")
assert [count for count, _ in found.values()] == [1000, 40_000, 40_000, 40_000], "changed"
assert [len(rows) for _, rows in found.values()] == [0, 1, 0, 0], "changed"
assert all("def" not in code for code, _ in found["large"][1]), "changed"
PYTHON
