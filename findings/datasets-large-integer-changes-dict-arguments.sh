#!/usr/bin/env bash
# One large integer anywhere in a JSON lines file changes how datasets reads the *dict* arguments of all its problems.
# Expected: columns are independent; test arguments {"a": 1} and {"b": 2} come back as they are, as they do without it.
# Happens: with an integer of more than 64 bits in another column the file goes another way, the dicts become one struct, and
# every problem's argument gets the keys of all others with None: {"a": 1, "b": None}. A function of a dict then fails.
# Version: datasets 5.2.0. Source: datasets/packaged_modules/json/json.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
from pathlib import Path

import datasets

datasets.disable_progress_bars()


def read(name: str, large: int) -> object:
    rows = [{"args": {"a": 1}, "n": 1}, {"args": {"b": 2}, "n": large}]
    Path(f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return datasets.load_dataset("json", data_files=f"{name}.jsonl", split="train", cache_dir=f"cache-{name}")["args"][0]


small, large = read("small", 2), read("large", 2**70)
print("datasets", datasets.__version__, "without:", small, "with a large integer beside it:", large)
assert small == {"a": 1}, "changed"
assert large == {"a": 1, "b": None}, "changed"
PYTHON
