#!/usr/bin/env bash
# eval-protocol's code reward pays 1.0 to a program that prints [3, 1, 2] where the sorted list [1, 2, 3] is asked for, and for 1001 where 1000 is.
# Expected: "evaluate code correctness by executing it locally and comparing the output": another order and another integer are wrong, or less than 1.0.
# Happens: for each item of the expected list the best match among the printed items counts, wherever it stands, so a permutation is equal. Numbers within
# 0.1 % are equal and within 1 % are worth 0.9; an index off by one in a large input passes. True for true is 0.75.
# Version: eval-protocol 0.3.33. Source: eval_protocol/rewards/code_execution.py, compare_outputs.
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
from eval_protocol.models import Message  # noqa: E402
from eval_protocol.rewards.code_execution import local_code_execution_reward  # noqa: E402

print("eval-protocol", version("eval-protocol"))
CASES = {
    ("[3, 1, 2]", "[1, 2, 3]"): 1.0,
    ("[1, 2, 4]", "[1, 2, 3]"): 0.92,
    ("1001", "1000"): 1.0,
    ("1009", "1000"): 0.9,
    ("True", "true"): 0.75,
}
found = {}
for printed, asked in CASES:
    answer = f"```python\nprint({printed!r})\n```"
    said = [Message(role="user", content="Sort the list."), Message(role="assistant", content=answer)]
    found[printed, asked] = round(local_code_execution_reward(said, ground_truth=asked).score, 2)
    print(f"printed {printed}, asked for {asked}: {found[printed, asked]}")
assert found == CASES, f"changed: {found}"
PYTHON
