#!/usr/bin/env bash
# huggingface_hub counts eight 4-bit weights that are packed into one integer as one parameter.
# Expected: get_safetensors_metadata(…).parameter_count is "the number of parameters" of a model, so the sum over its data types is the
# same for a model and for its 4-bit version, give or take the scales.
# Happens: the elements of the stored tensors are counted. AWQ and GPTQ store eight weights in an int32, so the layers count an
# eighth, and a 4-bit model passes for a much smaller one: lists of models by size, and memory or speed reckoned from it, are wrong.
# The file's metadata says nothing of the packing; only quantization_config in config.json does.
# Version: huggingface_hub 2.4.0, safetensors 0.8.0. Source: huggingface_hub/utils/_safetensors.py, TensorInfo.parameter_count.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check huggingface_hub==2.4.0 safetensors==0.8.0 numpy==2.4.6
cd "$folder"
export HF_HOME="$folder/cache" HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_PROGRESS_BARS=1
venv/bin/python - <<'PYTHON'
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub
import numpy
from safetensors.numpy import save

SIZE, LAYERS, GROUP, VOCABULARY = 256, 8, 128, 512
embedding = {"model.embed_tokens.weight": numpy.zeros((VOCABULARY, SIZE), numpy.float16)}
plain, packed = dict(embedding), dict(embedding)
for layer in range(LAYERS):
    name = f"model.layers.{layer}.mlp.up_proj"
    plain[f"{name}.weight"] = numpy.zeros((SIZE, SIZE), numpy.float16)
    packed[f"{name}.qweight"] = numpy.zeros((SIZE, SIZE // 8), numpy.int32)  # the layout of AWQ, 4 bits, groups of 128
    packed[f"{name}.qzeros"] = numpy.zeros((SIZE // GROUP, SIZE // 8), numpy.int32)
    packed[f"{name}.scales"] = numpy.zeros((SIZE // GROUP, SIZE), numpy.float16)
files = {"/it/plain/resolve/main/model.safetensors": save(plain), "/it/packed/resolve/main/model.safetensors": save(packed)}


class Hub(BaseHTTPRequestHandler):
    """Two models, each of one file."""

    def do_GET(self) -> None:
        content = files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    do_HEAD = do_GET

    def log_message(self, *_) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
api = huggingface_hub.HfApi(endpoint=f"http://127.0.0.1:{server.server_port}")
found = {name: api.get_safetensors_metadata(f"it/{name}").parameter_count for name in ("plain", "packed")}
weights = VOCABULARY * SIZE + LAYERS * SIZE * SIZE
print("huggingface_hub", huggingface_hub.__version__, "weights of the model:", weights)
for name, counts in found.items():
    print(name, sum(counts.values()), counts)
assert found["plain"] == {"F16": weights}, "changed: the plain model"
assert found["packed"]["I32"] == LAYERS * (SIZE + SIZE // GROUP) * SIZE // 8, "changed: the packed integers"
assert sum(found["packed"].values()) < weights / 2, "changed: the sum"
PYTHON
