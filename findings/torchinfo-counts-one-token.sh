#!/usr/bin/env bash
# torchinfo's multiply-adds of a language model are the same for 1, 16 and 512 tokens.
# Expected: a linear layer applied to every token of a sequence costs tokens times its weights, as it costs batch times its
# weights.
# Happens: only the first dimension of the output is multiplied, so a sequence counts as one token (512 times too few here),
# while looking rows up in the embedding table counts as multiplying with all of it.
# Version: torchinfo 1.8.0, torch 2.13.0, transformers 5.23.0. Source: torchinfo/layer_info.py, calculate_macs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0 torchinfo==1.8.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import torch
import torchinfo
from transformers import Qwen2Config, Qwen2ForCausalLM

SHAPE = {"vocab_size": 1000, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
model = Qwen2ForCausalLM(Qwen2Config(**SHAPE, num_key_value_heads=2, tie_word_embeddings=False)).eval()
linear = sum(part.weight.numel() for part in model.modules() if isinstance(part, torch.nn.Linear))
print(*(f"{name} {version(name)}" for name in ("torchinfo", "torch", "transformers")))
found = {}
for batch, tokens in ((1, 1), (1, 16), (1, 512), (4, 16)):
    ids = torch.ones(batch, tokens, dtype=torch.long)
    found[batch, tokens] = torchinfo.summary(model, input_data=ids, verbose=0).total_mult_adds
    print(f"batch {batch}, {tokens} tokens: {found[batch, tokens]}; in the linear layers alone {batch * tokens * linear}")
one = sum(weight.numel() for weight in model.parameters())
assert found == {(1, 1): one, (1, 16): one, (1, 512): one, (4, 16): 4 * one}, "changed"
PYTHON
