#!/usr/bin/env bash
# bigcodebench.sanitize deletes the asked function where it stands on one line, and leaves the imports.
# Expected: a right program goes through unchanged, whether the function's body stands behind the colon, in a lambda or below.
# Happens: the trailing lines that name the function and are not indented are taken for calls of it and cut, among them its own
# definition. What is left, the imports, compiles, so nothing falls back to the text as it was; the answer fails in each test.
# EvalPlus's function of the same name and origin keeps all three.
# Version: bigcodebench 0.2.5, evalplus 0.3.1. Source: bigcodebench/sanitize.py, end of extract_target_code_or_empty.
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
    "below": "import math\ndef task_func(x):\n    return math.sqrt(x)",
    "behind the colon": "import math\ndef task_func(x): return math.sqrt(x)",
    "in a lambda": "import math\ntask_func = lambda x: math.sqrt(x)",
}
print(*(f"{name} {version(name)}" for name in ("bigcodebench", "evalplus")))
found = {}
for name, program in PROGRAMS.items():
    kept = [module.sanitize(program, "task_func") for module in (bigcodebench.sanitize, evalplus.sanitize)]
    found[name] = [text == program for text in kept]
    print(f"{name}: bigcodebench {kept[0]!r}, evalplus {kept[1]!r}")
assert found == {"below": [True, True], "behind the colon": [False, True], "in a lambda": [False, True]}, "changed"
PYTHON
