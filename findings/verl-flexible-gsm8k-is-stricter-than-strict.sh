#!/usr/bin/env bash
# verl's "flexible" GSM8K reward refuses right answers that its "strict" one takes.
# Expected: the flexible method asks for less: the last number of the text, without the mark ####; what is right strictly is right flexibly.
# Happens: commas are taken out in the strict way alone, so "#### 1,000" for 1000 is right strictly and wrong flexibly; and the full stop
# behind the number stays in both, so "The answer is 42." is never right. A text that ends in a sentence earns nothing.
# Version: verl 0.9.1. Source: verl/utils/reward_score/gsm8k.py, extract_solution.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# the reward needs none of all that verl asks for
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps verl==0.9.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.util
import sysconfig
from importlib.metadata import version

# imported past the package's own __init__, which asks for torch
path = f"{sysconfig.get_path('purelib')}/verl/utils/reward_score/gsm8k.py"
spec = importlib.util.spec_from_file_location("gsm8k", path)
gsm8k = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gsm8k)

print("verl", version("verl"))
found = {}
for answer, right in (("#### 42", "42"), ("#### 1,000", "1000"), ("The answer is 42", "42"), ("The answer is 42.", "42"), ("#### 42.", "42")):
    found[answer] = tuple(float(gsm8k.compute_score(answer, right, method=method)) for method in ("strict", "flexible"))
    print(f"{answer!r} for {right}: strict {found[answer][0]}, flexible {found[answer][1]}")
assert found == {
    "#### 42": (1.0, 1.0),
    "#### 1,000": (1.0, 0.0),
    "The answer is 42": (0.0, 1.0),
    "The answer is 42.": (0.0, 0.0),
    "#### 42.": (0.0, 0.0),
}, "changed"
PYTHON
