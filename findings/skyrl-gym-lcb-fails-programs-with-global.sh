#!/usr/bin/env bash
# SkyRL's LiveCodeBench reward fails right programs whose functions change a global variable.
# Expected: a program for standard input is run as a program.
# Happens: it is put into a function first, so that what it assigns at its top level is local there. A function of it that says `global`
# finds nothing (NameError); a `__main__` guard that is not the last statement is never entered, and the output is empty. Both pass as
# scripts. The code is that of LiveCodeBench's own runner, which other trainers carry, too.
# Version: skyrl-gym 0.4.0, pandas 3.0.0. Source: skyrl_gym/envs/lcb/livecodebench.py, make_function and clean_if_name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of all that skyrl-gym asks for, what this reward needs
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps skyrl-gym==0.4.0
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 pandas==3.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.util
import subprocess
import sys
import sysconfig
from importlib.metadata import version

import pandas  # noqa: F401 - before the first reward: the programs' prelude imports it where much of os is switched off

# imported past the package's own __init__, which asks for what its other environments need
path = f"{sysconfig.get_path('purelib')}/skyrl_gym/envs/lcb/livecodebench.py"
spec = importlib.util.spec_from_file_location("livecodebench", path)
lcb = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lcb)

TESTS = [{"input": "4\n", "output": "8\n", "testtype": "stdin"}, {"input": "7\n", "output": "14\n", "testtype": "stdin"}]
PROGRAMS = {
    "plain": "n = int(input())\nprint(2 * n)\n",
    "global": "total = 0\ndef add(n):\n    global total\n    total += n\nn = int(input())\nadd(n)\nadd(n)\nprint(total)\n",
    "guard last": "def main():\n    print(2 * int(input()))\nif __name__ == '__main__':\n    main()\n",
    "guard, then a line": "def main():\n    print(2 * int(input()))\nif __name__ == '__main__':\n    main()\ndone = True\n",
}
print("skyrl-gym", version("skyrl-gym"))
found = {}
for name, program in PROGRAMS.items():
    outputs = [subprocess.run([sys.executable, "-c", program], input=test["input"], capture_output=True, text=True) for test in TESTS]
    as_script = all(done.stdout == test["output"] for done, test in zip(outputs, TESTS, strict=True))
    found[name] = (as_script, float(lcb.compute_score(f"```python\n{program}```", TESTS)[1]))
    print(f"{name}: right as a script {as_script}, reward {found[name][1]}")
assert found == {
    "plain": (True, 1.0),
    "global": (True, 0.0),
    "guard last": (True, 1.0),
    "guard, then a line": (True, 0.0),
}, "changed"
PYTHON
