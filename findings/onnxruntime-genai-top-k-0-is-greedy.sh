#!/usr/bin/env bash
# ONNX Runtime GenAI is greedy where do_sample=True comes with top_k=0, and keeps the 50 likeliest tokens where top_k is not given.
# Expected: top_k=0 switches the limit off, as in transformers, vLLM, llama.cpp and CTranslate2; do_sample=True with temperature 2 is sampled.
# Happens: with top_k 0 and no top_p neither of its samplers is chosen, and the likeliest token is taken, at any temperature, without a word. top_k=0 with top_p=1.0 draws
# from all. So the same request for "no limits" gives one answer n times here.
# Version: onnxruntime-genai 0.18.0. Source: its search options (top_k: 50); seen by running. The model here has 62 tokens, equally likely but for one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime-genai==0.18.0 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
cat > sampled.py <<'PYTHON'
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import onnxruntime_genai as genai
from onnx import TensorProto, helper, numpy_helper

TOKENS = 64


def make(folder):
    """A model whose next token is any but the first two, whatever the text; token 9 a hundredth likelier than the others."""
    logits = np.zeros((TOKENS, TOKENS), dtype=np.float32)
    logits[:, :2], logits[:, 9] = -1e4, 0.01
    past = [f"past_key_values.0.{name}" for name in ("key", "value")]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["logits"], axis=0),
        helper.make_node("Cast", ["input_ids"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["numbers", "axes"], ["cells"]),
        *(helper.make_node("Concat", [name, "cells"], [name.replace("past_key_values", "present")], axis=2) for name in past),
    ]
    whole = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", length]) for name, length in (("input_ids", "new"), ("attention_mask", "all"))]
    kept = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 1, "past", 1]) for name in past]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "new", TOKENS]),
        *(helper.make_tensor_value_info(name.replace("past_key_values", "present"), TensorProto.FLOAT, ["batch", 1, "all", 1]) for name in past),
    ]
    weights = [numpy_helper.from_array(logits, "table"), numpy_helper.from_array(np.array([1, 3], dtype=np.int64), "axes")]
    graph = helper.make_graph(nodes, "tiny", whole + kept, outputs, weights)
    folder.mkdir()
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), folder / "model.onnx")
    names = {
        "inputs": {"input_ids": "input_ids", "attention_mask": "attention_mask", "past_key_names": "past_key_values.%d.key", "past_value_names": "past_key_values.%d.value"},
        "outputs": {"logits": "logits", "present_key_names": "present.%d.key", "present_value_names": "present.%d.value"},
    }
    sizes = {"head_size": 1, "hidden_size": 1, "num_attention_heads": 1, "num_hidden_layers": 1, "num_key_value_heads": 1}
    decoder = {"session_options": {"provider_options": []}, "filename": "model.onnx", **sizes, **names}
    model = {"type": "llama", "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1, "context_length": 64, "vocab_size": TOKENS, "decoder": decoder}
    (folder / "genai_config.json").write_text(json.dumps({"model": model, "search": {"max_length": 64}}))
    return genai.Model(str(folder))


def token(model, **options):
    settings = genai.GeneratorParams(model)
    settings.set_search_options(batch_size=1, max_length=2, do_sample=True, **options)
    generator = genai.Generator(model, settings)
    generator.append_tokens(np.array([[2]], dtype=np.int32))
    generator.generate_next_token()
    return int(generator.get_sequence(0)[-1])


model = make(Path("tiny"))
print(*(f"{name} {version(name)}" for name in ("onnxruntime-genai", "onnxruntime")))
found = {}
for options in ({}, {"top_k": 0}, {"top_k": 0, "temperature": 2.0}, {"top_k": 5}, {"top_k": 0, "top_p": 1.0}):
    found[str(options)] = len({token(model, **options) for _ in range(500)})
    print(f"{options}: {found[str(options)]} different tokens in 500 samples")
plain, zero, hot, five, all_of_them = found.values()
assert 45 <= plain <= 50 and zero == hot == 1 and five == 5 and all_of_them > 55, "changed"
PYTHON
venv/bin/python sampled.py
