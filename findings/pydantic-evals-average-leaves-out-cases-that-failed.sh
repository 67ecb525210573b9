#!/usr/bin/env bash
# The average of pydantic-evals is 100 % when the task raised in nine of ten cases.
# Expected: a case whose task raises has no right output, so its assertion fails; or the average says that it is of one case.
# Happens: such a case moves to `failures` and its evaluators are not run; averages() is of the cases that are left, and the printed table's last line
# shows it as the average. The more a model's answers break the task, the better it looks.
# Version: pydantic-evals 2.62.0. Source: pydantic_evals/reporting, EvaluationReport.averages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pydantic-evals==2.62.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import EqualsExpected


def task(number):
    if number:
        raise ValueError("no JSON in the answer")
    return "right"


print("pydantic-evals", version("pydantic-evals"))
cases = [Case(name=str(number), inputs=number, expected_output="right") for number in range(10)]
report = Dataset(name="answers", cases=cases, evaluators=[EqualsExpected()]).evaluate_sync(task, progress=False)
share = report.averages().assertions
print(f"cases {len(report.cases)}, failures {len(report.failures)}, average of assertions {share}")
assert (len(report.cases), len(report.failures), share) == (1, 9, 1.0), "changed"
PYTHON
