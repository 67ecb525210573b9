#!/usr/bin/env bash
# inspect-evals' MBPP does not give the tests the imports that the data set states for them.
# Expected: `test_imports` of sanitized MBPP (["import math"] where tests call math.isclose) stand before the asserts, as the
# data set means it; the field is read and kept in the sample's metadata.
# Happens: the program that is run is the answer and the asserts alone. A right answer that needs no import itself is I with a
# NameError in the test, the same answer with a needless `import math` is C.
# Version: inspect-evals 0.26.0, inspect-ai 0.3.285. Source: inspect_evals/mbpp/mbpp.py, verify.
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
from inspect_evals.mbpp.mbpp import record_to_sample, verify

PROBLEM = {
    "task_id": 0,
    "source_file": "own",
    "prompt": "Write a function to find the area of a circle with pi taken as 3.14.",
    "code": "def area(r):\n    return 3.14 * r * r",
    "test_imports": ["import math"],
    "test_list": ["assert math.isclose(area(1), 3.14, rel_tol=0.001)", "assert math.isclose(area(2), 12.56, rel_tol=0.001)"],
}


def says(text):
    """The model's answer, with a token count of its own so that none is fetched."""
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage()
    return output


print("inspect-evals", version("inspect-evals"), "inspect-ai", version("inspect-ai"))
found = []
for program in (PROBLEM["code"], "import math\n" + PROBLEM["code"]):
    model = get_model("mockllm/model", custom_outputs=[says(f"```python\n{program}\n```")])
    sample = record_to_sample(PROBLEM)
    task = Task(dataset=MemoryDataset([sample]), scorer=verify(), sandbox="local")
    [log] = eval(task, model=model, display="none", log_dir="logs")
    [given] = log.samples[0].scores.values()
    found.append((given.value, "NameError: name 'math' is not defined" in given.explanation))
    print(f"test_imports {sample.metadata['test_imports']}, answer {program!r}: {found[-1]}")
assert found == [("I", True), ("C", False)], "changed"
PYTHON
