#!/usr/bin/env bash
# A tokenizer that is saved after a call carries that call's truncation and padding in its file.
# Expected: truncation=True, max_length=8 and padding=True are arguments of one call; save_pretrained writes the tokenizer as it
# was loaded, and who reads tokenizer.json gets the tokens of the whole text.
# Happens: the call sets them on the tokenizer beneath, and they are saved. transformers puts them back at each of its own calls, so
# nobody notices there; whoever reads the file with tokenizers (to serve a model, or to count tokens) gets prompts cut
# at 8 tokens, or batches in which every answer is as long as the longest.
# Version: transformers 5.23.0, tokenizers 0.23.3. Source: TokenizersBackend.set_truncation_and_padding and save_pretrained.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0 tokenizers==0.23.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

transformers.logging.set_verbosity_error()
own = Tokenizer(models.BPE())
own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
own.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
own.train_from_iterator(["x"], trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, special_tokens=["<|end|>"]))
answers = ["def f(x): return x", "pass"]


def lengths(name: str, *given, **settings) -> tuple[list[int], list[int]]:
    """Tokens per answer by tokenizers and by transformers, from a tokenizer saved after one call."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=own, eos_token="<|end|>", pad_token="<|end|>")
    tokenizer(*given, **settings)
    tokenizer.save_pretrained(name)
    alone = Tokenizer.from_file(f"{name}/tokenizer.json").encode_batch(answers)
    return [len(one.ids) for one in alone], [len(ids) for ids in AutoTokenizer.from_pretrained(name)(answers)["input_ids"]]


found = {
    "a plain call": lengths("plain", answers),
    "a truncated call": lengths("cut", answers, truncation=True, max_length=8),
    "a padded call": lengths("padded", answers, padding=True),
}
print("transformers", transformers.__version__, "tokens per answer by tokenizers, by transformers, when saved after …")
for call, counts in found.items():
    print(call, *counts)
whole = [len(answer) for answer in answers]
assert found["a plain call"] == (whole, whole), "changed: a plain call"
assert found["a truncated call"] == ([8, 4], whole), "changed: a truncated call"
assert found["a padded call"] == ([18, 18], whole), "changed: a padded call"
PYTHON
