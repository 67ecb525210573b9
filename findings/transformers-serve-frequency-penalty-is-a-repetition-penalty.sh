#!/usr/bin/env bash
# `transformers serve` makes of OpenAI's frequency_penalty f a repetition penalty of 1 + f.
# Expected: frequency_penalty takes f from a token's logit for each time the answer has it already, so that it changes nothing about the
#           first token, and 0 and 1 begin alike.
# Happens: it is handed to generate() as repetition_penalty 1 + f, which divides positive logits and multiplies negative ones of
#          every token in prompt and answer, once: greedy first tokens are those of generation_config = {"repetition_penalty": 2},
#          and others than without it where the prompt holds the likeliest token.
# Version: transformers 5.23.0, torch 2.13.0. Source: src/transformers/cli/serving/chat_completion.py, `_build_generation_config`.
# Matters: the same request means another distribution than with OpenAI, vLLM or SGLang, already at the first token.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2> "$folder/ended" || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 'transformers[serving]==5.23.0'
cd "$folder"
export HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1
venv/bin/python - <<'PYTHON' 2> log
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

words = ["<end>", *(f"w{number}" for number in range(60)), "user"]
inner = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="<end>"))
inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<end>", pad_token="<end>")
tokenizer.chat_template = "{% for m in messages %}user {{ m.content }} {% endfor %}"
tokenizer.save_pretrained("model")
torch.manual_seed(0)
shape = LlamaConfig(
    vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
    bos_token_id=None, eos_token_id=0, pad_token_id=0,
)
model = LlamaForCausalLM(shape)
with torch.no_grad():
    for weights in model.parameters():
        if weights.dim() > 1:
            weights.normal_(0, 0.3)
model.generation_config = GenerationConfig(eos_token_id=0, pad_token_id=0)
model.save_pretrained("model")
PYTHON
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
venv/bin/transformers serve --device cpu --dtype float32 --host 127.0.0.1 --port "$port" "$folder/model" > log 2>&1 &
server=$!
venv/bin/python - "http://127.0.0.1:$port" "$folder/model" <<'PYTHON'
import json
import sys
import time
import urllib.error
import urllib.request
from importlib.metadata import version

address, model = sys.argv[1:]


def ask(**body):
    """The text of a chat's answer."""
    asked = {"model": model, "messages": [{"role": "user", "content": "w1 w2 w3 w1 w2 w3"}], "max_tokens": 8, **body}
    request = urllib.request.Request(
        f"{address}/v1/chat/completions", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["choices"][0]["message"]["content"]


for _ in range(240):
    try:
        urllib.request.urlopen(f"{address}/health")
        break
    except (urllib.error.URLError, ConnectionError):
        time.sleep(0.5)

penalty = json.dumps({"repetition_penalty": 2.0, "do_sample": False, "max_new_tokens": 1})
plain, asked, same = [], [], []
for turn in range(12):  # prompts that hold half of all words
    prompt = " ".join(f"w{(5 * turn + step) % 60}" for step in range(30))
    greedy = {"messages": [{"role": "user", "content": prompt}], "temperature": 0.0, "max_tokens": 1}
    plain.append(ask(**greedy))
    asked.append(ask(**greedy, frequency_penalty=1.0))
    same.append(ask(**greedy, generation_config=penalty))
changed = sum(one != other for one, other in zip(plain, asked))
print("transformers", version("transformers"), "first tokens that frequency_penalty 1 changes:", changed, "of 12; with repetition penalty 2 as well:", asked == same)
assert asked == same, "changed: no repetition penalty"
assert changed >= 3, "changed: first tokens stay"
PYTHON
