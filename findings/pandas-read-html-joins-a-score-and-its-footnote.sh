#!/usr/bin/env bash
# pandas.read_html reads a score of 43.9 with footnote 1 as 43.91, and 43,9 as 439.
# Expected: a mark in <sup> stays apart or makes the cell a text that is seen to be no number; a comma that does not part thousands stays.
# Happens: the texts of a cell are put together without a blank, and every comma is taken out, wherever it stands, before a cell is read as a number.
# Both are numbers of a likely size in a table of scores, the second one in German or French. decimal="," and thousands="." mend the comma, and
# break 43.9 in turn.
# Version: pandas 3.1.1, lxml 6.1.3. Source: pandas/io/html.py, _LxmlFrameParser._text_getter; pandas/io/parsers (thousands).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 lxml==6.1.3 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import io
from importlib.metadata import version

import pandas as pd

HEAD = "<table><tr><th>model</th><th>pass@1</th></tr>"
CELLS = {"plain": "43.9", "footnote": "43.9<sup>1</sup>", "comma": "43,9", "spread": "43.9<small>2.1</small>", "thousands": "1,234"}
print(*(f"{name} {version(name)}" for name in ("pandas", "lxml")))
found = {}
for name, cell in CELLS.items():
    (table,) = pd.read_html(io.StringIO(f"{HEAD}<tr><td>a</td><td>{cell}</td></tr></table>"))
    found[name] = float(table["pass@1"][0]) if name != "spread" else table["pass@1"][0]
    print(f"{name}: {cell} -> {found[name]}")
assert found == {"plain": 43.9, "footnote": 43.91, "comma": 439.0, "spread": "43.92.1", "thousands": 1234.0}, f"changed: {found}"
PYTHON
