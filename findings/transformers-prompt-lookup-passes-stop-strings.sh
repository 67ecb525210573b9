#!/usr/bin/env bash
# Greedy decoding of transformers with prompt lookup goes on past stop strings where plain greedy decoding stops.
# Expected: prompt_lookup_num_tokens is a matter of speed; greedy answers and where they stop are the same.
# Happens: several tokens are accepted at a time, and stop strings are looked for at the end of them alone. One that ends among
# them is passed, and the answer runs to max_new_tokens. End-of-text tokens are cut at, stop strings are not. An answer that
# repeats its prompt (code that is edited or completed, what prompt lookup is for) is where it happens. With an assistant model
# the same call raises, since the assistant is given the stop strings without a tokenizer.
# Version: transformers 5.23.0, torch 2.13.0. Source: transformers/generation/utils.py, _assisted_decoding;
# github.com/huggingface/transformers/issues/48039.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0 tokenizers==0.23.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

transformers.logging.set_verbosity_error()
alphabet = "abcdefghijklmnopqrstuvwxyz"
own = Tokenizer(models.WordLevel({letter: number for number, letter in enumerate(["<|end|>", *alphabet])}, unk_token="<|end|>"))
own.pre_tokenizer = pre_tokenizers.Split("", "isolated")
own.decoder = decoders.Fuse()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=own, eos_token="<|end|>", pad_token="<|end|>")
size = len(tokenizer) + len(tokenizer) % 2
shape = LlamaConfig(
    vocab_size=size, hidden_size=size, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, tie_word_embeddings=False,
    bos_token_id=None, eos_token_id=0, pad_token_id=0,
)
model = LlamaForCausalLM(shape).eval()
with torch.no_grad():  # a model that goes on with the alphabet's next letter, from z to a
    for parameter in model.parameters():
        parameter.zero_()
    model.model.norm.weight.fill_(1)
    model.model.embed_tokens.weight.copy_(torch.eye(size))
    for number in range(1, 27):
        model.lm_head.weight[number % 26 + 1, number] = 1


def answer(prompt: str, **settings) -> str:
    given = tokenizer(prompt, return_tensors="pt")
    out = model.generate(**given, do_sample=False, max_new_tokens=16, stop_strings=["fg"], tokenizer=tokenizer, **settings)
    return tokenizer.decode(out[0, len(prompt) :])


prompt = alphabet + "ab"
plain, looked_up = answer(prompt), answer(prompt, prompt_lookup_num_tokens=5)
print("transformers", transformers.__version__, "stop string 'fg':", repr(plain), "with prompt lookup:", repr(looked_up))
assert plain == "cdefg", "changed: plain"
assert looked_up == "cdefghijklmnopqr", "changed: prompt lookup"
PYTHON
