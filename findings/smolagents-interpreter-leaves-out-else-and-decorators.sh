#!/usr/bin/env bash
# smolagents' Python interpreter leaves out the else of a loop and every decorator, and gives the wrong result without a word.
# Expected: code of an agent runs as Python runs it, or is refused, as the interpreter does with yield, global, nonlocal and match ("... is not supported").
# Happens: `for ... else` and `while ... else` lose their else (a prime search finds nothing), decorators and @property do nothing, a default list
# is new at each call, and closures keep the loop's value of when they were made, not of when they are called.
# Version: smolagents 1.26.0. Source: smolagents/local_python_executor.py, evaluate_for, evaluate_while, create_function.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check smolagents==1.26.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import ast
from importlib.metadata import version

from smolagents.local_python_executor import LocalPythonExecutor

PROGRAMS = {
    "for else": "found = 0\nfor d in [2, 3]:\n    if 7 % d == 0:\n        break\nelse:\n    found = 7\nfound",
    "while else": "n = 0\nwhile n < 2:\n    n += 1\nelse:\n    n = -1\nn",
    "decorator": "def twice(f):\n    def g(x):\n        return 2 * f(x)\n    return g\n@twice\ndef one(x):\n    return x\none(1)",
    "default": "def add(x, to=[]):\n    to.append(x)\n    return to\nadd(1)\nadd(2)",
    "closures": "functions = [lambda: n for n in range(3)]\n[f() for f in functions]",
    "chained": "1 < 3 < 2",
}
print("smolagents", version("smolagents"))
found = {}
for name, program in PROGRAMS.items():
    tree = ast.parse(program)
    last = ast.Expression(tree.body.pop().value)
    space = {}
    exec(compile(tree, name, "exec"), space)
    executor = LocalPythonExecutor([])
    executor.send_tools({})
    found[name] = eval(compile(last, name, "eval"), space), executor(program).output
    print(f"{name}: Python {found[name][0]}, smolagents {found[name][1]}")
assert found == {
    "for else": (7, 0),
    "while else": (-1, 2),
    "decorator": (2, 1),
    "default": ([1, 2], [2]),
    "closures": ([2, 2, 2], [0, 1, 2]),
    "chained": (False, False),
}, f"changed: {found}"
PYTHON
