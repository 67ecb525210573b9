#!/usr/bin/env bash
# Monty, the interpreter of Python for code that models write, rounds 2.675 to 2.68 and finds no last word before a final newline.
# Expected: what it runs has CPython's result, or an error that says what is not supported (generators and del have one).
# Happens: round() works on the decimal text of a number, where CPython rounds the number itself, which is a little below 2.675; `$` matches at the very end alone and
# re.sub of an empty match behind a match is left out; the first of two equal keys, 1 and True, is replaced. The program ends as if all were well, so a right program
# gets a wrong answer by its sandbox.
# Version: pydantic-monty 1.4.0, beside Python 3.11 or newer. Source: the package's own description ("a sandbox for Python code written by AI"); seen by running.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pydantic-monty==1.4.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from pydantic_monty import Monty

print("pydantic-monty", version("pydantic-monty"))
PROGRAMS = {
    "r = round(2.675, 2)": (2.67, 2.68),
    "r = round(2.5), round(0.125, 2)": ((2, 0.12), (2, 0.12)),
    "import re\nr = re.findall(r'\\w+$', 'last word\\n')": (["word"], []),
    "import re\nr = re.sub('x*', '-', 'axb')": ("-a--b-", "-a-b-"),
    "r = list({1: 'a', True: 'b'})[0] is True": (False, True),
}
found = {}
with Monty() as pool:
    for program, (_, _) in PROGRAMS.items():
        names = {}
        exec(program, names)
        with pool.checkout() as session:
            found[program] = names["r"], session.feed_run(f"{program}\nr")
        print(f"{program!r}: CPython {found[program][0]!r}, Monty {found[program][1]!r}")
assert found == PROGRAMS, "changed"
PYTHON
