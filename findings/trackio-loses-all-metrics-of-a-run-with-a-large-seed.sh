#!/usr/bin/env bash
# Trackio keeps no metric of a short run whose configuration names a seed of more than 64 bits.
# Expected: init() refuses the configuration or keeps the number as text; the metrics have nothing to do with it.
# Happens: init() takes it; the configuration is written with the first batch of metrics, in a thread, where it fails, and the batch is dropped with a
# warning. log() and finish() end as always. The same seed given to log() costs that one value only. numpy's seeds (SeedSequence().entropy)
# have 128 bits.
# Version: trackio 0.43.0. Source: trackio's run and utils (orjson, with which it writes, refuses such integers).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check trackio==0.43.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import os
import warnings
from importlib.metadata import version

os.environ["TRACKIO_DIR"] = "./trackio"
warnings.simplefilter("ignore")
import trackio  # noqa: E402
from trackio.sqlite_storage import SQLiteStorage  # noqa: E402

print("trackio", version("trackio"))
found = {}
for name, config, beside in (("small", {"seed": 2**62}, {}), ("large", {"seed": 2**70}, {}), ("logged", {}, {"seed": 2**70})):
    trackio.init(project="seeds", name=name, config=config, embed=False)
    trackio.log({"pass@1": 0.5, **beside})
    trackio.finish()
    found[name] = [row["pass@1"] for row in SQLiteStorage.get_logs("seeds", name)]
    print(f"{name}: kept pass@1 {found[name]}")
assert found == {"small": [0.5], "large": [], "logged": [0.5]}, "changed"
PYTHON
