#!/usr/bin/env bash
# Radon gives three hundred statements without an operator a maintainability index of 100, and two lines with one a lower value.
# Expected: the index falls with the number of lines and with complexity, as the formula in its documentation says, whatever the lines hold.
# Happens: a volume of 0 (no arithmetic, comparison or boolean operator anywhere; calls, attributes, assignments and subscripts are none)
# makes it 100 before lines and complexity are looked at. One `+` in the same file brings it down to 21.
# Version: radon 6.0.1. Source: radon/metrics.py, mi_compute ("if any(metric <= 0 ...): return 100").
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check radon==6.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from radon.complexity import cc_visit
from radon.metrics import h_visit, mi_visit

CALLS = "".join(f"    if ready({number}):\n        print(items[{number}])\n" for number in range(150))
PROGRAMS = {
    "300 lines, no operator": f"def run(items):\n{CALLS}",
    "300 lines, one operator": f"def run(items):\n{CALLS}    return len(items) + 1\n",
    "two lines, one operator": "def run(items):\n    return len(items) + 1\n",
}
print("radon", version("radon"))
found = {}
for name, program in PROGRAMS.items():
    complexity = cc_visit(program)[0].complexity
    found[name] = round(mi_visit(program, True))
    print(f"{name}: complexity {complexity}, Halstead volume {h_visit(program).total.volume:.1f}, maintainability index {found[name]}")
assert found["300 lines, no operator"] == 100, "changed"
assert found["300 lines, one operator"] < 30 and found["two lines, one operator"] < 100, f"changed: {found}"
PYTHON
