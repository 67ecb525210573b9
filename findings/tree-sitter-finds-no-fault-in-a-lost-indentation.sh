#!/usr/bin/env bash
# tree-sitter's grammar of Python finds no error in a function whose body has lost its indentation.
# Expected: a text that Python refuses to compile has an error or a missing node; extractors and dedupers use has_error to tell code from prose.
# Happens: the body becomes statements behind an empty function, a dedent to a column that was never opened is taken, and so are Python 2's print and
# `<>`. A sanitizer or a metric that asks tree-sitter whether an answer parses counts these as programs; all are SyntaxErrors.
# Version: tree-sitter 0.26.1, tree-sitter-python 0.25.0. Source: tree-sitter-python's grammar.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tree-sitter==0.26.1 tree-sitter-python==0.25.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import ast
from importlib.metadata import version

import tree_sitter_python
from tree_sitter import Language, Parser

print(*(f"{name} {version(name)}" for name in ("tree-sitter", "tree-sitter-python")))
parser = Parser(Language(tree_sitter_python.language()))
found = {}
for name, code in {
    "right": "def f():\n    return 1\n",
    "body not indented": "def f():\nreturn 1\n",
    "indented without reason": "x = 1\n  y = 2\n",
    "dedent to nowhere": "for i in x:\n    pass\n  print(i)\n",
    "no body": "class A:\n",
    "print statement": "print 'x'\n",
    "bracket left open": "print(1\n",
}.items():
    try:
        ast.parse(code)
        compiles = True
    except SyntaxError:
        compiles = False
    found[name] = (compiles, not parser.parse(code.encode()).root_node.has_error)
    print(f"{name}: Python {found[name][0]}, tree-sitter {found[name][1]}")
assert found == {
    name: (name == "right", name != "bracket left open") for name in found
}, "changed"
PYTHON
