#!/usr/bin/env bash
# lm-evaluation-harness sends a chat server the first four stop texts of a task and forgets the others.
# Expected: answers end at each text of `until`. If a server takes but four, the harness cuts the answer at the rest itself, as
# it does with models of its own, or says so.
# Happens: local-chat-completions keeps `until[:4]` without a word, whatever the server takes, and does not cut. HumanEval has
# five (the fifth is "\nprint"). Here the answer runs on behind the fifth and is scored 0; through local-completions the same
# server gets all five, and the same answer is scored 1.
# Version: lm-eval 0.4.13. Source: lm_eval/models/openai_completions.py, LocalChatCompletion._create_payload.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "lm-eval[api]==0.4.13"
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import lm_eval
from lm_eval.tasks import TaskManager

stops = {}


class Server(BaseHTTPRequestHandler):
    """A model that answers and then prints; it honours every stop text that it is sent."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        stops[self.path] = asked["stop"]
        text = "return a + b\nprint('done')"
        for stop in asked["stop"]:
            text = text.split(stop)[0]
        said = {"message": {"role": "assistant", "content": text}, "text": text, "index": 0, "finish_reason": "stop"}
        body = json.dumps({"id": "0", "object": "text_completion", "created": 0, "model": "own", "choices": [said]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
Path("tasks").mkdir()
Path("problems.jsonl").write_text(json.dumps({"q": "def add(a, b):", "a": "return a + b"}) + "\n")
Path("tasks/mine.yaml").write_text(
    f"""task: mine
dataset_path: json
dataset_kwargs: {{data_files: {Path('problems.jsonl').resolve()}}}
test_split: train
output_type: generate_until
doc_to_text: "{{{{q}}}}"
doc_to_target: "{{{{a}}}}"
generation_kwargs: {{until: ["\\nclass", "\\ndef", "\\n#", "\\nif", "\\nprint"], do_sample: false}}
metric_list: [{{metric: exact_match, aggregation: mean, higher_is_better: true}}]
"""
)
print("lm-eval", version("lm-eval"))
found = {}
for kind, path in {"local-chat-completions": "/v1/chat/completions", "local-completions": "/v1/completions"}.items():
    address = f"http://127.0.0.1:{server.server_port}{path}"
    result = lm_eval.simple_evaluate(
        model=kind,
        model_args={"model": "own", "base_url": address, "tokenizer_backend": None, "tokenized_requests": False},
        tasks=["mine"],
        task_manager=TaskManager(include_path="tasks"),
        apply_chat_template="chat" in kind,
        bootstrap_iters=0,
    )
    found[kind] = ("\nprint" in stops[path], result["results"]["mine"]["exact_match,none"])
    print(f"{kind}: stop texts sent {stops[path]}, score {found[kind][1]}")
assert found == {"local-chat-completions": (False, 0.0), "local-completions": (True, 1.0)}, "changed"
PYTHON
