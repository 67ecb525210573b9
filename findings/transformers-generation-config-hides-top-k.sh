#!/usr/bin/env bash
# transformers 5 keeps the 50 likeliest tokens under a generation config whose top_k is None.
# Expected: GenerationConfig().top_k says None, and the saved file has no top_k, so sampling draws from the whole vocabulary;
# version 4 said 50 and wrote it down.
# Happens: generate(do_sample=True) fills the missing value with 50. A record of the config's fields says nothing of the cut; only
# top_k=0 in the call takes it away. Of 500 nearly equally likely tokens 50 are ever drawn.
# Version: transformers 5.23.0, torch 2.13.0. Source: transformers/generation/utils.py and configuration_utils.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
import transformers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

transformers.logging.set_verbosity_error()
torch.manual_seed(0)
shape = LlamaConfig(
    vocab_size=500, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
    bos_token_id=1, eos_token_id=2, pad_token_id=0,
)
model = LlamaForCausalLM(shape)
with torch.no_grad():
    model.lm_head.weight.mul_(1e-4)  # nearly equal, and no two the same, so that the likeliest 50 are well defined
prompt = torch.tensor([[1, 5, 6]])


def drawn(**settings: int) -> int:
    """How many different first tokens 20,000 samples have."""
    out = model.generate(prompt, do_sample=True, temperature=1.0, num_return_sequences=20_000, max_new_tokens=1, **settings)
    return len(set(out[:, -1].tolist()))


stated = GenerationConfig().top_k, model.generation_config.top_k, "top_k" in GenerationConfig().to_diff_dict()
found = drawn(), drawn(top_k=0)
print("transformers", transformers.__version__, "top_k as stated:", stated, "tokens drawn:", found[0], "with top_k=0:", found[1])
assert stated == (None, None, False), "changed: what is stated"
assert found == (50, 500), "changed: what is drawn"
PYTHON
