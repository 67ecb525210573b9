#!/usr/bin/env bash
# lm-format-enforcer and Outlines let a model write 9 where the JSON schema says at most 5.
# Expected: an enforcer of a schema keeps to its keywords, or refuses those that it does not know, as llguidance does (uniqueItems) beside.
# Happens: minimum, maximum, exclusiveMinimum, multipleOf and uniqueItems are read over without a word, so that what is written against the
# schema does not pass it. Servers that take any of the three as their back end give other guarantees for one request.
# Version: lm-format-enforcer 0.11.3, outlines-core 0.2.14, llguidance 1.9.1, jsonschema 4.26.0. Source: lmformatenforcer/jsonschemaparser.py and
# outlines-core's json_schema (its regex of an integer is the same with and without limits).
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
    if matcher.get_error():
        return "refused"
    return matcher.try_consume_tokens(list(text.encode())) == len(text) and matcher.is_accepting()


print(*(f"{name} {version(name)}" for name in ("lm-format-enforcer", "outlines-core", "llguidance", "jsonschema")))
found = {}
for name, schema, text in (
    ("no limit", {"type": "integer"}, "9"),
    ("maximum", {"type": "integer", "maximum": 5}, "9"),
    ("minimum", {"type": "integer", "minimum": 1}, "0"),
    ("multipleOf", {"type": "integer", "multipleOf": 5}, "7"),
    ("uniqueItems", {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}, "[1, 1]"),
):
    found[name] = tuple(takes(schema, text) for takes in (valid, enforcer, outlines, guidance))
    print(f"{name}, {text}: valid {found[name][0]}; lm-format-enforcer, Outlines, llguidance take it: {found[name][1:]}")
assert found == {
    "no limit": (True, True, True, True),
    "maximum": (False, True, True, False),
    "minimum": (False, True, True, False),
    "multipleOf": (False, True, True, False),
    "uniqueItems": (False, True, True, "refused"),
}, "changed"
PYTHON
