#!/usr/bin/env bash
# eval-protocol's accuracy reward pays 1.0 for 2 where -12 is right, for 1,999 where 1,234 is, and for 3149 where 314 is.
# Expected: numbers are read whole on both sides, sign, thousands and all, and 1.0 is for the right one.
# Happens: the number is looked for in the answer alone and ends at a comma (1,999 is 1). A reference that is no plain number, -12, 1/3 or "#### 1234", is right
# as soon as it contains what was found, or is contained in it. Two texts that begin with 314 are taken for pi and so for equal. What is near gets a part:
# 0.8 for 101 where 100 is right, 0.3 for 7 where 6 is, and 1.0 for 1000 where 1001 is.
# Version: eval-protocol 0.3.33. Source: eval_protocol/rewards/accuracy.py, extract_math_expression and compare_math_expressions.
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
from eval_protocol.rewards.accuracy import accuracy_reward  # noqa: E402

print("eval-protocol", version("eval-protocol"))
CASES = {
    ("2", "-12"): 1.0,
    ("1,999", "1,234"): 1.0,
    ("3", "1/3"): 1.0,
    ("4", "#### 1234"): 1.0,
    ("1,234", "1234"): 0.0,
    ("3149", "314"): 1.0,
    ("101", "100"): 0.8,
    ("7", "6"): 0.3,
    ("1000", "1001"): 1.0,
    ("-5", "5"): 0.0,
}
found = {}
for answer, right in CASES:
    said = [Message(role="user", content="How many?"), Message(role="assistant", content=f"The answer is {answer}.")]
    found[answer, right] = accuracy_reward(said, [Message(role="assistant", content=right)]).score
    print(f"{answer} for {right}: {found[answer, right]}")
assert found == CASES, f"changed: {found}"
PYTHON
