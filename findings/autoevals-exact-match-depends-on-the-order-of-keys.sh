#!/usr/bin/env bash
# autoevals' ExactMatch calls an equal JSON object wrong when its keys stand in another order, which its documentation calls 1.0.
# Expected: as the module says at its head: {"name": ..., "age": ...} and '{"age": ..., "name": ...}' are a match, since both are
# brought to one form first.
# Happens: the one form is json.dumps without sorted keys, so the order in which the model wrote them decides. Two equal dicts of Python are
# no match either. JSONDiff of the same package does not look at the order.
# Version: autoevals 0.4.1. Source: autoevals/value.py, normalize_value.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check autoevals==0.4.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from autoevals import ExactMatch, JSONDiff

WANTED = {"name": "John", "age": 30}
print("autoevals", version("autoevals"))
found = {}
for name, answer in {
    "same order": '{"name": "John", "age": 30}',
    "other order": '{"age": 30, "name": "John"}',
    "other order, dict": {"age": 30, "name": "John"},
    "other blanks": '{ "name":"John",\n"age":30 }',
}.items():
    found[name] = (ExactMatch().eval(answer, WANTED).score, JSONDiff().eval(answer, WANTED).score)
    print(f"{name}: ExactMatch {found[name][0]}, JSONDiff {found[name][1]}")
assert {"age": 30, "name": "John"} == WANTED
assert found == {"same order": (1, 1), "other order": (0, 1), "other order, dict": (0, 1), "other blanks": (1, 1)}, "changed"
PYTHON
