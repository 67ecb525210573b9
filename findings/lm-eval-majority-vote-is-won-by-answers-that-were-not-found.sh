#!/usr/bin/env bash
# lm-evaluation-harness's majority vote is lost to "[invalid]" when two of five samples are right and three were cut before their answer.
# Expected: self-consistency takes the most frequent answer among those that there are; a sample without an answer has no vote. 1,000 and 1000 are one answer, as
# they are when the task's exact match compares them.
# Happens: the regular expression gives "[invalid]" for a sample without a match, and the vote counts texts. Numbers are compared without commas only after the
# vote, so 1,000 twice and 1000 twice lose to 7 three times. Each of both lowers maj@64 and maj@8 of GSM8K.
# Version: lm-eval 0.4.13. Source: lm_eval/filters/selection.py, MajorityVoteFilter; tasks/gsm8k/gsm8k-cot-self-consistency.yaml.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lm-eval==0.4.13
cd "$folder"
venv/bin/python - <<'PYTHON'
import sysconfig
from importlib.metadata import version
from pathlib import Path

import yaml
from lm_eval.filters import build_filter_ensemble

print("lm-eval", version("lm-eval"))
task = yaml.safe_load(Path(sysconfig.get_path("purelib"), "lm_eval/tasks/gsm8k/gsm8k-cot-self-consistency.yaml").read_text())
[steps] = [entry["filter"] for entry in task["filter_list"] if entry["name"] == "maj@64"]
print(*(step["function"] for step in steps))


class Asked:
    def __init__(self, answers):
        self.resps, self.doc, self.filtered_resps = answers, {}, {}


CASES = {
    "two right, three cut": ["The answer is 18."] * 2 + ["First, 9 + 9"] * 3,
    "1,000 twice, 1000 twice, 7 three times": ["The answer is 1,000."] * 2 + ["The answer is 1000."] * 2 + ["The answer is 7."] * 3,
    "three right, two cut": ["The answer is 18."] * 3 + ["First, 9 + 9"] * 2,
}
found = {}
for name, answers in CASES.items():
    asked = Asked(answers)
    ensemble = build_filter_ensemble("maj", [[step["function"], {k: v for k, v in step.items() if k != "function"}] for step in steps])
    ensemble.apply([asked])
    found[name] = asked.filtered_resps["maj"]
    print(f"{name}: {found[name]}")
assert list(found.values()) == ["[invalid]", "7", "18"], f"changed: {found}"
PYTHON
