#!/usr/bin/env bash
# Under outlines-core the pattern ^print\("x"\)$ of a JSON schema lets the model write one text only, and that is not JSON.
# Expected: a pattern is about the string's value, as JSON Schema has it; in the text a quote, a backslash and a newline are escaped, and all that can be written is JSON.
# Happens: the pattern is put between two quotes as it is and matched with the text. A quote of the pattern is a bare quote in the answer, [^,]+ lets the string end and go
# on, and the right text is not allowed; so is a quote in the name of a property. llguidance takes the right text and none of the others.
# Version: outlines-core 0.2.14, llguidance 1.9.1. Source: outlines-core's json_schema (parsing of "pattern").
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check outlines-core==0.2.14 llguidance==1.9.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
import re
from importlib.metadata import version

from llguidance import LLMatcher, LLTokenizer
from outlines_core.json_schema import build_regex_from_schema

BYTES = LLTokenizer("byte")
CALL = {"type": "string", "pattern": r'^print\("x"\)$'}
WORDS = {"type": "string", "pattern": "^[^,]+$"}
NAMED = {"type": "object", "properties": {'a"b': {"type": "integer"}}, "required": ['a"b'], "additionalProperties": False}


def outlines(schema, text):
    return re.fullmatch(build_regex_from_schema(json.dumps(schema)), text) is not None


def guidance(schema, text):
    matcher = LLMatcher(BYTES, LLMatcher.grammar_from_json_schema(schema))
    assert not matcher.get_error()
    return matcher.try_consume_tokens(list(text.encode())) == len(text) and matcher.is_accepting()


def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


print(*(f"{name} {version(name)}" for name in ("outlines-core", "llguidance")))
found = {}
for schema, text in (
    (CALL, r'"print(\"x\")"'),
    (CALL, '"print("x")"'),
    (WORDS, '"a"b"'),
    (WORDS, '"a\nb"'),
    (NAMED, r'{"a\"b": 1}'),
    (NAMED, '{"a"b": 1}'),
):
    found[text] = is_json(text), outlines(schema, text), guidance(schema, text)
    print(f"{text!r}: JSON {found[text][0]}, allowed by outlines-core {found[text][1]}, by llguidance {found[text][2]}")
assert list(found.values()) == [(True, False, True), (False, True, False)] + [(False, True, False)] * 2 + [(True, False, True), (False, True, False)], "changed"
PYTHON
