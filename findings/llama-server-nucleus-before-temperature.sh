#!/usr/bin/env bash
# llama.cpp's server takes the nucleus of the model's distribution at temperature 1, and applies the temperature afterwards.
# Expected: temperature 3 and top_p 0.6 mean the smallest set of tokens that holds 0.6 of the distribution at temperature 3, as in
#           transformers, vLLM and the paper (temperature is part of the distribution that is cut).
# Happens: of five tokens with shares 0.5, 0.2, 0.15, 0.1, 0.05 two are ever drawn (0.5 + 0.2 reaches 0.6); at temperature 3
#          their shares are 0.29, 0.21, 0.19, 0.17, 0.13, so that three belong to it. The request field `samplers` with temperature
#          first gives the three.
# Version: llama.cpp as in xllamacpp 2026.10.11549. Source: common/common.h, the default order of `samplers`.
# Matters: the hotter the sampling, the more the same temperature and top_p mean another distribution here.
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
asked = {"temperature": 3.0, "top_p": 0.6, "top_k": 0, "min_p": 0.0}
plain = sorted(set(model.texts(400, **asked)))
ordered = sorted(set(model.texts(400, **asked, samplers=["temperature", "top_p"])))
end(f"tokens drawn: {plain}, with temperature first {ordered}", plain == ["AA", "AB"] and ordered == ["AA", "AB", "AC"])
PYTHON
