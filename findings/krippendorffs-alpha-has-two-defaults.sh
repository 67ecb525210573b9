#!/usr/bin/env bash
# Krippendorff's alpha of the same verdicts is 0.80 by the package krippendorff and 0.62 by evalica, each as it stands.
# Expected: one coefficient by one name; labels that are numbers are labels, or the level of measurement must be said.
# Happens: krippendorff takes numbers at the interval level unless told otherwise, evalica as names. For classes that are written as numbers (verdict codes,
# choices 1 to 5) the first rewards labels for being near each other. With the level stated both agree to the last digit.
# Version: krippendorff 0.9.0, evalica 0.4.2, pandas 3.0.0. Source: krippendorff.alpha (level_of_measurement), evalica.alpha (distance).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check krippendorff==0.9.0 evalica==0.4.2 pandas==3.0.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import evalica
import krippendorff
import numpy as np
import pandas as pd

print(*(f"{name} {version(name)}" for name in ("krippendorff", "evalica")))
# one judge a row, one answer a column; the labels are names of failure classes
LABELS = np.array([[1, 2, 3, 3, 2, 1, 4, 1], [1, 2, 3, 3, 2, 2, 4, 1], [1, 3, 3, 3, 2, 3, 4, 2]], dtype=float)
found = {"as they stand": (float(krippendorff.alpha(LABELS)), evalica.alpha(pd.DataFrame(LABELS)).alpha)}
for level in ("nominal", "interval"):
    said = krippendorff.alpha(LABELS, level_of_measurement=level), evalica.alpha(pd.DataFrame(LABELS), distance=level).alpha
    found[level] = tuple(map(float, said))
for name, pair in found.items():
    print(f"{name}: krippendorff {pair[0]:.3f}, evalica {pair[1]:.3f}")
assert found["as they stand"] == (found["interval"][0], found["nominal"][1]), "changed"
assert all(abs(one - other) < 1e-9 for one, other in (found["nominal"], found["interval"])), "changed"
assert found["as they stand"][0] - found["as they stand"][1] > 0.05, f"changed: {found}"
PYTHON
