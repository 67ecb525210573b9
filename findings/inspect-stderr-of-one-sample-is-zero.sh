#!/usr/bin/env bash
# Inspect's standard error of a single sample is 0, as if the score were known exactly.
# Expected: undefined (nan or an error), since one observation says nothing of the spread; a report that prints the metric
# would then show that nothing is known.
# Happens: stderr, std and var all give 0 for one sample, with clusters too. "1.0 ± 0" is what a dry run of one problem prints.
# Version: inspect-ai 0.3.285. Source: inspect_ai/scorer/_metrics/std.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect-ai==0.3.285
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from inspect_ai.scorer import SampleScore, Score, std, stderr, var

one = [SampleScore(score=Score(value=1.0), sample_id="P/0", sample_metadata={"group": "a"})]
found = {"stderr": stderr()(one), "std": std()(one), "var": var()(one), "clustered": stderr(cluster="group")(one)}
print("inspect-ai", version("inspect-ai"), found)
assert set(found.values()) == {0}, "changed"
PYTHON
