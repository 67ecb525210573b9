#!/usr/bin/env bash
# EvalPlus calls the same answer right or wrong, depending on the order in which the same inputs are asked.
# Expected: whether an answer to one input is near enough depends on that input's own expected value.
# Happens: the first expected value that is a float sets the tolerance for all inputs after it, and it stays. An integer that is
# off by one in a thousand million is then within the relative tolerance of 1e-07, and wrong where it is asked before the float.
# Version: evalplus 0.3.1. Source: evalplus/eval/__init__.py, unsafe_execute: `atol = 1e-6  # enforce atol for float comparison`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check evalplus==0.3.1
cd "$folder"
cat > ask.py <<'PYTHON'
from importlib.metadata import version

from evalplus.eval import untrusted_check

# The square of a number; the answer forgets the last unit of large ones.
CODE = "def square(x):\n    return x * x if x < 30000 else x * x - 1\n"
INPUTS, SQUARES = [[40000], [1.5]], [1600000000, 2.25]
if __name__ == "__main__":
    found = [
        untrusted_check("mbpp", CODE, INPUTS[::step], "square", SQUARES[::step], 0, [0.1, 0.1])[0] for step in (1, -1)
    ]
    print("evalplus", version("evalplus"))
    print("integer first:", found[0], "- float first:", found[1])
    assert found == ["fail", "pass"], "the behaviour has changed"
PYTHON
venv/bin/python ask.py
