#!/usr/bin/env bash
# The pattern "b" of a JSON schema keeps "abc" from being written under lm-format-enforcer and Outlines, and allows it under llguidance.
# Expected: a pattern may match anywhere in a string, as JSON Schema defines it ("regular expressions are not implicitly anchored") and its
# validators have it.
# Happens: two of the three take it for the whole string. A pattern like "return" leaves the model that one word to write, and servers with
# different back ends give different texts for the same request, though each text is valid.
# Version: lm-format-enforcer 0.11.3, outlines-core 0.2.14, llguidance 1.9.1, jsonschema 4.26.0. Source: lmformatenforcer/jsonschemaparser.py,
# outlines-core's json_schema.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lm-format-enforcer==0.11.3 outlines-core==0.2.14 llguidance==1.9.1 jsonschema==4.26.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
import re
from importlib.metadata import version

import jsonschema
from llguidance import LLMatcher, LLTokenizer
from lmformatenforcer import JsonSchemaParser
from outlines_core.json_schema import build_regex_from_schema

BYTES = LLTokenizer("byte")


def valid(schema, text):
    return jsonschema.Draft202012Validator(schema).is_valid(json.loads(text))


def enforcer(schema, text):
    parser = JsonSchemaParser(schema)
    for letter in text:
        if letter not in parser.get_allowed_characters():
            return False
        parser = parser.add_character(letter)
    return parser.can_end()


def outlines(schema, text):
    return re.fullmatch(build_regex_from_schema(json.dumps(schema)), text) is not None


def guidance(schema, text):
    matcher = LLMatcher(BYTES, LLMatcher.grammar_from_json_schema(schema))
    assert not matcher.get_error()
    return matcher.try_consume_tokens(list(text.encode())) == len(text) and matcher.is_accepting()


print(*(f"{name} {version(name)}" for name in ("lm-format-enforcer", "outlines-core", "llguidance", "jsonschema")))
found = {}
for pattern, text in (("b", '"b"'), ("b", '"abc"'), ("^a", '"abc"'), ("^a.*$", '"abc"')):
    schema = {"type": "string", "pattern": pattern}
    found[pattern, text] = tuple(takes(schema, text) for takes in (valid, enforcer, outlines, guidance))
    print(f"pattern {pattern}, {text}: valid {found[pattern, text][0]}; the three take it: {found[pattern, text][1:]}")
assert found == {
    ("b", '"b"'): (True, True, True, True),
    ("b", '"abc"'): (True, False, False, True),
    ("^a", '"abc"'): (True, False, False, True),
    ("^a.*$", '"abc"'): (True, True, True, True),
}, "changed"
PYTHON
