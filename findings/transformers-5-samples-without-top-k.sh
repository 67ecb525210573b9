#!/usr/bin/env bash
# transformers 5 draws from the whole vocabulary where transformers 4 kept the 50 likeliest tokens.
# Expected: the same call, generate(do_sample=True, temperature=1.0), draws from the same distribution in both; top_k = 50 has
# been its documented default for years, and published scores "at temperature 0.8" rest on it.
# Happens: with a model whose next token is uniform over 500, version 4 draws 50 different tokens and version 5 all 500. No
# warning in either. Whoever compares pass@k over versions compares two distributions.
# Version: transformers 4.57.1 and 5.23.0. Source: transformers/generation/configuration_utils.py, top_k.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import subprocess
import sys

CODE = """
import torch, transformers
transformers.logging.set_verbosity_error()
from transformers import LlamaConfig, LlamaForCausalLM
torch.manual_seed(0)
model = LlamaForCausalLM(LlamaConfig(vocab_size=500, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
                                     intermediate_size=32, bos_token_id=1, eos_token_id=2, pad_token_id=0))
with torch.no_grad():
    # different logits, so that the likeliest 50 are well defined, and nearly uniform
    model.lm_head.weight.mul_(1e-4)
drawn = model.generate(torch.tensor([[1, 5, 6]]), do_sample=True, temperature=1.0, num_return_sequences=20000,
                       max_new_tokens=1)
print(transformers.__version__, len(set(drawn[:, -1].tolist())))
"""
found = {}
for version in ("4.57.1", "5.23.0"):
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"transformers=={version}"], check=True
    )
    said = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout.split()
    found[said[0]] = int(said[1])
print("transformers: different first tokens drawn of 500:", found)
assert found == {"4.57.1": 50, "5.23.0": 500}, "changed"
PYTHON
