#!/usr/bin/env bash
# Inspect sends one seed with every epoch, so that five epochs at temperature 1 are five equal answers, and pass@5 is pass@1.
# Expected: --seed makes a run repeatable; its epochs are different samples, each with a seed that follows from it, as epochs are what pass_at counts over.
# Happens: the seed goes unchanged into each request. A server that keeps to it (vLLM, llama.cpp, transformers) draws the same sample every time; the standard error
# does not show it. The server here answers with a number drawn with the request's seed.
# Version: inspect-ai 0.3.285, openai 3.57.0. Source: inspect_ai/model/_openai.py (the seed of the settings, which all epochs share).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect-ai==0.3.285 openai==3.57.0
cd "$folder"
cat > sampled.py <<'PYTHON'
import json
import os
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

SEEDS = []


class Server(BaseHTTPRequestHandler):
    """Chat completions of OpenAI's protocol whose answer is drawn with the request's seed, or without one at random."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        SEEDS.append(asked.get("seed"))
        text = str(random.Random(asked.get("seed")).randrange(10**6))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        body = json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ |= {"LOCAL_API_KEY": "none", "LOCAL_BASE_URL": f"http://127.0.0.1:{server.server_port}/v1", "INSPECT_LOG_DIR": "logs"}

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes

print(*(f"{name} {version(name)}" for name in ("inspect-ai", "openai")))
found = {}
for seed in (None, 7):
    SEEDS.clear()
    log = eval(Task(dataset=[Sample(input="A number?", target="1")], scorer=includes()), model="openai-api/local/m", epochs=5, temperature=1.0, seed=seed, display="none")[0]
    texts = [sample.output.completion for sample in log.samples]
    found[seed] = len(set(texts)), list(SEEDS)
    print(f"seed {seed}: {log.status}, sent {SEEDS}, answers {texts}")
assert found[None] == (5, [None] * 5), "changed"
assert found[7] == (1, [7] * 5), "changed"
PYTHON
venv/bin/python sampled.py
