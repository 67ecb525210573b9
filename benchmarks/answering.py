"""A server of recorded answers, for benchmarks/pipelining.py and memory.py: what a model elsewhere would say.

    python answering.py ANSWERS.json DELAY

ANSWERS: prompt → list of answers; the request's seed picks one. DELAY: seconds before each. Prints its port.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """One answer."""

    protocol_version = "HTTP/1.1"
    answers: dict[str, list[str]]
    delay = 0.0

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.delay)
        texts = self.answers.get(body["prompt"])
        if texts is None:
            self.send_error(404, "no answer to this prompt is known")
            return
        choice = {"text": texts[body["seed"] % len(texts)], "finish_reason": "stop"}
        data = json.dumps(
            {"choices": [choice], "usage": {"prompt_tokens": 1, "completion_tokens": 100}}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


def main() -> None:
    Handler.answers = json.loads(Path(sys.argv[1]).read_text())
    Handler.delay = float(sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
