#!/usr/bin/env bash
# Lizard finds no function where the body stands behind the colon, and ends a function where a bracket closes at the margin.
# Expected: each `def` is a function; a file's functions and their complexity do not depend on where the lines are broken.
# Happens: `def sign(x): return ...` is not in the list at all, so that a file of such functions has none. A line that begins at the left
# margin within brackets ends the function above it: what follows, two of three branches here, is counted for nobody.
# Version: lizard 1.24.3. Source: lizard_languages/python.py, PythonIndents and PythonStates.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lizard==1.24.3
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import lizard

REST = "    if x:\n        return a\n    if not a:\n        return x\n    return 1\n"
PROGRAMS = {
    "below": "def sign(x):\n    return 1 if x > 0 else -1\n",
    "behind the colon": "def sign(x): return 1 if x > 0 else -1\n",
    "bracket indented": f"def f(x):\n    a = [\n        1,\n    ]\n{REST}",
    "bracket at the margin": f"def f(x):\n    a = [\n        1,\n]\n{REST}",
}
print("lizard", version("lizard"))
found = {}
for name, program in PROGRAMS.items():
    compile(program, name, "exec")
    functions = lizard.analyze_file.analyze_source_code("answer.py", program).function_list
    found[name] = [(function.name, function.cyclomatic_complexity) for function in functions]
    print(f"{name}: {found[name]}")
assert found["below"] == [("sign", 2)] and found["behind the colon"] == [], "changed: a function on one line"
assert found["bracket indented"] == [("f", 3)] and found["bracket at the margin"] == [("f", 1)], "changed: a bracket at the margin"
PYTHON
