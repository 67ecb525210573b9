#!/usr/bin/env bash
# torchinfo counts the embedding of a model with tied weights twice: in its parameters and in its size.
# Expected: weights that input and output share are one tensor, in torch's own count, in transformers' num_parameters, in the
# file and in memory.
# Happens: total_params and total_param_bytes are those of the untied model. Small models with large vocabularies suffer most: half
# of this one is its embedding, so that it is reported 1.46 times too large.
# Version: torchinfo 1.8.0, torch 2.13.0, transformers 5.23.0. Source: torchinfo/model_statistics.py, ModelStatistics.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0 torchinfo==1.8.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import torchinfo
from transformers import Qwen2Config, Qwen2ForCausalLM

SHAPE = {"vocab_size": 1000, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
print(*(f"{name} {version(name)}" for name in ("torchinfo", "torch", "transformers")))
found = {}
for tied in (False, True):
    model = Qwen2ForCausalLM(Qwen2Config(**SHAPE, num_key_value_heads=2, tie_word_embeddings=tied))
    told = torchinfo.summary(model, verbose=0)
    found[tied] = (model.num_parameters(), sum(weight.numel() for weight in model.parameters()), told.total_params)
    print(f"tied {tied}: transformers {found[tied][0]}, torch {found[tied][1]}, torchinfo {found[tied][2]}")
assert found == {False: (202304,) * 3, True: (138304, 138304, 202304)}, "changed"
PYTHON
