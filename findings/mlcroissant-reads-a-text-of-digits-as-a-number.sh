#!/usr/bin/env bash
# mlcroissant reads the identifier 001 of a CSV file as "1", and the answer NA as nothing, though the metadata say that both columns are text.
# Expected: dataType sc:Text says what a field is; the text of the file comes back as it stands, as mlcroissant itself does where one row of the column is no number.
# Happens: the file goes through pandas.read_csv first, which guesses the type of each column: 001 becomes 1, 1.50 becomes 1.5, True stays; then the guess is
# turned into text. NA, null, None and nan, answers all of them, become a missing value. Identifiers no longer match those of the samples.
# Version: mlcroissant 1.1.1, pandas 2.3.3. Source: mlcroissant/_src/operation_graph/operations/read.py, Read, and field.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mlcroissant==1.1.1 pandas==2.3.3
cd "$folder"
venv/bin/python - 2> warnings <<'PYTHON'
import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import mlcroissant as mlc

print(*(f"{name} {version(name)}" for name in ("mlcroissant", "pandas")))
Path("samples.csv").write_text("id,answer,score,mixed\n001,NA,1.50,001\n002,null,2.00,x02\n003,return x,3.25,003\n")
NAMES = ("id", "answer", "score", "mixed")
fields = [
    mlc.Field(
        id=f"rows/{name}",
        name=name,
        data_types=mlc.DataType.TEXT,
        source=mlc.Source(file_object="file", extract=mlc.Extract(column=name)),
    )
    for name in NAMES
]
digest = hashlib.sha256(Path("samples.csv").read_bytes()).hexdigest()
file = mlc.FileObject(id="file", name="file", content_url="samples.csv", encoding_formats=["text/csv"], sha256=digest)
records = mlc.RecordSet(id="rows", name="rows", fields=fields)
metadata = mlc.Metadata(name="samples", url="https://example.org", distribution=[file], record_sets=[records])
Path("metadata.json").write_text(json.dumps(metadata.to_json(), default=str))
found = []
for row in mlc.Dataset("metadata.json").records("rows"):
    found.append([value.decode() if (value := row[f"rows/{name}"]) is not None else None for name in NAMES])
    print(found[-1])
assert found == [["1", None, "1.5", "001"], ["2", None, "2.0", "x02"], ["3", "return x", "3.25", "003"]], f"changed: {found}"
PYTHON
