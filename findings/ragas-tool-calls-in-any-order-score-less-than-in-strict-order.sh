#!/usr/bin/env bash
# ragas' tool call accuracy gives an agent 0 with strict_order=False ("tool calls can be in any order") and 0.5 in strict order, for the same calls.
# Expected: to allow any order never costs; a call left out takes its share, as its documentation says ("length mismatches apply proportional coverage penalty").
# Happens: in any order, both lists are sorted by name and arguments and compared place by place, so that one wrong argument that sorts elsewhere shifts the
# rest: what is asked for twice, 2 and 3, and called with 3 and 4, has no match. A call left out or one too many is 0: the names do not align, and the penalty
# that is documented is multiplied by that 0. Arguments that were not asked for cost nothing.
# Version: ragas 0.4.3. Source: ragas/metrics/collections/tool_call_accuracy/metric.py; metrics/_tool_call_accuracy.py does likewise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of all that ragas asks for, what this metric needs
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps ragas==0.4.3
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pydantic==2.12.4
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import asyncio
import sys
import sysconfig
import types
from importlib.metadata import version
from pathlib import Path

# imported past the package's own __init__, which asks for a dozen clients: the metric uses the base class and the result's value alone
PARTS = ("ragas", "ragas.metrics", "ragas.metrics.collections", "ragas.metrics.collections.tool_call_accuracy")
for name in PARTS:
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [str(Path(sysconfig.get_path("purelib"), *name.split(".")))]


class BaseMetric:
    def __init__(self, name: str, **others: object) -> None:
        self.name = name


sys.modules["ragas.metrics.collections.base"] = types.SimpleNamespace(BaseMetric=BaseMetric)
sys.modules["ragas.metrics.result"] = types.SimpleNamespace(MetricResult=types.SimpleNamespace)
from ragas.messages import AIMessage, ToolCall  # noqa: E402
from ragas.metrics.collections.tool_call_accuracy.metric import ToolCallAccuracy  # noqa: E402

print("ragas", version("ragas"))


def calls(*numbers, **others):
    return [ToolCall(name="read", args={"line": number, **others}) for number in numbers]


CASES = {
    "3 and 4 for 3 and 2": (calls(3, 4), calls(3, 2), (0.5, 0.0)),
    "2 and 3 for 3 and 2": (calls(2, 3), calls(3, 2), (0.0, 1.0)),
    "3 alone for 3 and 2": (calls(3), calls(3, 2), (0.0, 0.0)),
    "3, 2 and 1 for 3 and 2": (calls(3, 2, 1), calls(3, 2), (0.0, 0.0)),
    "3 with an argument more for 3": (calls(3, force=True), calls(3), (1.0, 1.0)),
}
found = {}
for name, (called, asked, _) in CASES.items():
    message = AIMessage(content="", tool_calls=called)
    found[name] = tuple(asyncio.run(ToolCallAccuracy(strict_order=strict).ascore([message], asked)).value for strict in (True, False))
    print(f"{name}: in strict order {found[name][0]}, in any order {found[name][1]}")
assert "proportional coverage penalty" in ToolCallAccuracy.__doc__, "its documentation changed"
assert found == {name: told for name, (*_, told) in CASES.items()}, f"changed: {found}"
PYTHON
