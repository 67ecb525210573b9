#!/usr/bin/env bash
# The text-generation pipeline of transformers gives a completion of code three spaces where the model wrote four.
# Expected: generated_text is the prompt and what the model wrote; the same token ids decoded as a whole are that text.
# Happens: the new tokens are decoded alone, and the decoder of Llama 2, Code Llama, Mistral and Phi-3 takes one blank from the start of any text. Behind a
# prompt that ends in a newline the first line's indentation is one short: a function's body that Python refuses. Version 4 cut the text of all tokens instead.
# Version: transformers 5.23.0, torch 2.13.0. Source: transformers/pipelines/text_generation.py, postprocess.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0 tokenizers==0.23.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, pipeline

transformers.logging.set_verbosity_error()
PROMPT, BODY = "def f(x):\n", "    return x"
letters = ["<s>", "<end>", "<unk>", "▁▁▁▁", "▁▁", *sorted({letter.replace(" ", "▁") for letter in PROMPT + BODY})]
own = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[("▁", "▁"), ("▁▁", "▁▁")], unk_token="<unk>"))
own.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])  # as Llama 2's tokenizer.json has it
own.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
tokenizer = PreTrainedTokenizerFast(tokenizer_object=own, bos_token="<s>", eos_token="<end>", unk_token="<unk>", pad_token="<end>")
text = tokenizer.encode(PROMPT + BODY) + [1]
size = len(letters) + len(letters) % 2
shape = LlamaConfig(
    vocab_size=size, hidden_size=size, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, tie_word_embeddings=False,
    bos_token_id=0, eos_token_id=1, pad_token_id=1,
)
model = LlamaForCausalLM(shape).eval()


class Script(transformers.LogitsProcessor):  # a model that goes on with the given text
    def __call__(self, ids, scores):
        return torch.full_like(scores, -torch.inf).scatter(1, torch.tensor([[text[ids.shape[1]]]]), 0.0)


settings = {"max_new_tokens": 20, "do_sample": False, "logits_processor": transformers.LogitsProcessorList([Script()])}
piped = pipeline("text-generation", model=model, tokenizer=tokenizer)(PROMPT, **settings)[0]["generated_text"]
whole = model.generate(**tokenizer(PROMPT, return_tensors="pt", return_token_type_ids=False), **settings)[0]
decoded = tokenizer.decode(whole, skip_special_tokens=True)
print("transformers", transformers.__version__, "all tokens decoded:", repr(decoded), "pipeline:", repr(piped))
assert decoded == PROMPT + BODY, f"changed: decode {decoded!r}"
assert piped == PROMPT + BODY[1:], f"changed: pipeline {piped!r}"
PYTHON
