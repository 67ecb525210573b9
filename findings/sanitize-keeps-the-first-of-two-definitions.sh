#!/usr/bin/env bash
# evalplus.sanitize and bigcodebench.sanitize keep the first of two definitions of a name; Python runs the last.
# Expected: of a program that defines the function twice, a draft and then the answer, what Python would call is
# graded, or the whole program is.
# Happens: the second definition is deleted, with nothing said. The program passes its test as written and fails it sanitized. The
# same with a constant that is given its final value on a second line.
# Version: evalplus 0.3.1, bigcodebench 0.2.5. Source: sanitize.py of either, extract_target_code_or_empty.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check evalplus==0.3.1 tree-sitter==0.23.2 tree-sitter-python==0.23.6 \
  datasets==4.0.0 pqdm==0.2.0 wget==3.2 appdirs==1.4.4 tempdir==0.7.1
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps bigcodebench==0.2.5
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import bigcodebench.sanitize
import evalplus.sanitize

PROGRAMS = {
    "function": "def task_func(x):\n    return x  # a draft\n\ndef task_func(x):\n    return x + 5\n",
    "constant": "STEP = None\nSTEP = 5\n\ndef task_func(x):\n    return x + STEP\n",
}


def passes(program):
    """Whether the program gives 6 for 1."""
    names = {}
    exec(program, names)
    try:
        return names["task_func"](1) == 6
    except TypeError:
        return False


print(*(f"{name} {version(name)}" for name in ("evalplus", "bigcodebench")))
found = {}
for name, program in PROGRAMS.items():
    kept = [module.sanitize(program, "task_func") for module in (evalplus.sanitize, bigcodebench.sanitize)]
    found[name] = [passes(text) for text in (program, *kept)]
    print(f"{name}: as written, evalplus's, bigcodebench's pass: {found[name]}; evalplus's is {kept[0]!r}")
assert found == {"function": [True, False, False], "constant": [True, False, False]}, "changed"
PYTHON
