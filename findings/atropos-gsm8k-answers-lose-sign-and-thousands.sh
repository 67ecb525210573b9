#!/usr/bin/env bash
# Atropos fails the answer "#### -42" where -42 is right, and pays for "#### 1,234" where 1 is right.
# Expected: its accuracy reward handles "GSM8K-style answers" (so its documentation), whose numbers have signs and commas.
# Happens: behind #### digits and points alone are read in the answer, though the gold answer's comma is taken out properly: 1,234 is 1.
# Of the numbers of GSM8K those from 1,000 on are therefore wrong when they are written as GSM8K writes them.
# Version: atroposlib 0.4.0. Source: atroposlib/envs/reward_fns/accuracy_reward.py, _verify_answer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check atroposlib==0.4.0 math-verify==0.9.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import logging
from importlib.metadata import version

logging.disable(logging.CRITICAL)
from atroposlib.envs.reward_fns.accuracy_reward import accuracy_reward

print("atroposlib", version("atroposlib"))
CASES = {("#### 42", "42"): 1.0, ("#### -42", "-42"): 0.0, ("#### 1,234", "1234"): 0.0, ("#### 1,234", "#### 1,234"): 0.0,
         ("#### 1,234", "1"): 1.0, ("\\boxed{1,234}", "1234"): 1.0, ("\\boxed{-42}", "-42"): 1.0}
found = {}
for answer, gold in CASES:
    (found[answer, gold],) = accuracy_reward([f"She has this many.\n{answer}"], [gold])
    print(f"answer {answer}, right {gold}: reward {found[answer, gold]}")
assert found == CASES, f"changed: {found}"
PYTHON
