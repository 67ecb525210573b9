#!/usr/bin/env bash
# OpenVINO GenAI gives the same "random" sample in each call, and the same to each of four equal prompts of a batch.
# Expected: do_sample=True without a seed draws anew in every call, as transformers, vLLM and ONNX Runtime GenAI do; four prompts of a batch are four samples.
# Happens: rng_seed is 0 unless it is set, and every call and every row of a batch begins its own generator with it. 50 samples drawn with 50 calls, or in one batch, are
# one sample 50 times, so that pass@50 is pass@1. num_return_sequences=4, or another seed in each call, gives different ones.
# Version: openvino-genai 2026.4.1.0, openvino 2026.4.1. Source: its GenerationConfig (rng_seed: 0) and Sampler. The model here has sixty tokens, equally likely.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openvino-genai==2026.4.1.0 openvino==2026.4.1 openvino-tokenizers==2026.4.1.0 numpy==2.4.6
cd "$folder"
cat > sampled.py <<'PYTHON'
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import openvino as ov
import openvino.opset13 as op
import openvino_genai as genai

TOKENS = 60


def make(folder):
    """A model whose next token is any but the first two, whatever the text."""
    logits = np.zeros((TOKENS, TOKENS), dtype=np.float32)
    logits[:, :2] = -1e4
    inputs = []
    for name, rank, kind in (("input_ids", 2, np.int64), ("attention_mask", 2, np.int64), ("position_ids", 2, np.int64), ("beam_idx", 1, np.int32)):
        inputs.append(op.parameter([-1] * rank, kind, name=name))
        inputs[-1].output(0).set_names({name})
    out = op.gather(op.constant(logits), inputs[0], op.constant(0, np.int32))
    for unused in inputs[1:]:
        axes = op.constant(np.arange(len(unused.get_output_partial_shape(0)), dtype=np.int64))
        out = op.add(out, op.multiply(op.reduce_sum(op.convert(unused, "f32"), axes), op.constant(np.float32(0))))
    out.output(0).set_names({"logits"})
    folder.mkdir()
    ov.save_model(ov.Model([op.result(out)], inputs, "tiny"), folder / "openvino_model.xml", compress_to_fp16=False)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", "vocab_size": TOKENS, "bos_token_id": 0, "eos_token_id": 1}))
    (folder / "generation_config.json").write_text(json.dumps({"bos_token_id": 0, "eos_token_id": 1}))


def settings(**given):
    config = genai.GenerationConfig(do_sample=True, temperature=1.0, max_new_tokens=8)
    for name, value in given.items():
        setattr(config, name, value)
    return config


def prompts(count):
    return ov.Tensor(np.array([[2, 3, 4]] * count, dtype=np.int64))


make(Path("tiny"))
pipeline = genai.LLMPipeline("tiny", "CPU", ATTENTION_BACKEND="SDPA")
print(*(f"{name} {version(name)}" for name in ("openvino-genai", "openvino")))
found = {
    "four calls": [pipeline.generate(prompts(1), settings()).tokens[0] for _ in range(4)],
    "a batch of four": pipeline.generate(prompts(4), settings()).tokens,
    "num_return_sequences=4": pipeline.generate(prompts(1), settings(num_return_sequences=4)).tokens,
    "seeds 0 to 3": [pipeline.generate(prompts(1), settings(rng_seed=seed)).tokens[0] for seed in range(4)],
}
for name, samples in found.items():
    print(f"{name}: {len({tuple(sample) for sample in samples})} different, {samples[:2]} …")
assert genai.GenerationConfig().rng_seed == 0, "changed"
assert [len({tuple(sample) for sample in samples}) for samples in found.values()] == [1, 1, 4, 4], "changed"
PYTHON
venv/bin/python sampled.py
