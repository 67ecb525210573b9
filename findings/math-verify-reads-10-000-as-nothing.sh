#!/usr/bin/env bash
# Math-Verify reads 10 000 as 0, 2\,500 as 502, and 3 1/2 as 2.
# Expected: the blank between thousands (in LaTeX a thin space) is part of the number, as the comma is, which it takes out; and a mixed
# number is a number and a half, as it reads 3\frac12.
# Happens: the parts are numbers of their own, which are multiplied (10 times 000) or added (2 and 500). A right answer so written is
# wrong, and a reference solution so written makes another answer right. The reward functions of TRL, for one, ask this parser.
# Version: math-verify 0.9.0, latex2sympy2-extended 1.11.0. Source: math_verify/parser.py and latex2sympy2_extended's grammar.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check math-verify==0.9.0 latex2sympy2-extended==1.11.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from math_verify import parse, verify

print(*(f"{name} {version(name)}" for name in ("math-verify", "latex2sympy2-extended")))
found = {}
for right, answer in (
    ("10000", "10,000"),
    ("10000", r"10\,000"),
    ("10000", "10 000"),
    ("0", "10 000"),
    ("2500", r"2\,500"),
    ("502", r"2\,500"),
    ("3.5", r"3\frac12"),
    ("3.5", "3 1/2"),
    ("2", "3 1/2"),
):
    read = parse(rf"\boxed{{{answer}}}")
    found[right, answer] = verify(parse(rf"\boxed{{{right}}}"), read)
    print(f"{answer!r} for {right!r}: {found[right, answer]}, read as {read[0]}")
assert [pair for pair, said in found.items() if said] == [
    ("10000", "10,000"),
    ("0", "10 000"),
    ("502", r"2\,500"),
    ("3.5", r"3\frac12"),
    ("2", "3 1/2"),
], f"changed: {found}"
PYTHON
