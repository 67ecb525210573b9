#!/usr/bin/env bash
# SkyRL's LiveCodeBench reward fails right programs that read sys.stdin.buffer, and those that begin with `from __future__`.
# Expected: what a program may do with standard input, quick reading of bytes above all, works as it does in a script.
# Happens: standard input is a text in memory, without `buffer`: AttributeError; the quickest way to read large inputs, usual in contest
# programs, always gets 0. Imports are put in front of the program, where `from __future__` is then a SyntaxError.
# Version: skyrl-gym 0.4.0, pandas 3.0.0. Source: skyrl_gym/envs/lcb/livecodebench.py, call_method and make_function. Other carriers of
# this runner have mended the first (github.com/NVIDIA-NeMo/Gym/pull/2956).
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

TESTS = [{"input": "4 5\n", "output": "9\n", "testtype": "stdin"}, {"input": "7 1\n", "output": "8\n", "testtype": "stdin"}]
PROGRAMS = {
    "sys.stdin.read": "import sys\nprint(sum(map(int, sys.stdin.read().split())))\n",
    "sys.stdin.buffer.read": "import sys\nprint(sum(map(int, sys.stdin.buffer.read().split())))\n",
    "sys.stdout.buffer.write": "import sys\nsys.stdout.buffer.write(b'%d' % sum(map(int, input().split())))\n",
    "from __future__": "from __future__ import annotations\nprint(sum(map(int, input().split())))\n",
}
print("skyrl-gym", version("skyrl-gym"))
found = {}
for name, program in PROGRAMS.items():
    outputs = [subprocess.run([sys.executable, "-c", program], input=test["input"], capture_output=True, text=True) for test in TESTS]
    as_script = all(done.stdout.strip() == test["output"].strip() for done, test in zip(outputs, TESTS, strict=True))
    found[name] = (as_script, float(lcb.compute_score(f"```python\n{program}```", TESTS)[1]))
    print(f"{name}: right as a script {as_script}, reward {found[name][1]}")
assert found == {name: (True, float(name == "sys.stdin.read")) for name in PROGRAMS}, "changed"
PYTHON
