#!/usr/bin/env bash
# Inspect's numeric match takes 123457 for 123456, 100001 for 100002 and 1234567 for 1234999.
# Expected: a number is right when it is the number, however it is written (so the documentation of match: "numbers are normalized and compared"), as it is for 42 and 43.
# Happens: both numbers are written with five significant digits and the texts compared. Answers in the hundred thousands, sums of money or products, are
# right within a five-thousandth of a percent; a sixth digit after a leading one is never looked at.
# Version: inspect-ai 0.3.285. Source: inspect_ai/scorer/_common.py, normalize_number (precision: int = 5).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect-ai==0.3.285
cd "$folder"
cat > scored.py <<'PYTHON'
import os
from importlib.metadata import version

os.environ["INSPECT_LOG_DIR"] = "logs"
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import match
from inspect_ai.solver import solver

ANSWERS = [("12346", "12345"), ("123457", "123456"), ("100001", "100002"), ("1,234,567", "1234999"), ("0.123456", "0.123464"), ("43", "42")]


@solver
def answered():
    """What a model would have answered; none is asked."""

    async def solve(state, generate):
        state.output = ModelOutput.from_content("none", f"It is {ANSWERS[int(state.input_text)][0]}.")
        return state

    return solve


task = Task(dataset=[Sample(input=f"{n}", target=right) for n, (_, right) in enumerate(ANSWERS)], solver=answered(), scorer=match(numeric=True))
log = eval(task, model="mockllm/model", display="none")[0]
print("inspect-ai", version("inspect-ai"), log.status)
found = {}
for sample in log.samples:
    answer, right = ANSWERS[int(sample.input)]
    found[answer, right] = sample.scores["match"].value
    print(f"{answer} for {right}: {found[answer, right]}")
assert list(found.values()) == ["I", "C", "C", "I", "C", "I"], "changed"
PYTHON
venv/bin/python scored.py
