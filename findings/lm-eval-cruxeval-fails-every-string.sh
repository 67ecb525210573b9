#!/usr/bin/env bash
# lm-evaluation-harness's CRUXEval marks every right answer that is a string as wrong, and a string for a number as right.
# Expected: the predicted literal is compared with what the function returns, as CRUXEval's own grader does.
# Happens: quotes are stripped from the answer before it is put into the assert, so 'ab' becomes the unknown name ab and raises
# NameError. A wrong '3', a string where 3 is returned, loses its quotes and passes. Many of CRUXEval's outputs are strings.
# Version: lm-eval 0.4.13. Source: lm_eval/tasks/cruxeval/utils.py, extract_code_output; a fix was proposed in
# github.com/EleutherAI/lm-evaluation-harness/pull/3770.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lm-eval==0.4.13
cd "$folder"
cat > mine.py <<'PYTHON'
from importlib.metadata import version

from lm_eval.tasks.cruxeval.utils import build_predictions_output, pass_at_k

if __name__ == "__main__":
    problems = {
        "a right string": ("return s + 'b'", "'a'", "'ab'", "'ab'"),
        "a right list": ("return [s, 'b']", "'a'", "['a', 'b']", "['a', 'b']"),
        "a string for a number": ("return len(s)", "'abc'", "3", "'3'"),
    }
    print("lm-eval", version("lm-eval"))
    found = {}
    for name, (body, given, output, predicted) in problems.items():
        problem = {"code": f"def f(s):\n    {body}", "input": given, "output": output}
        answer = f"assert f({given}) == {predicted}"
        [programs] = build_predictions_output([[answer]], [problem])
        found[name] = float(pass_at_k([""], [programs], k=[1])["pass@1"])
        print(f"{name}: {answer!r} is graded as {programs[0].splitlines()[-1]!r}: {found[name]}")
    assert found == {"a right string": 0.0, "a right list": 1.0, "a string for a number": 1.0}, "changed"
PYTHON
venv/bin/python mine.py
