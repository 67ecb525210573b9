#!/usr/bin/env bash
# Math-Verify reads the e of 1e-3 as Euler's number.
# Expected: 1e-3 is 0.001, as every language and calculator has it, and as it reads 1E5 with a capital letter.
# Happens: within \boxed or dollar signs 2e3 is 2 times e times 3 and 1e-3 is e minus 3, so that answers in this notation are wrong, and
# a reference in it is met by nobody; outside of them the number ends before the e, so that 1e-3 is met by 1.
# Version: math-verify 0.9.0, latex2sympy2-extended 1.11.0. Source: latex2sympy2_extended's grammar, math_verify/parser.py.
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
    (r"\boxed{100000}", r"\boxed{1E5}"),
    (r"\boxed{100000}", r"\boxed{1e5}"),
    (r"\boxed{0.001}", r"\boxed{1e-3}"),
    (r"\boxed{0.001}", r"\boxed{1 \times 10^{-3}}"),
    ("1e-3", r"\boxed{0.001}"),
    ("1e-3", r"\boxed{1}"),
):
    read = parse(right), parse(answer)
    found[right, answer] = verify(*read)
    print(f"{answer!r} for {right!r}: {found[right, answer]}, read as {read[1][0]} and {read[0][0]}")
assert list(found.values()) == [True, False, False, True, False, True], f"changed: {found}"
PYTHON
