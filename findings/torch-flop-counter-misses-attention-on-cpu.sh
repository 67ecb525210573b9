#!/usr/bin/env bash
# PyTorch's FLOP counter counts attention on a CPU as nothing.
# Expected: FlopCounterMode gives the same count whichever kernel computes scaled_dot_product_attention; the formula is one of
# those it knows, and a count is about shapes, not about devices.
# Happens: the kernel that CPUs take by default has no formula, so attention counts 0 there, in prefill and in decoding; of
# nn.MultiheadAttention in eval mode the projections vanish as well, and its total is 0. Nothing is said. With the kernel MATH the
# same call counts in full. A model's FLOPs taken on a CPU lack what grows with the square of the prompt's length.
# Version: torch 2.13.0. Source: torch/utils/flop_counter.py (formulas are registered for the CUDA kernels);
# github.com/pytorch/pytorch/issues/195460.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as attend
from torch.utils.flop_counter import FlopCounterMode

HEADS, PROMPT, SIZE = 4, 128, 16
keys = torch.randn(1, HEADS, PROMPT, SIZE)
one = keys[:, :, :1]


def counted(run, *given) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        run(*given)
    return counter.get_total_flops()


def in_full(queries: int) -> int:
    """Two products of matrices, each two operations per multiplication and addition."""
    return 2 * 2 * HEADS * queries * PROMPT * SIZE


default = counted(attend, keys, keys, keys), counted(attend, one, keys, keys)
with sdpa_kernel(SDPBackend.MATH):
    plain = counted(attend, keys, keys, keys), counted(attend, one, keys, keys)
layer = torch.nn.MultiheadAttention(HEADS * SIZE, HEADS, batch_first=True)
inputs = torch.randn(1, PROMPT, HEADS * SIZE)
training = counted(lambda: layer.train()(inputs, inputs, inputs, need_weights=False))
evaluated = counted(lambda: layer.eval()(inputs, inputs, inputs, need_weights=False))
print("torch", torch.__version__, "prefill and one token by default:", default, "with MATH:", plain)
print("nn.MultiheadAttention in training:", training, "in eval mode:", evaluated)
assert plain == (in_full(PROMPT), in_full(1)), "changed: with MATH"
assert default == (0, 0), "changed: by default"
assert training > 0 and evaluated == 0, "changed: the layer"
PYTHON
