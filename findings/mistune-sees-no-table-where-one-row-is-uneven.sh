#!/usr/bin/env bash
# mistune makes a paragraph of a whole table of scores when one row has a cell too few or too many.
# Expected: as GitHub's rules for tables say, missing cells are empty and surplus ones are dropped; the other rows stay as they are.
# Happens: a row whose number of cells is not the heading's ends the attempt, and the lines come out as text with bars, in HTML as in the syntax tree:
# a reader of model cards finds no table at all. A missing value at the end of the last row is enough.
# Version: mistune 3.4.0, markdown-it-py 4.3.0. Source: mistune/plugins/table.py, parse_table.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mistune==3.4.0 markdown-it-py==4.3.0 mdurl==0.1.2
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import markdown_it
import mistune

ROWS = {"even": "| b | 43.9 |", "one cell too few": "| b |", "one cell too many": "| b | 43.9 | 1 |"}
print(*(f"{name} {version(name)}" for name in ("mistune", "markdown-it-py")))
found = {}
for name, row in ROWS.items():
    text = f"| model | pass@1 |\n|---|---|\n| a | 41.5 |\n{row}\n"
    read = (mistune.create_markdown(plugins=["table"])(text), markdown_it.MarkdownIt("commonmark").enable("table").render(text))
    found[name] = tuple(html.count("<tr>") for html in read)
    print(f"{name}: rows of a table by mistune {found[name][0]}, by markdown-it-py {found[name][1]}")
assert found == {"even": (3, 3), "one cell too few": (0, 3), "one cell too many": (0, 3)}, f"changed: {found}"
PYTHON
