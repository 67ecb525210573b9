#!/usr/bin/env bash
# mccabe (flake8's C901) gives a function of one match statement the complexity 1, whatever its cases hold.
# Expected: a match with three cases and a default branches like the same if and elif: 7 here with an if and a loop inside, which Radon says of both.
# Happens: the visitor knows no match (nor except*), so that neither the cases nor the code within them is looked at; loops and ifs in a case do not count.
# A limit of complexity lets such functions through, and a mean of generated code is lower the newer its style.
# Version: mccabe 0.7.0, radon 6.0.1. Source: mccabe.py, PathGraphingAstVisitor (no visitMatch, no visitTryStar).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mccabe==0.7.0 radon==6.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import ast
from importlib.metadata import version

import mccabe
from radon.complexity import cc_visit

SOURCES = {
    "if": """
def grade(kind, tests):
    if kind == "io":
        if not tests:
            return 0
        return 1
    elif kind == "call":
        for test in tests:
            if test:
                return 2
    elif kind == "unit":
        return 3
    else:
        return 4
""",
    "match": """
def grade(kind, tests):
    match kind:
        case "io":
            if not tests:
                return 0
            return 1
        case "call":
            for test in tests:
                if test:
                    return 2
        case "unit":
            return 3
        case _:
            return 4
""",
    "except": """
def grade(kind, tests):
    try:
        return kind()
    except ValueError:
        if tests:
            return 1
""",
    "except*": """
def grade(kind, tests):
    try:
        kind()
    except* ValueError:
        if tests:
            print(1)
""",
}
print(*(f"{name} {version(name)}" for name in ("mccabe", "radon")))
found = {}
for name, source in SOURCES.items():
    visitor = mccabe.PathGraphingAstVisitor()
    visitor.preorder(ast.parse(source), visitor)
    found[name] = visitor.graphs["grade"].complexity(), cc_visit(source)[0].complexity
    print(f"{name}: mccabe {found[name][0]}, radon {found[name][1]}")
assert found["if"] == (7, 7) and found["match"] == (1, 7), "changed"
assert found["except"][0] == 4 and found["except*"][0] == 1, "changed"
PYTHON
