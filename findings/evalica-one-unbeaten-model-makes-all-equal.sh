#!/usr/bin/env bash
# evalica's Bradley-Terry gives all models the same score as soon as one of them has not lost.
# Expected: an unbeaten model has no finite strength, so it comes out far ahead, or there is an error; the others keep their order.
# Happens: all scores end at the tolerance, 1e-06, and pairwise_frame makes each of them win half of the time against each: nine wins of ten
# between two others count no more. The result says that it converged. So with `newman`; counting and average_win_rate rank as expected.
# Version: evalica 0.4.2, pandas 3.0.0. Source: evalica's bradley_terry (crates' Rust code, and the Python one with solver="naive").
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check evalica==0.4.2 pandas==3.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from evalica import Winner, average_win_rate, bradley_terry, pairwise_frame

CLOSE = [("mid", "low", Winner.X)] * 9 + [("mid", "low", Winner.Y)]
print("evalica", version("evalica"))
found = {}
for name, battles in {"mid beats low": CLOSE, "and top beats mid twice": [*CLOSE, *[("top", "mid", Winner.X)] * 2]}.items():
    sides = [list(side) for side in zip(*battles, strict=True)]
    told = bradley_terry(*sides)
    against = pairwise_frame(told.scores).loc["mid", "low"]
    rates = average_win_rate(*sides).scores.to_dict()
    found[name] = (len(set(told.scores)) == 1, round(float(against), 2), max(rates, key=rates.get))
    print(f"{name}: {told.scores.to_dict()} after {told.iterations} steps; mid against low {against:.2f}; win rates {rates}")
assert found == {"mid beats low": (False, 0.9, "mid"), "and top beats mid twice": (True, 0.5, "top")}, f"changed: {found}"
PYTHON
