#!/usr/bin/env bash
# calflops and ptflops leave attention out of a transformers model unless it is loaded with its slowest attention.
# Expected: the multiply-adds of scores and of weighted values (2 * layers * heads * head size * tokens squared) are counted, as
# both say they count a model's attention; they are half of all at 512 tokens here.
# Happens: with `sdpa`, transformers' default, they count nothing for attention, without a word; with `eager` they count it. The
# same model, input and result have about half the multiply-adds under one of two ways of computing the same thing.
# Version: calflops 0.3.2, ptflops 0.7.5, torch 2.13.0, transformers 5.23.0. Source: calflops/pytorch_ops.py and
# ptflops/pytorch_ops.py, the lists of patched functions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0 calflops==0.3.2 \
  ptflops==0.7.5 accelerate==1.15.0
cd "$folder"
venv/bin/python - <<'PYTHON' 2>/dev/null
from importlib.metadata import version

import torch
from calflops import calculate_flops
from ptflops import get_model_complexity_info
from transformers import Qwen2Config, Qwen2ForCausalLM

SHAPE = {"vocab_size": 1000, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
TOKENS = 512
IDS = torch.ones(1, TOKENS, dtype=torch.long)
ATTENTION = 2 * 2 * 4 * 16 * TOKENS**2
print(*(f"{name} {version(name)}" for name in ("calflops", "ptflops", "torch", "transformers")))
found = {}
for way in ("eager", "sdpa"):
    config = Qwen2Config(**SHAPE, num_key_value_heads=2, tie_word_embeddings=True)
    config._attn_implementation = way
    model = Qwen2ForCausalLM(config).eval()
    linear = TOKENS * sum(part.weight.numel() for part in model.modules() if isinstance(part, torch.nn.Linear))
    _, calflops, _ = calculate_flops(
        model=model, args=[], kwargs={"input_ids": IDS}, print_results=False, output_as_string=False
    )
    ptflops, _ = get_model_complexity_info(
        model,
        (TOKENS,),
        as_strings=False,
        print_per_layer_stat=False,
        input_constructor=lambda _: {"input_ids": IDS},
    )
    for name, counted in (("calflops", calflops), ("ptflops", ptflops)):
        found[name, way] = round((counted - linear) / ATTENTION, 1)
        print(f"{name}, {way}: {counted} multiply-adds, {linear} in linear layers; {found[name, way]} of attention counted")
default = Qwen2ForCausalLM(Qwen2Config(**SHAPE, num_key_value_heads=2)).config._attn_implementation
print("transformers' default:", default)
assert default == "sdpa", "changed"
assert found == {
    ("calflops", "eager"): 1.0,
    ("ptflops", "eager"): 1.0,
    ("calflops", "sdpa"): 0.0,
    ("ptflops", "sdpa"): 0.0,
}, "changed"
PYTHON
