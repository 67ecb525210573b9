#!/usr/bin/env bash
# inspect-evals' APPS leaves out every test from the first long one on, and says that all test cases passed.
# Expected: all tests are run, or the sample is not scored where they cannot be.
# Happens: tests are put on a command line of at most 100,000 characters, and at the first that does not fit the loop ends, also
# for the short ones behind it. Where the first test is long none is run: a program that returns nothing is C, with the
# explanation "All test cases passed." (APPS holds such inputs: its problems come from contests with large data.)
# Version: inspect-evals 0.26.0, inspect-ai 0.3.285. Source: inspect_evals/apps/apps.py, verify (MAX_CMD_LENGTH).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect-evals==0.26.0 inspect-ai==0.3.285
cd "$folder"
PATH="$folder/venv/bin:$PATH" venv/bin/python - <<'PYTHON'
import json
from importlib.metadata import version

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_evals.apps.apps import record_to_sample, verify

SHORT, LONG = "1 2", " ".join(str(number) for number in range(20_000))
WRONG = "```python\ndef solution(text):\n    return None\n```"


def score(inputs):
    """The verdict on the wrong program, and whether any test was run."""
    record = {
        "problem_id": "0",
        "question": "The sum of the numbers.",
        "difficulty": "interview",
        "input_output": json.dumps(
            {"inputs": inputs, "outputs": [str(sum(int(word) for word in line.split())) for line in inputs]}
        ),
    }
    task = Task(dataset=MemoryDataset([record_to_sample(record)]), scorer=verify(), sandbox="local")
    model = get_model("mockllm/model", custom_outputs=[says(WRONG)])
    [log] = eval(task, model=model, display="none", log_dir="logs")
    [given] = log.samples[0].scores.values()
    return given.value, "assert " in given.explanation, "All test cases passed." in given.explanation




def says(text):
    """The model's answer, with a token count of its own so that none is fetched."""
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage()
    return output


print("inspect-evals", version("inspect-evals"), "inspect-ai", version("inspect-ai"))
found = {"short, long": score([SHORT, LONG]), "long, short": score([LONG, SHORT])}
for order, (value, tested, said) in found.items():
    print(f"tests {order}: scored {value}, a test was run: {tested}, 'All test cases passed.': {said}")
assert found == {"short, long": ("I", True, False), "long, short": ("C", False, True)}, "changed"
PYTHON
