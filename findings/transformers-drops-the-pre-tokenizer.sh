#!/usr/bin/env bash
# transformers 5 reads the tokenizer.json of StarCoder2 and SmolLM without the part that splits text before the merges.
# Expected: AutoTokenizer gives the tokens that tokenizer.json describes, as tokenizers does alone and transformers 4 did.
# Happens: where tokenizer_config.json names GPT2Tokenizer (or Qwen2Tokenizer, CodeGenTokenizer) the class takes the vocabulary and the
# merges from the file and brings its own pre-tokenizer. Without the file's rule for digits, a number after a line break or an
# indentation is cut otherwise, as the model never saw it in training; nothing is said. With the class PreTrainedTokenizerFast, or
# in a folder whose config.json names an architecture without a class of its own (granite), the same file is read whole.
# Version: transformers 5.23.0, tokenizers 0.23.3. Source: transformers/models/gpt2/tokenization_gpt2.py and
# TokenizersBackend.convert_to_native_format; seen for OLMo in github.com/allenai/open-instruct/issues/1896.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0 tokenizers==0.23.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
from pathlib import Path

import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer

transformers.logging.set_verbosity_error()
digits_apart = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
own = Tokenizer(models.BPE())
own.pre_tokenizer = pre_tokenizers.Sequence(digits_apart)  # as in the files of StarCoder2, SmolLM and Granite Code
own.decoder = decoders.ByteLevel()
training = ["def primes():\n    return [\n        2,\n        3,\n        5,\n    ]\n"] * 50
alphabet = pre_tokenizers.ByteLevel.alphabet()
own.train_from_iterator(training, trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet, special_tokens=["<|endoftext|>"]))
text = "    return [\n        2,\n        3,\n"


def read(architecture: str, name: str) -> list[str]:
    folder = Path(f"{architecture}-{name}")
    folder.mkdir()
    own.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"model_type": architecture}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": name, "eos_token": "<|endoftext|>"}))
    return AutoTokenizer.from_pretrained(str(folder)).tokenize(text)


right = own.encode(text).tokens
cases = [("starcoder2", "GPT2Tokenizer"), ("llama", "GPT2Tokenizer"), ("phi", "CodeGenTokenizer"), ("qwen2", "Qwen2Tokenizer"),
         ("starcoder2", "PreTrainedTokenizerFast"), ("granite", "GPT2Tokenizer")]
found = {case: read(*case) for case in cases}
print("transformers", transformers.__version__, "tokens by tokenizers alone:", right)
for case, tokens in found.items():
    print(*case, "the same" if tokens == right else tokens)
assert [tokens == right for tokens in found.values()] == [False] * 4 + [True] * 2, "changed"
PYTHON
