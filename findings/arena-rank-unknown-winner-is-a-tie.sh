#!/usr/bin/env bash
# arena-rank takes every winner that it does not know, also a missing one, as a tie.
# Expected: an error at a value other than model_a, model_b, tie or both_bad, or the battle is left out.
# Happens: the default outcome map has 0.5 for all else. The better model's 90 wins of 100, written as "A" and "B" or as the
# models' names, give both 1000; battles that nobody has judged yet (None) pull the ratings together as ties do.
# Version: arena-rank 0.1.1, pandas 3.1.1. Source: arena_rank/utils/data_utils.py, default_outcome_map.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check arena-rank==0.1.1 pandas==3.1.1
cd "$folder"
JAX_PLATFORMS=cpu venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import pandas
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset

WINNERS = {
    "as documented": ["model_a"] * 90 + ["model_b"] * 10,
    "letters": ["A"] * 90 + ["B"] * 10,
    "names": ["better"] * 90 + ["worse"] * 10,
    "200 not judged": ["model_a"] * 90 + ["model_b"] * 10 + [None] * 200,
}
print("arena-rank", version("arena-rank"), "pandas", version("pandas"))
found = {}
for name, winners in WINNERS.items():
    battles = pandas.DataFrame({"model_a": "better", "model_b": "worse", "winner": winners})
    rated = BradleyTerry(n_competitors=2).compute_ratings_and_cis(PairDataset.from_pandas(battles))
    found[name] = [round(float(rating)) for rating in rated["ratings"]]
    print(f"{name}: {dict(zip(rated['competitors'], found[name]))}")
apart = {name: better - worse for name, (better, worse) in found.items()}
assert apart["letters"] == apart["names"] == 0 and apart["as documented"] > 350, "changed"
assert 0 < apart["200 not judged"] < 150, "changed"
PYTHON
