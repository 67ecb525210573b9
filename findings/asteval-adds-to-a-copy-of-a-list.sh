#!/usr/bin/env bash
# asteval's interpreter leaves a list as it was when it is added to under a second name, and reads {**a} as {None: a}.
# Expected: an interpreter of Python's syntax gives Python's result or says what it does not know, as it does for classes and decorators.
# Happens: `y += [4]` is run as `y = y + [4]`, so that x, the same list, does not see it; a dict within a dict literal becomes the value of the key None; round(2.675, 2) is
# NumPy's and gives 2.68. No error is recorded.
# Version: asteval 1.0.10, with numpy 2.4.6. Source: asteval/asteval.py, on_augassign and on_dict.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check asteval==1.0.10 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from asteval import Interpreter

print(*(f"{name} {version(name)}" for name in ("asteval", "numpy")))
PROGRAMS = {
    "x = [1, 2]\ny = x\ny += [3]\nr = x": ([1, 2, 3], [1, 2]),
    "x = [1, 2]\ny = x\ny.append(3)\nr = x": ([1, 2, 3], [1, 2, 3]),
    "a = {'k': 1}\nr = {**a, 'm': 2}": ({"k": 1, "m": 2}, {None: {"k": 1}, "m": 2}),
    "r = round(2.675, 2)": (2.67, 2.68),
}
found = {}
for program in PROGRAMS:
    names = {}
    exec(program, names)
    there = Interpreter()
    there(program)
    assert not there.error, "changed"
    found[program] = names["r"], there.symtable["r"]
    print(f"{program!r}: Python {found[program][0]!r}, asteval {found[program][1]!r}")
assert found == PROGRAMS, "changed"
PYTHON
