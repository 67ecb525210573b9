#!/usr/bin/env bash
# OpenCompass's mG-Pass@k is 80 for a model that is always right, when k is 5, and 0 when k is 1.
# Expected: the mean of G-Pass@k over thresholds from a half to all lies in [0, 100] and is 100 where every sample is right, as
# it is for even k.
# Happens: the sum runs over the whole numbers above ceil(k / 2) up to k and is divided by k / 2. For odd k it has half a term
# too few: 0 terms at k = 1, 1 of 1.5 at 3 (66.7), 2 of 2.5 at 5 (80), so scores with odd and even k cannot be compared.
# Version: opencompass 0.5.4. Source: opencompass/openicl/icl_evaluator/icl_base_evaluator.py, compute_mg_pass_at_k.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# what these modules need of all that opencompass asks for
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mmengine-lite==0.10.7 datasets==4.0.0 numpy==1.26.4 \
  pyarrow==20.0.0 regex==2024.11.6 scipy==1.15.3
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps opencompass==0.5.4
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import sysconfig
import types
from importlib.metadata import version

# past the packages' own __init__, which ask for torch and every data set
for name in ("", ".datasets", ".utils", ".openicl", ".openicl.icl_evaluator"):
    package = sys.modules[f"opencompass{name}"] = types.ModuleType(f"opencompass{name}")
    package.__path__ = [f"{sysconfig.get_path('purelib')}/opencompass{name.replace('.', '/')}"]
from opencompass.utils.logging import get_logger

get_logger()
sys.modules["opencompass.utils"].get_logger = get_logger
sys.modules["opencompass.utils"].get_data_path = None
sys.modules["opencompass.openicl"].DatasetReader = None
from opencompass.openicl.icl_evaluator.icl_base_evaluator import BaseEvaluator

sys.modules["opencompass.openicl.icl_evaluator"].BaseEvaluator = BaseEvaluator
from datasets import Dataset


class AlwaysRight(BaseEvaluator):
    """Every sample of every problem is right."""

    def score(self, predictions, references):
        return {"score": 100.0, "details": [{"correct": True} for _ in predictions]}


PROBLEMS, N = 2, 10
rows = Dataset.from_list([{"subdivision": "all", "idx": p} for _ in range(N) for p in range(PROBLEMS)])
print("opencompass", version("opencompass"))
given = AlwaysRight().evaluate([1, 3, 4, 5, 8], N, rows, predictions=["x"] * PROBLEMS * N, references=["x"] * PROBLEMS * N)
found = {k: round(float(given[f"mG-Pass@{k}"]), 1) for k in (1, 3, 4, 5, 8)}
print("every sample right, n = 10, mG-Pass@k:", found, "G-Pass@5 at threshold 1:", float(given["G-Pass@5_1.0"]))
assert found == {1: 0.0, 3: 66.7, 4: 100.0, 5: 80.0, 8: 100.0}, "changed"
PYTHON
