#!/usr/bin/env bash
# OpenCompass's MBPP cuts a right program where its own text says DONE.
# Expected: the end mark of its prompt, [DONE], ends the answer; the word in a string or a name of the program does not.
# Happens: what follows the first DONE anywhere is dropped, with or without brackets, after the fence has been taken off. A
# program that returns 'DONE' loses the word with what follows, and returns None.
# Version: opencompass 0.5.4. Source: opencompass/datasets/mbpp.py, MBPPEvaluator._process_answer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# what these modules need of all that opencompass asks for
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mmengine-lite==0.10.7 datasets==4.0.0 numpy==1.26.4 \
  pyarrow==20.0.0 regex==2024.11.6 scipy==1.15.3
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps opencompass==0.5.4
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import sysconfig
import types
from importlib.metadata import version

# past the packages' own __init__, which ask for torch and every data set
for name in ("", ".datasets", ".utils", ".openicl", ".openicl.icl_evaluator"):
    package = sys.modules[f"opencompass{name}"] = types.ModuleType(f"opencompass{name}")
    package.__path__ = [f"{sysconfig.get_path('purelib')}/opencompass{name.replace('.', '/')}"]
from opencompass.utils.logging import get_logger

get_logger()
sys.modules["opencompass.utils"].get_logger = get_logger
sys.modules["opencompass.utils"].get_data_path = None
sys.modules["opencompass.openicl"].DatasetReader = None
from opencompass.openicl.icl_evaluator.icl_base_evaluator import BaseEvaluator

sys.modules["opencompass.openicl.icl_evaluator"].BaseEvaluator = BaseEvaluator
from opencompass.datasets.mbpp import MBPPEvaluator

PROGRAM = "def state(tasks):\n    if all(tasks):\n        return '{word}'\n    return 'OPEN'"
print("opencompass", version("opencompass"))
found = {}
for word in ("CLOSED", "DONE"):
    answer = "```python\n" + PROGRAM.format(word=word) + "\n```"
    tests = f"assert state([1, 1]) == '{word}'\nassert state([0]) == 'OPEN'"
    given = MBPPEvaluator().score([answer], [tests])["details"]["0"]
    found[word] = (given["result"], given["programs"][0].splitlines()[-1].strip())
    print(f"{word}: {given['result']}, last line run: {found[word][1]!r}")
assert found == {"CLOSED": ("pass", "return 'OPEN'"), "DONE": ("wrong_answer", "return")}, "changed"
PYTHON
