#!/usr/bin/env bash
# A stop string of transformers' generate also matches when its beginning stands in the prompt.
# Expected: generation stops "if the model outputs" a stop string (so the documentation of stop_strings); what the prompt ends with is no
# output. vLLM looks at the new text alone.
# Happens: the last characters of the prompt count. With a prefill that ends in a line break and the usual stop text "\ndef " an answer
# that begins with "def " ends there: one token, no function, no finish reason that says so. Here a prompt that ends in "b" and the
# stop string "bc" leave one letter.
# Version: transformers 5.23.0, torch 2.13.0. Source: transformers/generation/stopping_criteria.py, StopStringCriteria.
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


def answer(prompt: str, stop: str) -> str:
    given = tokenizer(prompt, return_tensors="pt")
    out = model.generate(**given, do_sample=False, max_new_tokens=8, stop_strings=[stop], tokenizer=tokenizer)
    return tokenizer.decode(out[0, len(prompt) :])


found = {(prompt, stop): answer(prompt, stop) for prompt, stop in [("a", "bc"), ("ab", "bc"), ("ab", "abc"), ("abc", "bc")]}
print("transformers", transformers.__version__)
for (prompt, stop), text in found.items():
    print(f"prompt {prompt!r}, stop string {stop!r}: answer {text!r}")
assert found["a", "bc"] == "bc", "changed: a stop string in the answer"
assert found["abc", "bc"] == "defghijk", "changed: a stop string in the prompt"
assert found["ab", "bc"] == found["ab", "abc"] == "c", "changed: a stop string that begins in the prompt"
PYTHON
