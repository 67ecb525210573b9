#!/usr/bin/env bash
# baycomp is certain, with probability 1, that the better of two models is better when they differ on one problem of 164.
# Expected: two models whose verdicts are the same on 163 problems are hard to tell apart (a sign test of one difference says p = 1); a model compared with
# itself gets 0.5 and 0.5, and two numbers come back where rope is 0, as the documentation of two_on_multiple says.
# Happens: without a rope the signed-rank posterior counts each pair of a zero and a positive difference as a win, and nothing as a loss, so one positive
# difference is enough for 1.0. Equal scores get 0.58 and 0.42, decided by rounding. Three numbers are returned. A rope above 0 mends it.
# Version: baycomp 1.0.3, numpy 2.3.4, scipy 1.16.3. Source: baycomp/multiple.py, SignedRankTest.sample and Posterior.probs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check baycomp==1.0.3 numpy==2.3.4 scipy==1.16.3
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import baycomp
import numpy as np

print("baycomp", version("baycomp"))
first = np.r_[np.ones(100), np.zeros(64)]
found = {}
for more in (0, 1, 3):
    second = first.copy()
    second[100 : 100 + more] = 1
    found[more] = [round(float(p), 3) for p in baycomp.two_on_multiple(first, second, nsamples=5000, random_state=1)]
    print(f"second model right on {more} problems more of 164: {found[more]}")
second = first.copy()
second[100] = 1
with_rope = [round(float(p), 3) for p in baycomp.two_on_multiple(first, second, rope=0.01, nsamples=5000, random_state=1)]
print(f"1 more, rope 0.01: {with_rope}")
assert found[1] == found[3] == [0.0, 0.0, 1.0] and with_rope == [0.0, 1.0, 0.0], f"changed: {found}, {with_rope}"
assert abs(found[0][0] - 0.5) > 0.03, f"changed: a model against itself gets {found[0]}"
PYTHON
