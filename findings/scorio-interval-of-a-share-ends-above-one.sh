#!/usr/bin/env bash
# scorio's interval of the share of right answers ends at 1.29 for a perfect model, and its pass@1 with an interval is 0.83.
# Expected: an interval of a share lies within 0 and 1; pass@1 is the share of right answers, with whichever of its functions it is asked for.
# Happens: avg_ci keeps the share 1.0 and puts a normal interval around it, which is cut to [0, 1] only where `bounds` says so; pass_at_k_ci
# is cut by itself, but its first value is the mean under a uniform prior and not what pass_at_k gives. Four right answers of four here.
# Version: scorio 0.2.3, numpy 2.4.6. Source: scorio/eval/avg.py and pass_at_k.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scorio==0.2.3 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from scorio.eval import avg_ci, pass_at_k, pass_at_k_ci

print("scorio", version("scorio"))
outcomes = np.ones((2, 4), dtype=int)
plain, share, with_interval = pass_at_k(outcomes, 1), avg_ci(outcomes), pass_at_k_ci(outcomes, 1)
print(f"pass_at_k(k=1) {plain}\navg_ci {tuple(map(float, share))}\npass_at_k_ci(k=1) {tuple(map(float, with_interval))}")
assert plain == 1.0 and float(share[0]) == 1.0 and share[3] > 1.25, "changed"
assert round(float(with_interval[0]), 2) == 0.83 and with_interval[3] <= 1, "changed"
PYTHON
