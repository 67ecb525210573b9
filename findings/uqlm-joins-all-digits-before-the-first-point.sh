#!/usr/bin/env bash
# UQLM's math postprocessor reads "4 bags of 5 apples make 20 apples." as 4520, and -7 as 7.
# Expected: "the numerical answer", of which "only the integer part is extracted" (so its documentation): 20, and -7.
# Happens: all digits of the text up to its first point are joined, whatever stands between them; a point that ends a sentence ends it all. Answers that agree on
# 20 in other words count as different, and 3 and 15 of "3; 15" are one with 315. Only a bare positive number is read as it stands.
# Version: uqlm 0.6.7. Source: uqlm/utils/postprocessors.py, math_postprocessor.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# this function needs nothing of all that uqlm asks for
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps uqlm==0.6.7
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.util
import sysconfig
from importlib.metadata import version

spec = importlib.util.spec_from_file_location("postprocessors", f"{sysconfig.get_path('purelib')}/uqlm/utils/postprocessors.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

print("uqlm", version("uqlm"))
CASES = {
    "20": "20",
    "20.5": "20",
    "4 bags of 5 apples make 20 apples.": "4520",
    "The answer is 20. It is 4 times 5.": "20",
    "So. It is 20.": "",
    "-7": "7",
    "1/2": "12",
}
found = {answer: module.math_postprocessor(answer) for answer in CASES}
for answer, read in found.items():
    print(f"{answer!r} is read as {read!r}")
assert found == CASES, f"changed: {found}"
PYTHON
