#!/usr/bin/env bash
# generate_batch of transformers (continuous batching) takes a generation config and leaves out its stop strings and penalties.
# Expected: the same GenerationConfig gives the same greedy answer in generate and in generate_batch, or is refused.
# Happens: stop_strings are ignored without a word (there is not even a tokenizer to give), so answers run to max_new_tokens;
# repetition_penalty is dropped with a line in the log. The greedy text is another one.
# Version: transformers 5.23.0, torch 2.13.0. Source: transformers/generation/continuous_batching/cb_logits_processors.py and
# continuous_api.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0 tokenizers==0.23.3 psutil==7.2.2
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import ContinuousBatchingConfig, GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

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
    model.lm_head.weight[3, 26] = 0.9  # after z nearly as likely as a: c

small = ContinuousBatchingConfig(page_size=32, num_blocks=16, max_batch_tokens=64)  # not a share of the machine's memory


def both(**settings) -> tuple[str, str]:
    """The greedy answer to the same prompt by generate and by generate_batch."""
    config = GenerationConfig(do_sample=False, max_new_tokens=8, eos_token_id=0, pad_token_id=0, **settings)
    given = tokenizer("ayz", return_tensors="pt")
    out = model.generate(**given, generation_config=config, tokenizer=tokenizer)
    batch = model.generate_batch(
        inputs=given["input_ids"].tolist(), generation_config=config, continuous_batching_config=small, progress_bar=False
    )
    (one,) = batch.values()
    return tokenizer.decode(out[0, 3:]), tokenizer.decode(one.generated_tokens)


found = {"neither": both(), "stop_strings": both(stop_strings=["de"]), "repetition_penalty": both(repetition_penalty=1.3)}
print("transformers", transformers.__version__, "greedy answers of generate and of generate_batch")
for name, answers in found.items():
    print(name, *answers)
assert found["neither"] == ("abcdefgh", "abcdefgh"), "changed: no such setting"
assert found["stop_strings"] == ("abcde", "abcdefgh"), "changed: stop strings"
assert found["repetition_penalty"] == ("cdefghij", "abcdefgh"), "changed: repetition penalty"
PYTHON
