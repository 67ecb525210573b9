#!/usr/bin/env bash
# The gguf package reads the size of Phi-3-mini-4k-instruct as "4K" and that of granite-3b-code-base-128k as "3B-128K".
# Expected: the size label of a name is its number of parameters (so GGUF's naming convention); 4k and 128k are lengths of context, and a model of four
# thousand parameters is no one's.
# Happens: any part of a name made of digits and one of K, M, B, T is a size, and several are joined. With "mini" the word itself becomes the size (Phi-4-mini),
# and 1b1 is 1.1B. The label goes into general.size_label and the file's name unless the converter counts the parameters.
# Version: gguf 0.19.0. Source: gguf/metadata.py, Metadata.get_model_id_components.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check gguf==0.19.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from gguf import Metadata

print("gguf", version("gguf"))
NAMES = ("Qwen2.5-Coder-1.5B-Instruct", "Phi-3-mini-4k-instruct", "granite-3b-code-base-128k", "Phi-4-mini-instruct", "Mixtral-8x7B-v0.1")
found = {name: Metadata.get_model_id_components(name)[5] for name in NAMES}
for name, size in found.items():
    print(f"{name}: size {size}")
assert found == {
    "Qwen2.5-Coder-1.5B-Instruct": "1.5B",
    "Phi-3-mini-4k-instruct": "4K",
    "granite-3b-code-base-128k": "3B-128K",
    "Phi-4-mini-instruct": "mini",
    "Mixtral-8x7B-v0.1": "8x7B",
}, "changed"
PYTHON
