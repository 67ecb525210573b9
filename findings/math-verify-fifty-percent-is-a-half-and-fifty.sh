#!/usr/bin/env bash
# Math-Verify takes 50% for a half and for fifty, and three metres for three kilometres.
# Expected: what equals the same equals each other: if 50% is 0.5 it is not 50; and units that stand on both sides are compared.
# Happens: a percentage equals its number with and without the sign, so a share asked for in per cent is right as 0.05 and as 5, and where
# the answer is 5, 5% is right. Units are taken off before anything is compared.
# Version: math-verify 0.9.0, latex2sympy2-extended 1.11.0. Source: math_verify/grader.py (sympy_numeric_eq) and the normalization
# latex2sympy2_extended/math_normalization.py.
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
    (r"50\%", "0.5"),
    (r"50\%", "50"),
    ("50", "0.5"),
    ("5", r"5\%"),
    (r"3\text{ m}", r"3\text{ km}"),
    (r"3\text{ m}", r"3000\text{ mm}"),
):
    found[right, answer] = verify(parse(rf"\boxed{{{right}}}"), parse(rf"\boxed{{{answer}}}"))
    print(f"{answer!r} for {right!r}: {found[right, answer]}")
assert list(found.values()) == [True, True, False, True, True, False], f"changed: {found}"
PYTHON
