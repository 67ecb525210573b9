#!/usr/bin/env bash
# openevals' JSON match gives the right answer {} a score of 1, of 0, or none at all, by how the keys are put together.
# Expected: an object equal to the reference is a match under aggregator "all", "average" and None; a function call without arguments is one.
# Happens: "average" of no keys is 0, "all" of no keys is 1, and None returns an empty list, which looks like an evaluator that was not run. The same holds
# where exclude_keys leaves no key. Lists without items are 1 by "average". true matches 1 here, and does not in exact_match of the same package.
# Version: openevals 0.2.2. Source: openevals/json/match.py, _aggregate_results; openevals/exact.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openevals==0.2.2
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from openevals.exact import exact_match
from openevals.json.match import create_json_match_evaluator

print("openevals", version("openevals"))


def scores(value, reference, **others):
    told = []
    for aggregator in ("all", "average", None):
        results = create_json_match_evaluator(aggregator=aggregator, **others)(outputs=value, reference_outputs=reference)
        told.append([result["score"] for result in results])
    return told


found = {
    "{} for {}": scores({}, {}),
    "{'a': 1} for itself, a excluded": scores({"a": 1}, {"a": 1}, exclude_keys=["a"]),
    "[] for []": scores([], []),
    "{'a': true} for {'a': 1}": scores({"a": True}, {"a": 1}),
}
for name, told in found.items():
    print(f'{name}: "all" {told[0]}, "average" {told[1]}, None {told[2]}')
exact = exact_match(outputs={"a": True}, reference_outputs={"a": 1})["score"]
print(f"exact_match of {{'a': true}} for {{'a': 1}}: {exact}")
assert list(found.values()) == [[[1], [0], []], [[1], [0], []], [[1], [1], []], [[1], [1], [1]]], f"changed: {found}"
assert exact is False, "changed"
PYTHON
