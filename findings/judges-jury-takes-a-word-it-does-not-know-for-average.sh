#!/usr/bin/env bash
# The jury of the package judges counts the verdicts "poor" and "very good" as 3 of 5, and a tied vote goes to whichever judge was asked first.
# Expected: a word that is not on the scale is an error, or is left out; in a tie there is no majority, and then the average counts, as the code says in a comment.
# Happens: what is not terrible, bad, average, good or excellent is 3.0 without a word, so that a jury of three "poor" says average. The average in a tie waits
# for an error that statistics.mode has not raised since Python 3.8: it takes the first, and (True, False) is True where (False, True) is False.
# Version: judges 0.1.1. Source: judges/voting_methods.py, _normalize_score and majority_voting.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# this part needs nothing of all that judges asks for
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps judges==0.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.util
import sysconfig
from importlib.metadata import version

spec = importlib.util.spec_from_file_location("voting_methods", f"{sysconfig.get_path('purelib')}/judges/voting_methods.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

print("judges", version("judges"))
CASES = {
    ("average", ("poor", "poor", "poor"), "likert"): 3.0,
    ("average", ("very good", "excellent"), "likert"): 4.0,
    ("majority", ("terrible", "excellent"), "likert"): 1.0,
    ("majority", ("excellent", "terrible"), "likert"): 5.0,
    ("majority", (True, False), "boolean"): True,
    ("majority", (False, True), "boolean"): False,
}
found = {}
for method, scores, kind in CASES:
    found[method, scores, kind] = module.AVAILABLE_VOTING_METHODS[method](list(scores), [kind] * len(scores))
    print(f"{method} of {', '.join(map(str, scores))}: {found[method, scores, kind]}")
assert found == CASES, f"changed: {found}"
PYTHON
