#!/usr/bin/env bash
# lm-format-enforcer lets a model write True for {"enum": [true, false]}, which is no JSON, and never true; and nothing at all for {"enum": ["say \"hi\""]}.
# Expected: the values of an enum are written as JSON, as they are without it for {"type": "boolean"}.
# Happens: the values of an enum of numbers and truth values, which Python counts among the numbers, are written by str(). A quote within a
# text of an enum can be written neither with nor without its escape. A grader that reads the answer as JSON fails every sample.
# Version: lm-format-enforcer 0.11.3. Source: lmformatenforcer/jsonschemaparser.py, get_parser (isinstance(i, (int, float)), str(i)).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lm-format-enforcer==0.11.3
cd "$folder"
cat > written.py <<'PYTHON'
import json
from importlib.metadata import version

from lmformatenforcer import JsonSchemaParser


def takes(schema, text):
    parser = JsonSchemaParser(schema)
    for letter in text:
        if letter not in parser.get_allowed_characters():
            return False
        parser = parser.add_character(letter)
    return parser.can_end()


print("lm-format-enforcer", version("lm-format-enforcer"))
TRUTH, QUOTE = {"enum": [True, False]}, {"enum": ['say "hi"']}
found = {}
for schema, text in (
    ({"type": "boolean"}, "true"),
    ({"type": "boolean"}, "True"),
    (TRUTH, "true"),
    (TRUTH, "True"),
    ({"enum": ["yes", "no"]}, '"yes"'),
    (QUOTE, r'"say \"hi\""'),
    (QUOTE, '"say "hi""'),
):
    found[json.dumps(schema), text] = takes(schema, text)
    print(f"{json.dumps(schema)}: {text} {'allowed' if takes(schema, text) else 'not allowed'}")
assert list(found.values()) == [True, False, False, True, True, False, False], "changed"
PYTHON
venv/bin/python written.py 2>messages || { tail -5 messages; exit 1; }
