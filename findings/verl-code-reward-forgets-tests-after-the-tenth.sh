#!/usr/bin/env bash
# verl gives the full code reward, 1.0, to a program that fails the eleventh test.
# Expected: below 1.0 where a test fails; the share of tests passed (`continuous=True`) is 11/12 here, and 0 without it.
# Happens: all tests are run first, and the failure is seen. Then the share is counted over the first ten tests alone, each is
# passed, and the share is 1.0. The default reward of APPS, TACO, CodeContests and Codeforces problems is of this kind.
# Version: verl 0.9.1. Source: verl/utils/reward_score/prime_code/__init__.py, compute_score.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# the reward needs numpy alone of all that verl asks for
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps verl==0.9.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
import sys
import sysconfig
from importlib.metadata import version

# imported past the package's own __init__, which asks for torch
sys.path.insert(0, f"{sysconfig.get_path('purelib')}/verl/utils/reward_score")
from prime_code import compute_score
from prime_code.utils import check_correctness

TESTS = {"inputs": [f"{n}\n" for n in range(12)], "outputs": [f"{2 * n}\n" for n in range(12)]}
print("verl", version("verl"))
found = {}
for name, limit in {"fails the first ten": 0, "fails the last two": 10, "right": 12}.items():
    program = f"n = int(input())\nprint(2 * n if n < {limit} or n >= 10 and not {limit} else -1)\n"
    verdicts, _ = check_correctness(json.loads(json.dumps(TESTS)), program, timeout=5, debug=False)
    reward, _ = compute_score(f"```python\n{program}```", json.dumps(TESTS), continuous=True)
    found[name] = (all(verdict is True for verdict in verdicts), float(reward))
    print(f"{name}: all tests passed {found[name][0]}, reward {found[name][1]}")
assert found == {
    "fails the first ten": (False, 0.0),
    "fails the last two": (False, 1.0),
    "right": (True, 1.0),
}, "changed"
PYTHON
