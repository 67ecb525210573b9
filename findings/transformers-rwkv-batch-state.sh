#!/usr/bin/env bash
# transformers 5.23.0: an RWKV model that goes on from its own state is right for one row and wrong for two.
#
# Expected: feeding a batch of prompts with use_cache=True and then one token per row with the returned `state` gives the
#           logits of each whole text fed alone, as every other recurrent model of the library does (Mamba is shown beside).
# Happens:  with one row the logits agree to rounding; with two rows they lie standard deviations apart, without a word.
#           The shifted hidden state of a single token has shape (rows, size) where (rows, 1, size) is needed, so that it
#           broadcasts over the batch: each row mixes in the other rows' past.
# Source:   src/transformers/models/rwkv/modeling_rwkv.py of 5.23.0, `extract_key_value` and the feed-forward's forward.
# Matters:  batched sampling from RWKV with the library's own cache gives texts that no row would get alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0
cat > "$folder/show.py" <<'PY'
import sys

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

transformers.utils.logging.set_verbosity_error()


def apart(kind, cache, rows, **shape):
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, vocab_size=300, hidden_size=32, num_hidden_layers=2, **shape)
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.3)
    prompts = torch.tensor([[3, 10, 17, 24], [40, 51, 62, 73]])[:rows]
    following = torch.tensor([[5], [6]])[:rows]
    with torch.inference_mode():
        first = model(input_ids=prompts, use_cache=True)
        second = model(input_ids=following, use_cache=True, **{cache: getattr(first, cache)}).logits[:, -1]
        worst = 0.0
        for row in range(rows):
            text = torch.cat([prompts[row], following[row]])[None]
            alone = model(input_ids=text, use_cache=False).logits[0, -1]
            worst = max(worst, float((second[row] - alone).abs().max() / alone.std()))
    return worst


print("transformers", transformers.__version__, "torch", torch.__version__)
found = {
    (kind, rows): apart(kind, cache, rows, **shape)
    for kind, cache, shape in [
        ("rwkv", "state", {"context_length": 64, "attention_hidden_size": 32, "intermediate_size": 64}),
        ("mamba", "cache_params", {"state_size": 8}),
    ]
    for rows in (1, 2)
}
for (kind, rows), distance in found.items():
    print(f"{kind:6} {rows} row(s): logits lie at most {distance:.2g} standard deviations from those of the text alone")
as_stated = (
    found["rwkv", 1] < 0.001 and found["mamba", 1] < 0.001 and found["mamba", 2] < 0.001 and found["rwkv", 2] > 0.5
)
print("as stated" if as_stated else "NOT as stated any more")
sys.exit(not as_stated)
PY
"$folder/venv/bin/python" "$folder/show.py"
