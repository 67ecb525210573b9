#!/usr/bin/env bash
# A column of model answers that all look like dates is read as dates.
# Expected: a JSON string stays a string; `answer == "2024-01-05"` can be compared with what the model wrote.
# Happens: DuckDB gives datetime.date, pyarrow and datasets give datetime, so the text (and with it an exact-match score) is
# gone as soon as every answer of a file is of that form; one other answer in the file, and all stay strings.
# Version: duckdb 2.0.1, pyarrow 26.0.1, datasets 5.2.0. Source: each reader's type inference for strings.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 datasets==5.2.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import datetime
import json
from pathlib import Path

import datasets
import duckdb
import pyarrow
import pyarrow.json

datasets.disable_progress_bars()


def read(answers: list[str]) -> dict[str, object]:
    Path("samples.jsonl").write_text("".join(json.dumps({"answer": a}) + "\n" for a in answers))
    found = datasets.load_dataset("json", data_files="samples.jsonl", split="train", cache_dir=f"cache{len(answers)}")
    return {
        f"duckdb {duckdb.__version__}": duckdb.sql("select answer from read_json('samples.jsonl')").fetchall()[0][0],
        f"pyarrow {pyarrow.__version__}": pyarrow.json.read_json("samples.jsonl")["answer"].to_pylist()[0],
        f"datasets {datasets.__version__}": found["answer"][0],
    }


dates, mixed = read(["2024-01-05", "2024-03-11"]), read(["2024-01-05", "2024-03-11", "next week"])
for name, value in dates.items():
    print(name, repr(value), "| with another answer in the file:", repr(mixed[name]))
    assert isinstance(value, datetime.date) and mixed[name] == "2024-01-05", f"changed: {name}"
PYTHON
