#!/usr/bin/env bash
# OpenCompass's MBPP fails answers that pass MBPP's own asserts, among them references of the data set.
# Expected: `assert half(4) == 2.0` holds for 2, and a Counter equals a dict, as in Python and in MBPP's own evaluation.
# Happens: each `assert a == b` is rewritten to ask for the same type at every depth, so 2 for 2.0, True for 1 and a Counter
# for a dict are wrong answers, and nothing in the score's name says so. Of MBPP's 500 test problems 499 references pass
# their asserts in plain Python and 485 after this rewriting: 97.0 is the most that the published solutions get.
# Version: opencompass 0.5.4. Source: opencompass/datasets/mbpp.py, _process_test; opencompass/utils/code_execution.py.
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

ANSWERS = {
    "2.0 for 2.0": ("def half(n):\n    return n / 2", "assert half(4) == 2.0"),
    "2 for 2.0": ("def half(n):\n    return n // 2", "assert half(4) == 2.0"),
    "True for 1": ("def positive(n):\n    return n > 0", "assert positive(4) == 1"),
    "a Counter for a dict": (
        "from collections import Counter\n\ndef count(text):\n    return Counter(text)",
        "assert count('aab') == {'a': 2, 'b': 1}",
    ),
}
print("opencompass", version("opencompass"))
found = {}
for name, (program, test) in ANSWERS.items():
    own = {}
    exec(program + "\n" + test, own)  # raises where Python's own assert fails
    given = MBPPEvaluator().score([program], [test])
    found[name] = given["details"]["0"]["result"]
    print(f"{name}: passes in Python, here {found[name]}")
assert found == {
    "2.0 for 2.0": "pass",
    "2 for 2.0": "wrong_answer",
    "True for 1": "wrong_answer",
    "a Counter for a dict": "wrong_answer",
}, "changed"
PYTHON
