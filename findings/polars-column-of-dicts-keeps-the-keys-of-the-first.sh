#!/usr/bin/env bash
# A polars column made of dicts has the keys of the first dict alone; what the others hold under other keys is lost.
# Expected: all keys, with null where a row lacks one, as polars itself has it when the same dicts come as rows or as JSON lines; or an error.
# Happens: DataFrame({"kwargs": [...]}) and Series take the first as the type. Test arguments {"a": 1} and {"b": 2} become {"a": 1} and {"a": None}, and after an empty
# first dict nothing is left of any. Nothing is said, with strict=True as well.
# Version: polars 2.1.0. Source: polars' construction of Series from Python values.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import polars

ARGUMENTS = [{"a": 1}, {"b": 2}]
print("polars", version("polars"))
found = {
    "column": polars.DataFrame({"kwargs": ARGUMENTS}, strict=True)["kwargs"].to_list(),
    "series": polars.Series(ARGUMENTS).to_list(),
    "column, first empty": polars.DataFrame({"kwargs": [{}, {"b": 2}]})["kwargs"].to_list(),
    "rows": polars.DataFrame([{"kwargs": arguments} for arguments in ARGUMENTS])["kwargs"].to_list(),
}
for name, value in found.items():
    print(f"{name}: {value}")
assert found["column"] == found["series"] == [{"a": 1}, {"a": None}], "changed"
assert found["column, first empty"] == [{}, {}], "changed"
assert found["rows"] == [{"a": 1, "b": None}, {"a": None, "b": 2}], "changed"
PYTHON
