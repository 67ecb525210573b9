#!/usr/bin/env bash
# Inspect's exact match marks the answer "A" wrong where "A" is right, and takes -5 for 5.
# Expected: a text is an exact match of itself, and has F1 = 1; numbers keep their sign.
# Happens: a, an and the are dropped as words, so that nothing is left of choice A, and a right answer of which nothing is left never matches; B, C and D do.
# Texts are cut at hyphens before anything reads them as numbers, so the minus goes, and the slash of 1/2 with the punctuation.
# Version: inspect-ai 0.3.285. Source: inspect_ai/scorer/_classification.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect-ai==0.3.285
cd "$folder"
venv/bin/python - <<'PYTHON'
import os
from importlib.metadata import version

os.environ["INSPECT_DISPLAY"] = "none"
from inspect_ai import Task, eval  # noqa: E402
from inspect_ai.dataset import Sample  # noqa: E402
from inspect_ai.scorer import exact, f1  # noqa: E402
from inspect_ai.solver import solver  # noqa: E402

PAIRS = [("A", "A"), ("B", "B"), ("-5", "5"), ("1/2", "12"), ("6", "5")]


@solver
def answers():
    async def solve(state, generate):
        state.output.completion = PAIRS[state.sample_id - 1][0]
        return state

    return solve


print("inspect-ai", version("inspect-ai"))
dataset = [Sample(id=place, input="?", target=right) for place, (_, right) in enumerate(PAIRS, 1)]
log = eval(Task(dataset=dataset, solver=answers(), scorer=[exact(), f1()]), model="mockllm/model", log_dir="logs")[0]
found = []
for sample in sorted(log.samples, key=lambda sample: sample.id):
    answer, right = PAIRS[sample.id - 1]
    found.append((sample.scores["exact"].value, sample.scores["f1"].value))
    print(f"{answer!r} for {right!r}: exact {found[-1][0]}, f1 {found[-1][1]}")
assert found == [("I", 0.0), ("C", 1.0), ("C", 1.0), ("C", 1.0), ("I", 0.0)], "changed"
PYTHON
