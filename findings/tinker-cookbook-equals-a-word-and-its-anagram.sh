#!/usr/bin/env bash
# Tinker Cookbook's math grader takes the answer BA for AB, "aab" for "aba" and 5 hours for 5 minutes.
# Expected: the grader of a reward "normalizes" what is written differently; another order of letters, and another unit, is another answer.
# Happens: what is not equal as text is handed to sympy with implicit multiplication, where letters side by side are factors that commute.
# Texts of one or two different letters (products of matrices, points, strings of a and b) equal all their anagrams; with three letters they do not.
# Names of units are struck out on both sides before. A percent sign is, too: 50 is right where 50\% is.
# Version: tinker-cookbook 0.5.8, sympy 1.14.0. Source: tinker_cookbook/recipes/math_rl/math_grading.py, are_equal_under_sympy and _normalize.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps tinker-cookbook==0.5.8 sympy==1.14.0 mpmath==1.3.0 \
  pylatexenc==2.11
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from tinker_cookbook.recipes.math_rl.math_grading import grade_answer

print(*(f"{name} {version(name)}" for name in ("tinker-cookbook", "sympy")))
CASES = {
    ("BA", "AB"): True,
    ("aab", "aba"): True,
    ("no", "on"): True,
    ("CBA", "ABC"): False,
    ("aac", "aba"): False,
    ("5 hours", "5 minutes"): True,
    ("50", "50\\%"): True,
    ("\\frac{1}{2}", "0.5"): True,
}
found = {pair: grade_answer(*pair) for pair in CASES}
for (given, right), equal in found.items():
    print(f"given {given!r}, right {right!r}: {equal}")
assert found == CASES, f"changed: {found}"
PYTHON
