#!/usr/bin/env bash
# `transformers serve` answers greedily at any temperature, unless the model's own generation settings say do_sample.
# Expected: a request of OpenAI's protocol with temperature 1.5 is sampled, and five seeds give five different answers, as every
#           other server does.
# Happens: temperature and top_p are written into a copy of the model's generation config, whose do_sample stays false: all answers
#          are the greedy one, in silence. With the server's own field generation_config = {"do_sample": true} they differ.
# Version: transformers 5.23.0, torch 2.13.0. Source: src/transformers/cli/serving/utils.py, `_build_generation_config`.
# Matters: n samples of a problem are one sample n times; pass@10 is pass@1 without a word.
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

hot = {"temperature": 1.5, "top_p": 1.0}
greedy = ask(temperature=0.0)
plain = [ask(seed=seed, **hot) for seed in range(5)]
told = [ask(seed=seed, generation_config=json.dumps({"do_sample": True, "max_new_tokens": 8}), **hot) for seed in range(5)]
print("transformers", version("transformers"), "answers at temperature 1.5:", len(set(plain)), "of 5, told do_sample:", len(set(told)))
assert set(plain) == {greedy}, "changed: it samples"
assert len(set(told)) == 5, "changed: do_sample"
PYTHON
