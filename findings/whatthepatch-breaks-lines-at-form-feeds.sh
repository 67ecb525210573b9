#!/usr/bin/env bash
# whatthepatch cannot apply the patch of a file that holds a form feed, U+2028 or U+0085, though the patch is git's own.
# Expected: lines of a patch end at newlines, as git, patch and unidiff have it; such characters are text within a line. Form feeds part sections in much
# GNU and Python code, and U+2028 stands in JSON and web texts.
# Happens: patch and file are split with str.splitlines(), which ends a line at eleven characters. What follows the form feed has no mark (" ", "+", "-") in
# the patch and is left out, the file has a line more, and apply_diff raises HunkApplyException. A hunk that changes such a line loses its end.
# Version: whatthepatch 1.0.7, unidiff 1.0.1. Source: whatthepatch/patch.py, parse_patch; whatthepatch/apply.py, apply_diff.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check whatthepatch==1.0.7 unidiff==1.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import subprocess
from importlib.metadata import version
from pathlib import Path

import unidiff
import whatthepatch

print(*(f"{name} {version(name)}" for name in ("whatthepatch", "unidiff")))
MARKS = {"nothing": "", "form feed": "\x0c", "U+2028": "\u2028", "U+0085": "\x85"}
found = {}
for name, mark in MARKS.items():
    before, after = (f"x = 1\n# part{mark}two\ndef f():\n    return {value}\n" for value in (1, 2))
    Path("before.py").write_text(before, encoding="utf-8", newline="")
    Path("after.py").write_text(after, encoding="utf-8", newline="")
    told = subprocess.run(["diff", "-u", "before.py", "after.py"], capture_output=True, check=False)
    patch = told.stdout.decode()
    subprocess.run(["patch", "--quiet", "before.py"], input=told.stdout, check=True)
    assert Path("before.py").read_bytes() == after.encode(), "patch itself does not apply it"
    [file] = unidiff.PatchSet(patch)
    assert (file.added, file.removed) == (1, 1)
    [diff] = whatthepatch.parse_patch(patch)
    try:
        found[name] = whatthepatch.apply_diff(diff, before) == after.split("\n")[:-1]
    except whatthepatch.exceptions.HunkApplyException as error:
        found[name] = str(error)
    print(f"{name}: {found[name]!r}")
assert found.pop("nothing") is True
assert all("does not match" in str(told) for told in found.values()), f"changed: {found}"
PYTHON
