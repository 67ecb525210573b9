#!/usr/bin/env bash
# outlines-core makes of allOf its parts one after the other: the only text allowed is {"a":1}{"b":2}.
# Expected: allOf means that each of its schemas holds, so {"a": 1, "b": 2}, as xgrammar and llguidance have it; or an error.
# Happens: the parts' expressions are joined. What fits the schema cannot be written, what can be written is no JSON, and nothing says so. Classes that
# inherit, and schemas of tools put together from others, have allOf.
# Version: outlines-core 0.2.14. Source: src/json_schema/parsing.rs, parse_all_of; github.com/dottxt-ai/outlines-core/issues/259.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check outlines-core==0.2.14
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
import re
from importlib.metadata import version

from outlines_core.json_schema import build_regex_from_schema


def part(name: str) -> dict:
    return {"type": "object", "properties": {name: {"type": "integer"}}, "required": [name]}


print("outlines-core", version("outlines-core"))
expression = build_regex_from_schema(json.dumps({"allOf": [part("a"), part("b")]}))
found = {}
for text in ('{"a": 1, "b": 2}', '{"a": 1}', '{"a": 1}{"b": 2}'):
    found[text] = bool(re.fullmatch(expression, text))
    print(f"{text}: {'can' if found[text] else 'cannot'} be written")
assert found == {'{"a": 1, "b": 2}': False, '{"a": 1}': False, '{"a": 1}{"b": 2}': True}, f"changed: {found}"
PYTHON
