#!/usr/bin/env bash
# markitdown writes a score that an Excel sheet shows as 43.9% as 0.439, the blank cell and the answer "NA" as NaN, and "a|b" as two cells.
# Expected: the text of the table as a reader of the sheet sees it, blank where it is blank; a bar within a cell with its escape, as the same
# tool writes it for a CSV file.
# Happens: the sheet goes through pandas, which drops number formats, takes blank cells and the words NA, None and null for missing, makes decimals of
# a column's whole numbers where one is missing (30 becomes 30.0), and goes to Markdown by way of HTML without escapes.
# Version: markitdown 0.1.9, pandas 3.1.1, openpyxl 3.1.5. Source: markitdown/converters/_xlsx_converter.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'markitdown[xlsx]==0.1.9' pandas==3.1.1 openpyxl==3.1.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import io
from importlib.metadata import version

import openpyxl
from markitdown import MarkItDown

print(*(f"{name} {version(name)}" for name in ("markitdown", "pandas", "openpyxl")))
book = openpyxl.Workbook()
for row in (["Model", "HumanEval", "problems", "answer"], ["Foo", 0.439, 164, "a|b"], ["Bar", 0.512, None, "NA"]):
    book.active.append(row)
for cell in ("B2", "B3"):
    book.active[cell].number_format = "0.0%"
sheet = io.BytesIO()
book.save(sheet)
sheet.seek(0)
lines = MarkItDown().convert_stream(sheet, file_extension=".xlsx").markdown.splitlines()
comma = MarkItDown().convert_stream(io.BytesIO(b"Model,answer\nFoo,a|b\n"), file_extension=".csv").markdown.splitlines()
print(*lines, *comma, sep="\n")
assert "| Foo | 0.439 | 164.0 | a|b |" in lines, "changed"
assert "| Bar | 0.512 | NaN | NaN |" in lines, "changed"
assert r"| Foo | a\|b |" in comma, "changed"
PYTHON
