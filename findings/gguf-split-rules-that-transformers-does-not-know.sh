#!/usr/bin/env bash
# transformers cuts the text for a GGUF file of StarCoder2, SmolLM or DeepSeek-Coder by GPT-2's rule.
# Expected: tokenizer.ggml.pre names the rule by which text is split before the merges ("starcoder", "smollm", "deepseek-coder", …);
# a reader that does not know the name refuses, as llama.cpp does, or at least says so.
# Happens: names that are not in a table of transformers fall back to GPT-2's rule without a word. Numbers after a line break or an
# indentation are cut otherwise than the model was trained, and than llama.cpp cuts them; a made-up name is taken as well. Qwen's
# and Llama 3's names are known.
# Version: transformers 5.23.0, gguf 0.19.0. Source: transformers/integrations/gguf/gguf_tokenizer_mapping.py, set_split_regex.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0 tokenizers==0.23.3 gguf==0.19.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import json

import transformers
from gguf import GGUFWriter, TokenType
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer

transformers.logging.set_verbosity_warning()
digits_apart = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
own = Tokenizer(models.BPE())
own.pre_tokenizer = pre_tokenizers.Sequence(digits_apart)  # what llama.cpp does for "starcoder" and "smollm"
own.decoder = decoders.ByteLevel()
training = ["def primes():\n    return [\n        2,\n        3,\n        5,\n    ]\n"] * 50
alphabet = pre_tokenizers.ByteLevel.alphabet()
own.train_from_iterator(training, trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet, special_tokens=["<|endoftext|>"]))
merges = json.loads(own.to_str())["model"]["merges"]
tokens = sorted(own.get_vocab(), key=own.get_vocab().get)
text = "    return [\n        2,\n        3,\n"


def read(rule: str) -> list[str]:
    writer = GGUFWriter(f"{rule}.gguf", "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(8)
    writer.add_block_count(1)
    writer.add_feed_forward_length(8)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(rule)
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL] + [TokenType.NORMAL] * (len(tokens) - 1))
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_eos_token_id(0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return AutoTokenizer.from_pretrained(".", gguf_file=f"{rule}.gguf").tokenize(text)


right = own.encode(text).tokens
found = {rule: read(rule) for rule in ("starcoder", "smollm", "deepseek-coder", "no-such-rule", "gpt-2", "qwen2")}
print("transformers", transformers.__version__, "tokens when digits are set apart:", right)
for rule, cut in found.items():
    print(rule, cut)
plain = found["gpt-2"]
assert plain != right, "changed: GPT-2's rule"
assert [found[rule] == plain for rule in found] == [True, True, True, True, True, False], "changed"
PYTHON
