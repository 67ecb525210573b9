#!/usr/bin/env bash
# verl's PRIME math reward pays the full 1.0 to the answer 2,3 where 23 is right.
# Expected: a comma belongs to a number where it parts thousands, so 1,234 is 1234, and 2,3 is a list or a decimal, never 23.
# Happens: the comparison of numbers takes out every comma, wherever it stands; 1,2 is 12 and 12,3 is 123. The same list is wrong where 3,2 is right. The
# rewards of MATH-like sets whose data source is named numina_* are of this function.
# Version: verl 0.9.1, sympy 1.14.0, pylatexenc 2.10. Source: verl/utils/reward_score/prime_math/__init__.py and grader.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of all that verl asks for, what this reward needs
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps verl==0.9.1
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sympy==1.14.0 pylatexenc==2.10
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import sysconfig
import types
from importlib.metadata import version

# imported past the package's own __init__, which asks for torch; the one name taken from the rest of verl limits the time of a comparison
for name in ("verl", "verl.utils"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["verl.utils.py_functional"] = types.SimpleNamespace(timeout_limit=lambda seconds: lambda function: function)
sys.path.insert(0, f"{sysconfig.get_path('purelib')}/verl/utils/reward_score")
from prime_math import compute_score  # noqa: E402

print("verl", version("verl"))
found = {}
for answer, right in (("1,234", "1234"), ("2,3", "23"), ("1,2", "12"), ("12,3", "123"), ("2,3", "3,2"), ("2", "23")):
    found[answer, right] = float(compute_score(rf"So it is \boxed{{{answer}}}.", right)[0])
    print(f"{answer} for {right}: reward {found[answer, right]}")
assert list(found.values()) == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0], f"changed: {found}"
PYTHON
