#!/usr/bin/env bash
# lm-evaluation-harness's MBPP for chat models takes the word def, or import, off the beginning of an answer and fails every program that starts there.
# Expected: the answer goes on from the prefill "```python" and its newline, so the program is all before the closing fence; the examples in the prompt are of
# that form.
# Happens: three backticks are put before the answer, and \w+ behind them is meant for the name of a language: in "```def f(x):" it is def, and " f(x):" is run.
# Only answers that begin with another newline, a comment or the word python are read as they stand. An answer that opens a fence of its own is nothing, and
# so is one that closes none.
# Version: lm-eval 0.4.13. Source: lm_eval/tasks/mbpp/utils.py, extract_code_blocks, and mbpp_instruct.yaml, mbpp_plus_instruct.yaml.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# this part needs nothing of all that lm-eval asks for
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps lm-eval==0.4.13
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.util
import sys
import sysconfig
import types
from importlib.metadata import version
from pathlib import Path

# the module asks the Hub for a metric when it is imported, which the part that reads answers does not use
nothing = types.SimpleNamespace(compute=lambda **arguments: [{"pass@1": 0.0}])
sys.modules["evaluate"] = types.SimpleNamespace(load=lambda name: nothing)
tasks = Path(sysconfig.get_path("purelib"), "lm_eval", "tasks", "mbpp")
spec = importlib.util.spec_from_file_location("mbpp_utils", tasks / "utils.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

print("lm-eval", version("lm-eval"))
assert 'gen_prefix: "\\n```python\\n"' in (tasks / "mbpp_instruct.yaml").read_text(), "the prefill changed"
PROGRAM = "def f(x):\n    return x + 1\n"
example = module.list_fewshot_samples()[0]["code"]
assert example.startswith("def "), "the examples changed"
found = {}
for name, answer in {
    "as in the examples": f"{PROGRAM}```",
    "with an import": f"import math\n{PROGRAM}```",
    "a newline first": f"\n{PROGRAM}```",
    "in a fence of its own": f"```python\n{PROGRAM}```",
    "without a closing fence": PROGRAM,
}.items():
    [[read]] = module.build_predictions([[answer]], [{}])
    try:
        scope = {}
        exec(read, scope)
        found[name] = scope["f"](1) == 2
    except (SyntaxError, KeyError) as error:
        found[name] = type(error).__name__
    print(f"{name}: read as {read!r}: {found[name]}")
told = ["IndentationError", "IndentationError", True, "KeyError", "KeyError"]
assert list(found.values()) == told, f"changed: {found}"
PYTHON
