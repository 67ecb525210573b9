#!/usr/bin/env bash
# EvalPlus fails every right answer to a problem whose function is called find_zero, the reference's too.
# Expected: HumanEval/32 asks for any root of a polynomial; an exact one passes.
# Happens: the loop over the inputs checks the root and goes on with `continue`, before it notes that this input is passed.
# All inputs hold, none is noted, and an answer with fewer notes than inputs is a failure: `fail` with no failing input. Asked
# for the same under another name, where only equality counts, the answer passes.
# Version: evalplus 0.3.1. Source: evalplus/eval/__init__.py, unsafe_execute and untrusted_check.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check evalplus==0.3.1
cd "$folder"
cat > ask.py <<'PYTHON'
from importlib.metadata import version

from evalplus.eval import untrusted_check

# -6 + 3 x and -10 + 2 x: the roots are 2 and 5, exactly.
INPUTS, ROOTS = [[[-6, 3]], [[-10, 2]]], [2.0, 5.0]
found = {}
if __name__ == "__main__":
    for name in ("find_zero", "find_root"):
        code = f"def {name}(xs):\n    return -xs[0] / xs[1]\n"
        found[name] = untrusted_check("humaneval", code, INPUTS, name, ROOTS, 1e-6, [0.1, 0.1])
    print("evalplus", version("evalplus"))
    for name, (status, details) in found.items():
        print(name, status, "noted inputs:", len(details))
    assert found["find_root"][0] == "pass"
    assert found["find_zero"][0] == "fail", "the behaviour has changed"
    assert len(found["find_zero"][1]) == 0, "the behaviour has changed"
PYTHON
venv/bin/python ask.py
