#!/usr/bin/env bash
# eval-protocol's 95 % interval of 60 right answers of 100 is [0.6, 0.6], with a standard error of 0, when each question was asked once.
# Expected: None, as its documentation says of insufficient data, or something wide: one answer to a question says nothing of how often it would be right.
# Its documentation calls the value for a single repeat a "conservative estimate".
# Happens: the estimate is y * (1 - y) / 1 with y of 0 or 1, which is 0 for every question. The same 60 % from four answers to each, two of them mixed, is wider.
# Version: eval-protocol 0.3.33. Source: eval_protocol/stats/confidence_intervals.py, compute_fixed_set_mu_ci.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of all that eval-protocol asks for, what this part needs
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps eval-protocol==0.3.33
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openai==2.8.0 pydantic==2.12.4 mcp==1.30.0 requests==2.32.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import sysconfig
import types
from importlib.metadata import version
from pathlib import Path

# imported past the package's own __init__, which asks for a dozen clients
for name in ("eval_protocol", "eval_protocol.rewards"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [str(Path(sysconfig.get_path("purelib"), *name.split(".")))]
from eval_protocol.models import EvaluateResult, EvaluationRow, InputMetadata, Message  # noqa: E402
from eval_protocol.stats.confidence_intervals import compute_fixed_set_mu_ci  # noqa: E402

print("eval-protocol", version("eval-protocol"))


def interval(scores):
    rows = [
        EvaluationRow(
            messages=[Message(role="user", content=f"question {question}")],
            input_metadata=InputMetadata(row_id=str(question)),
            evaluation_result=EvaluateResult(score=score, reason=""),
        )
        for question, of_question in enumerate(scores)
        for score in of_question
    ]
    return [round(number, 3) for number in compute_fixed_set_mu_ci(rows)]


once = interval([[1.0]] * 60 + [[0.0]] * 40)
often = interval([[1.0] * 4] * 40 + [[1.0, 1.0, 0.0, 0.0]] * 40 + [[0.0] * 4] * 20)
print(f"one answer each: mean {once[0]}, interval {once[1:3]}, standard error {once[3]}")
print(f"four answers each: mean {often[0]}, interval {often[1:3]}, standard error {often[3]}")
assert "conservative" in compute_fixed_set_mu_ci.__doc__, "its documentation changed"
assert once == [0.6, 0.6, 0.6, 0.0] and often == [0.6, 0.564, 0.636, 0.018], f"changed: {once}, {often}"
PYTHON
