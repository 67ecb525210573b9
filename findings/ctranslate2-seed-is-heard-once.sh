#!/usr/bin/env bash
# CTranslate2's set_random_seed does nothing for a generator that has drawn before: the same seed set twice gives two different answers.
# Expected: it "sets the seed of random generators", so that what follows is repeated, as with torch.manual_seed.
# Happens: a generator's own thread makes its random numbers when it draws first, with the seed of that time, and keeps to them. A harness that sets a seed before each
# sample, to resume a run or to repeat one sample, gets other samples by what was drawn before; a new Generator object does hear it.
# Version: ctranslate2 4.8.5. Source: its documentation of set_random_seed, and src/random.cc (one generator per thread). The model here has 61 tokens, equally likely.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ctranslate2==4.8.5 numpy==2.4.6
cd "$folder"
cat > sampled.py <<'PYTHON'
from importlib.metadata import version
from pathlib import Path

import ctranslate2
import numpy as np
from ctranslate2.specs import common_spec, transformer_spec

TOKENS, WIDTH = 64, 64


def make(folder):
    """A decoder whose next token is any but the first three, whatever the text."""
    zeros, ones = (lambda *shape: np.zeros(shape, dtype=np.float32)), np.ones(WIDTH, dtype=np.float32)
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        1, 1, pre_norm=True, rms_norm=True, rotary_dim=0, rotary_interleave=False, num_heads_kv=1, activation=common_spec.Activation.RELU
    )
    decoder, layer = spec.decoder, spec.decoder.layer[0]
    decoder.embeddings.weight, decoder.projection.weight = zeros(TOKENS, WIDTH), zeros(TOKENS, WIDTH)
    decoder.embeddings.weight[:, 0], decoder.projection.weight[:3, 0] = 1, -50
    decoder.scale_embeddings, decoder.layer_norm.gamma = False, ones
    layer.self_attention.layer_norm.gamma, layer.ffn.layer_norm.gamma = ones, ones
    layer.self_attention.linear[0].weight, layer.self_attention.linear[1].weight = zeros(3 * WIDTH, WIDTH), zeros(WIDTH, WIDTH)
    layer.ffn.linear_0.weight, layer.ffn.linear_1.weight = zeros(WIDTH, WIDTH), zeros(WIDTH, WIDTH)
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = "<s>", "</s>", "<unk>"
    spec.register_vocabulary(["<s>", "</s>", "<unk>", *(f"t{number}" for number in range(3, TOKENS))])
    spec.validate()
    folder.mkdir()
    spec.save(str(folder))


def sample(generator):
    return generator.generate_batch([["t9"]], max_length=6, sampling_topk=0, include_prompt_in_result=False)[0].sequences[0]


make(Path("tiny"))
print("ctranslate2", version("ctranslate2"))
found = {}
generator = ctranslate2.Generator("tiny", device="cpu")
for name in ("before the first sample", "again, same generator"):
    ctranslate2.set_random_seed(7)
    found[name] = sample(generator)
again = ctranslate2.Generator("tiny", device="cpu")
ctranslate2.set_random_seed(7)
found["again, new generator"] = sample(again)
for name, tokens in found.items():
    print(f"seed 7 set {name}: {tokens}")
first, same, new = found.values()
assert same != first and new == first, "changed"
PYTHON
venv/bin/python sampled.py
