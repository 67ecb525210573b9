#!/usr/bin/env bash
# parso reports syntax errors in right programs with match, except* or a starred index, also when asked for Python 3.13.
# Expected: load_grammar(version="3.13") knows the language of 3.13; iter_errors of what Python compiles is empty.
# Happens: the grammars of 3.10 and later lack `match` (3.10), parenthesized context managers (3.9), `except*` and `x[*a]` (3.11). A
# filter of answers or training data by it drops newer code; what is left of a match block in the tree is error nodes and a wrong
# indentation. Python itself reads all five.
# Version: parso 0.8.7, Python 3.11. Source: parso/python/grammar310.txt and later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check parso==0.8.7
cd "$folder"
venv/bin/python - <<'PYTHON'
import ast
from importlib.metadata import version

import parso

PROGRAMS = {
    "match": "match point:\n    case (0, y):\n        print(y)\n",
    "context managers": "with (open(a) as f, open(b) as g):\n    pass\n",
    "except*": "try:\n    pass\nexcept* ValueError:\n    pass\n",
    "starred index": "x[*a] = 1\n",
    "assignment expression": "if (n := len(a)) > 1:\n    pass\n",
}
print("parso", version("parso"))
grammar = parso.load_grammar(version="3.13")
found = {}
for name, program in PROGRAMS.items():
    ast.parse(program)
    found[name] = [error.message for error in grammar.iter_errors(grammar.parse(program))]
    print(f"{name}: {found[name] or 'no error'}")
wrong = {name for name, errors in found.items() if errors}
assert wrong == {"match", "context managers", "except*", "starred index"}, f"changed: {wrong}"
PYTHON
