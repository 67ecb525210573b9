#!/usr/bin/env bash
# Reasoning Gym gives 15 half of the reward where 5 is right, and "-42" two thirds where "-4" is.
# Expected: a wrong number gets nothing (or the small reward of a well-formed answer); partial rewards are for the right answer with text around.
# Happens: the default of its data sets pays len(right) / len(answer) wherever the right answer is a part of the answer's text, digits of
# another number included. The closer in length, the more: 2920 for 292 gets 0.75. An answer of 200 digits is paid for most small numbers.
# Version: reasoning-gym 0.1.25. Source: reasoning_gym/dataset.py, ProceduralDataset.score_answer (arithmetic, algebra and others use it).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check reasoning-gym==0.1.25
cd "$folder"
venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
import reasoning_gym  # noqa: E402

print("reasoning-gym", version("reasoning-gym"))
found = {}
for name in ("basic_arithmetic", "gcd", "lcm", "leg_counting", "letter_counting", "simple_equations", "products"):
    tasks = reasoning_gym.create_dataset(name, size=1, seed=1)
    entry = tasks[0]
    right = entry["answer"]
    found[name] = (tasks.score_answer(right, entry), tasks.score_answer(right + "0", entry), tasks.score_answer("no idea", entry))
    print(f"{name}: {right!r} is right: {found[name][0]:.2f}; {right + '0'!r}: {found[name][1]:.2f}; 'no idea': {found[name][2]:.2f}")
    assert found[name] == (1.0, len(right) / (len(right) + 1), 0.0), "changed"
PYTHON
