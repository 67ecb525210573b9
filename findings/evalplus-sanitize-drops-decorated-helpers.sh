#!/usr/bin/env bash
# EvalPlus's sanitizer drops a decorated helper function that the answer calls.
# Expected: `sanitize` keeps everything that the entry point needs; it follows which definitions are reachable from it.
# Happens: a top-level function with a decorator (@lru_cache, say) is no definition to it unless it is the entry point, so
# the helper vanishes and the program that is graded raises NameError. So do names assigned as a tuple (`A, B = 2, 3`), and
# statements that fill a table. The right answer is scored as a failure.
# Version: evalplus 0.3.1 (bigcodebench 0.2.5 carries the same code). Source: evalplus/sanitize.py, extract_target_code_or_empty.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check evalplus==0.3.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from evalplus.sanitize import sanitize

ANSWER = """from functools import lru_cache
A, B = 2, 3

@lru_cache(None)
def helper(n):
    return n + A + B

def plain(n):
    return n

def solve(n):
    return helper(n) + plain(n)
"""
kept = sanitize(ANSWER, entrypoint="solve")
print("evalplus", version("evalplus"))
print(kept)
exec(ANSWER, whole := {})
assert whole["solve"](1) == 7, "the answer itself is right"
exec(kept, cut := {})
try:
    cut["solve"](1)
except NameError as error:
    print("what is graded raises:", error)
else:
    raise SystemExit("changed: the sanitized program runs")
assert "def plain" in kept and "def helper" not in kept and "A, B" not in kept
PYTHON
