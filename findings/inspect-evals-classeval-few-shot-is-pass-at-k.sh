#!/usr/bin/env bash
# `few_shot=3` of inspect-evals' ClassEval gives the model no example: it asks three times and reports pass@3.
# Expected: what its documentation says of the argument, "The number of few shots to include": three worked examples in the
# prompt, and one answer to each problem.
# Happens: the prompt is the same for any number; the number becomes the epochs, and the only score is the reducer pass_at_3.
# Of three answers here one is right: the score is 1.0, where one answer a problem is right a third of the time.
# Version: inspect-evals 0.26.0, inspect-ai 0.3.285. Source: inspect_evals/class_eval/class_eval.py, class_eval.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect-evals==0.26.0 inspect-ai==0.3.285
cd "$folder"
PATH="$folder/venv/bin:$PATH" venv/bin/python - <<'PYTHON'
import sys
from importlib.metadata import version

from inspect_ai import eval
from inspect_ai.dataset import MemoryDataset
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_evals.class_eval import class_eval

module = sys.modules[class_eval.__module__]
WRITTEN = """class Counter:
    def __init__(self):
        self.n = 0

    def up(self):
        self.n += {}
        return self.n
"""
TEST = """import unittest


class Test(unittest.TestCase):
    def test_up(self):
        self.assertEqual(Counter().up(), 1)
"""
PROBLEM = {
    "task_id": "own_0",
    "skeleton": "class Counter:\n    def up(self):\n        '''Adds one and returns the count.'''",
    "solution_code": WRITTEN.format(1),
    "test": TEST,
    "import_statement": [],
    "class_description": "",
    "methods_info": [],
    "class_name": "Counter",
    "test_classes": ["Test"],
    "class_constructor": "",
    "fields": [],
}
# the data set of the Hub is replaced by one problem of the same fields, and Docker is not asked; all else is the task as it is
module.get_images_from_compose = lambda _: ["none"]
module.hf_dataset = lambda path, split, sample_fields, **_: MemoryDataset([sample_fields(PROBLEM)])


def says(text):
    """The model's answer, with a token count of its own so that none is fetched."""
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage()
    return output


print("inspect-evals", version("inspect-evals"), "inspect-ai", version("inspect-ai"))
prompts, scores = {}, {}
for shots in (1, 3):
    answers = [says(f"```python\n{WRITTEN.format(step)}```") for step in (2, 3, 1)]
    model = get_model("mockllm/model", custom_outputs=answers[:shots])
    [log] = eval(class_eval(few_shot=shots), model=model, sandbox="local", display="none", log_dir="logs")
    prompts[shots] = [message.text for message in log.samples[0].messages if message.role != "assistant"]
    scores[shots] = [(score.reducer, score.metrics["mean"].value) for score in log.results.scores]
    print(f"few_shot={shots}: {len(log.samples)} answers, reducer and score: {scores[shots]}")
print("prompts are the same:", prompts[1] == prompts[3])
assert prompts[1] == prompts[3] and scores[1][0][1] == 0.0 and scores[3] == [("pass_at_3", 1.0)], "changed"
PYTHON
