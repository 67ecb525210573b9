#!/usr/bin/env bash
# Under xgrammar a string with maxLength can hold no newline, quote or backslash: code in a JSON field is one line without "texts".
# Expected: {"type": "string", "maxLength": 2000} allows what {"type": "string"} allows, up to 2,000 characters.
# Happens: the rule for limited lengths has no escapes, and \n is one. The model is held to programs on one line, with single quotes, or ends the
# field early; a description of the field with minLength 1 is enough. The score of a code model falls, and all answers are valid JSON.
# Version: xgrammar 0.2.9. Source: cpp/json_schema_converter.cc, GenerateString; github.com/mlc-ai/xgrammar/issues/800.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 xgrammar==0.2.9 transformers==5.23.0 \
  numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
from importlib.metadata import version

import xgrammar

LETTERS = [*map(chr, range(32, 127)), "<end>"]
compiler = xgrammar.GrammarCompiler(xgrammar.TokenizerInfo(LETTERS, vocab_type=xgrammar.VocabType.RAW, stop_token_ids=[len(LETTERS) - 1]))
PROGRAMS = ["return x", "if x:\n    return 1", 'print("a")', "print('a')", "'\\\\'"]
print("xgrammar", version("xgrammar"))
found = {}
for limits in ({}, {"minLength": 1}, {"maxLength": 2000}):
    grammar = compiler.compile_json_schema(json.dumps({"type": "string", **limits}))
    for program in PROGRAMS:
        matcher = xgrammar.GrammarMatcher(grammar)
        found.setdefault(str(limits), []).append(matcher.accept_string(json.dumps(program)) and matcher.accept_token(len(LETTERS) - 1))
    print(f"{limits or 'no limit'}: {dict(zip(map(json.dumps, PROGRAMS), found[str(limits)]))}")
assert found["{}"] == [True] * 5, f"changed: {found}"
assert found["{'minLength': 1}"] == found["{'maxLength': 2000}"] == [True, False, False, True, False], f"changed: {found}"
PYTHON
