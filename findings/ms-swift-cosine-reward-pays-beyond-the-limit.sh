#!/usr/bin/env bash
# ms-swift's cosine reward pays a right answer of twice the longest length as much as an empty one.
# Expected: the reward falls from the short to the long value up to cosine_max_len, and stays there (or is a penalty, as in the paper).
# Happens: the cosine goes on, so beyond the limit longer is better again: at twice the length a right answer gets the full reward of a short one,
# and a wrong one the worst penalty. Rollouts may be longer than cosine_max_len where it is set below the longest completion.
# Version: ms-swift 4.6.0. Source: swift/rewards/orm.py, CosineReward (TRL's get_cosine_scaled_reward keeps the length at the limit).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of all that ms-swift asks for, this reward needs nothing
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps ms-swift==4.6.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.util
import sys
import sysconfig
import types
from importlib.metadata import version

# imported past the package's own __init__, which asks for torch; the name below is used in annotations alone
sys.modules["swift"] = types.ModuleType("swift")
sys.modules["swift.infer_engine"] = types.SimpleNamespace(InferRequest=dict)
path = f"{sysconfig.get_path('purelib')}/swift/rewards/orm.py"
spec = importlib.util.spec_from_file_location("orm", path)
orm = importlib.util.module_from_spec(spec)
spec.loader.exec_module(orm)

SETTINGS = types.SimpleNamespace(
    cosine_min_len_value_wrong=-0.5,
    cosine_max_len_value_wrong=0.0,
    cosine_min_len_value_correct=1.0,
    cosine_max_len_value_correct=0.5,
    cosine_max_len=100,
)
print("ms-swift", version("ms-swift"), "with the defaults of its arguments, cosine_max_len 100")
found = {}
for right in (1.0, 0.0):
    reward = orm.CosineReward(SETTINGS, accuracy_orm=lambda completions, solution, right=right, **others: [right] * len(completions))
    lengths = (0, 50, 100, 150, 200)
    rewards = reward([""] * 5, [""] * 5, response_token_ids=[[1] * length for length in lengths])
    found[right] = [round(value, 2) for value in rewards]
    print(f"{'right' if right else 'wrong'} answers of {lengths} tokens: {found[right]}")
assert found == {1.0: [1.0, 0.75, 0.5, 0.75, 1.0], 0.0: [-0.5, -0.25, 0.0, -0.25, -0.5]}, f"changed: {found}"
PYTHON
