#!/usr/bin/env bash
# lm-evaluation-harness sends the seed 1234 with each of a problem's `repeats`, so that three samples at temperature 0.8 are one sample three times.
# Expected: repeats are further samples of a problem (pass@k and majority votes are made of them); no seed is sent unless one is asked for, or each has its own.
# Happens: both models for servers put seed 1234 into every request. Servers that keep to it (vLLM, llama.cpp, transformers) answer all repeats alike; against one that
# ignores it nothing is seen. A task's generation_kwargs can name another seed, which is again the same for all.
# Version: lm-eval 0.4.13. Source: lm_eval/models/openai_completions.py, _create_payload (seed: int = 1234).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'lm-eval[api]==0.4.13'
cd "$folder"
cat > sampled.py <<'PYTHON'
import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

ASKED = []


class Server(BaseHTTPRequestHandler):
    """Completions of OpenAI's protocol whose answer is drawn with the request's seed, or without one at random."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = str(random.Random(asked.get("seed")).randrange(10**6))
        ASKED.append((asked.get("seed"), asked["temperature"], text))
        message = {"message": {"role": "assistant", "content": text}} if "chat" in self.path else {"text": text, "logprobs": None}
        body = json.dumps({"id": "1", "object": "o", "created": 1, "model": "m", "choices": [{"index": 0, "finish_reason": "stop", **message}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()

with open("problems.jsonl", "w") as file:
    file.write(json.dumps({"question": "A number?", "answer": "1"}) + "\n")
with open("task.yaml", "w") as file:
    file.write("""task: numbers
dataset_path: json
dataset_kwargs: {data_files: {test: problems.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
repeats: 3
generation_kwargs: {until: ["\\n\\n"], do_sample: true, temperature: 0.8}
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
""")

import lm_eval
from lm_eval.tasks import TaskManager

print("lm-eval", version("lm-eval"))
found = {}
for name, path in (("local-completions", "completions"), ("local-chat-completions", "chat/completions")):
    ASKED.clear()
    settings = f"model=m,base_url=http://127.0.0.1:{server.server_port}/v1/{path},tokenizer_backend=None,tokenized_requests=False"
    lm_eval.simple_evaluate(model=name, model_args=settings, tasks=["numbers"], task_manager=TaskManager(include_path="."), apply_chat_template="chat" in name)
    found[name] = ASKED.copy()
    print(f"{name}: seed, temperature, answer {found[name]}")
for asked in found.values():
    assert len(asked) == 3 and {(seed, temperature) for seed, temperature, _ in asked} == {(1234, 0.8)}, "changed"
    assert len({text for _, _, text in asked}) == 1, "changed"
PYTHON
HF_HUB_OFFLINE=1 HF_HOME="$folder/cache" venv/bin/python sampled.py 2>messages || { tail -5 messages; exit 1; }
