#!/usr/bin/env bash
# openbench's "robust" scorer of boxed answers takes 1/3 for 1/2 and 3.7 for 3.2, and fails \boxed{1,234} where 1234 is right.
# Expected: numbers are brought to one form and then compared: commas between thousands go, trailing zeros go (so its documentation), and what is another
# number is wrong.
# Happens: the digits at the beginning are taken for the whole answer, of the right answer too, so that all that stands behind a point or a stroke is left out; and of a box with a
# comma only what follows the last one is read, before commas would be taken out.
# Version: openbench 0.5.3, inspect-ai 0.3.285. Source: openbench/scorers/robust_boxed.py, extract_boxed_answer and normalize_numeric_answer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect-ai==0.3.285
# the scorer needs none of all that the package asks for
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps openbench==0.5.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import asyncio
import importlib.util
import sysconfig
from importlib.metadata import version
from types import SimpleNamespace

from inspect_ai.scorer import Target

# imported past the package's own __init__, which asks for more
path = f"{sysconfig.get_path('purelib')}/openbench/scorers/robust_boxed.py"
spec = importlib.util.spec_from_file_location("robust_boxed", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
score = module.robust_boxed_scorer()


def verdict(answer, right):
    state = SimpleNamespace(output=SimpleNamespace(completion=f"So it is \\boxed{{{answer}}}."))
    return asyncio.run(score(state, Target(right))).value


print(*(f"{name} {version(name)}" for name in ("openbench", "inspect-ai")))
found = {pair: verdict(*pair) for pair in (("42", "42"), ("41", "42"), ("1/3", "1/2"), ("3.7", "3.2"), ("1,234", "1234"), ("7,234", "234"))}
for (answer, right), value in found.items():
    print(f"{answer} for {right}: {value}")
assert list(found.values()) == ["C", "I", "C", "C", "I", "C"], "changed"
PYTHON
