#!/usr/bin/env bash
# llama.cpp's server takes frequency and presence penalties for tokens of the prompt, too.
# Expected: they count the tokens that the model has written so far, as vLLM has it: on the first token they change nothing.
# Happens: a prompt that holds the likeliest token three times and a frequency penalty of 0.4 take 1.2 from its logit before anything
#          is written, so that the greedy first token is another one; the same prompt length without that token changes nothing.
# Version: llama.cpp as in xllamacpp 2026.10.11549. Source: tools/server (prompt tokens are accepted by the sampler) and
#          src/llama-sampler.cpp (llama_sampler_penalties).
# Matters: a completion of code, whose prompt repeats indentation and names, starts from another distribution.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xllamacpp==2026.10.11549 gguf==0.19.0 numpy==2.4.6
cd "$folder"
cat > served.py <<'PYTHON'
"""A GGUF model whose next token does not depend on the text, behind llama.cpp's server in this process."""

import json
import os
import urllib.request
from importlib.metadata import version

import numpy as np
import xllamacpp
from gguf import GGUFWriter


class Served:
    """logits: of the tokens AA, AB, AC, …, which are 3, 4, 5, … by number; 0 is the beginning of text."""

    def __init__(self, logits):
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        names = [a + b for a in letters for b in letters][: len(logits)]
        size, tokens = 32, ["<s>", "</s>", "<u>", *names]
        out = GGUFWriter("model.gguf", "llama")
        for add, value in [
            (out.add_block_count, 1), (out.add_context_length, 256), (out.add_embedding_length, size),
            (out.add_feed_forward_length, size), (out.add_head_count, 1), (out.add_head_count_kv, 1),
            (out.add_layer_norm_rms_eps, 1e-6), (out.add_rope_dimension_count, size), (out.add_vocab_size, len(tokens)),
            (out.add_tokenizer_model, "gpt2"), (out.add_tokenizer_pre, "gpt-2"), (out.add_token_list, tokens),
            (out.add_token_types, [3, 3, 3] + [1] * len(names)), (out.add_token_merges, ["A A"]),
            (out.add_bos_token_id, 0), (out.add_eos_token_id, 1),
        ]:
            add(value)
        ones, zeros = np.ones(size, np.float32), np.zeros((size, size), np.float32)
        inward, outward = np.zeros((2, len(tokens), size), np.float32)
        inward[:, 0] = 1  # the norm makes sqrt(size) of it
        outward[:, 0] = np.concatenate([[-100] * 3, logits]) / np.sqrt(size)
        weights = {"token_embd": inward, "output": outward, "output_norm": ones, "blk.0.attn_norm": ones, "blk.0.ffn_norm": ones}
        parts = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
        for name, weight in (weights | {f"blk.0.{part}": zeros for part in parts}).items():
            out.add_tensor(f"{name}.weight", weight)
        out.write_header_to_file()
        out.write_kv_data_to_file()
        out.write_tensors_to_file()
        out.close()
        params = xllamacpp.CommonParams()
        params.model.path, params.n_ctx, params.n_parallel, params.port, params.verbosity = "model.gguf", 1024, 4, 0, 0
        params.cpuparams.n_threads, params.warmup = 1, False
        for port in range(18200, 18300):
            params.port = port
            try:
                self.server = xllamacpp.Server(params)
                break
            except RuntimeError:
                continue
        self.address = self.server.listening_address

    def ask(self, **body):
        """The server's whole answer to a completion."""
        data = json.dumps({"prompt": [0, 3, 4], "max_tokens": 1, **body}).encode()
        request = urllib.request.Request(f"{self.address}/v1/completions", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def texts(self, count, **body):
        """The texts of so many answers, each with a seed of its own."""
        return [self.ask(seed=seed, **body)["choices"][0]["text"] for seed in range(count)]


def end(message, held):
    """Print what was seen, and leave with 0 where it is as the head of the script says."""
    print("xllamacpp", version("xllamacpp"), message, flush=True)
    os._exit(0 if held else 1)  # the server's threads do not end by themselves
PYTHON
venv/bin/python - <<'PYTHON' 2> log || { tail -5 log; echo "changed: see above"; exit 1; }
import sys

import numpy as np

sys.path.insert(0, ".")
from served import Served, end

model = Served(np.log([0.5, 0.2, 0.15, 0.1, 0.05]))


def first(prompt, **penalty):
    return model.texts(1, temperature=0.0, prompt=prompt, **penalty)[0]


held, other = [0, 3, 3, 3], [0, 7, 7, 7]
seen = [first(held), first(held, frequency_penalty=0.4), first(held, presence_penalty=1.0), first(other, frequency_penalty=0.4)]
end(
    f"likeliest AA; first token: {seen[0]}, with a frequency penalty {seen[1]}, with a presence penalty {seen[2]}, where the prompt "
    f"does not hold it {seen[3]}",
    seen == ["AA", "AB", "AB", "AA"],
)
PYTHON
