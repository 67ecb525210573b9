#!/usr/bin/env bash
# inspect-evals' HumanEval takes away everything above the function's body, so right answers with an import or a helper fail.
# Expected: a fenced answer that holds the whole program is graded as it is, or at least keeps what its function needs.
# Happens: the text up to the first ":" followed by four blanks is cut off as "the signature". An `import` above the function
# goes with it, of two functions the first one's body becomes the answer, and where no line is so indented (two blanks, a tab, a
# body on the line of the `def`) the first letter of the program is cut off. All of these are scored I; only the last is C.
# Version: inspect-evals 0.26.0, inspect-ai 0.3.285. Source: inspect_evals/humaneval/humaneval.py, extract_function_body.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect-evals==0.26.0 inspect-ai==0.3.285
cd "$folder"
PATH="$folder/venv/bin:$PATH" venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_evals.humaneval.humaneval import record_to_sample, verify

PROBLEM = {
    "task_id": "own/0",
    "prompt": 'def whole_root(n: int) -> int:\n    """The largest whole number whose square is at most n."""\n',
    "canonical_solution": "    return int(n**0.5)\n",
    "test": "def check(candidate):\n    assert candidate(16) == 4\n    assert candidate(17) == 4\n",
    "entry_point": "whole_root",
}
ANSWERS = {
    "import above": "import math\n\n\ndef whole_root(n: int) -> int:\n    return math.isqrt(n)\n",
    "helper above": "def root(n):\n    return n**0.5\n\n\ndef whole_root(n: int) -> int:\n    return int(root(n))\n",
    "two blanks": "def whole_root(n: int) -> int:\n  return int(n**0.5)\n",
    "one line": "def whole_root(n: int) -> int: return int(n**0.5)\n",
    "import inside": "def whole_root(n: int) -> int:\n    import math\n\n    return math.isqrt(n)\n",
}


def says(text):
    """The model's answer, with a token count of its own so that none is fetched."""
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage()
    return output


print("inspect-evals", version("inspect-evals"), "inspect-ai", version("inspect-ai"))
found = {}
for name, program in ANSWERS.items():
    model = get_model("mockllm/model", custom_outputs=[says(f"```python\n{program}```")])
    task = Task(dataset=MemoryDataset([record_to_sample()(PROBLEM)]), scorer=verify(), sandbox="local")
    [log] = eval(task, model=model, display="none", log_dir="logs")
    [given] = log.samples[0].scores.values()
    found[name] = given.value
    print(f"{name}: {given.value}, graded: {given.answer!r}")
assert found == {**dict.fromkeys(ANSWERS, "I"), "import inside": "C"}, "changed"
PYTHON
