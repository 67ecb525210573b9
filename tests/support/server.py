"""A local server that speaks OpenAI's protocol and fails in whatever way a test asks for."""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANDSHAKE = 6  # tokens: requests for at most so many only find out what the server does


class Server(ThreadingHTTPServer):
    """Answers with the request's seed as text, after whatever `trouble` does first; it is told the how manieth request for
    a sample it is, 0 for those of the handshake.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.trouble: Callable[[Handler, int], bool] = lambda handler, number: False
        self.facts: Callable[[str], object] = lambda path: None  # the answer to a GET; None is 404
        self.under_way = 0
        self.most_under_way = 0
        self.lock = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asked may go away before the answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def sampling(self) -> list[dict[str, Any]]:
        """The requests for samples, without those of the handshake, whose answers have few tokens."""
        return [body for body in self.requests if body.get("max_tokens", HANDSHAKE + 1) > HANDSHAKE]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    body: dict[str, Any]

    def do_POST(self) -> None:
        self.body = body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append(body)
            self.server.paths.append(self.path)
            self.server.keys.append(self.headers.get("Authorization", ""))
            number = len(self.server.sampling) if body.get("max_tokens", HANDSHAKE + 1) > HANDSHAKE else 0
            self.server.under_way += 1
            self.server.most_under_way = max(self.server.most_under_way, self.server.under_way)
        try:
            if not self.server.trouble(self, number):
                self.answer(200, good(body))
        finally:
            with self.server.lock:
                self.server.under_way -= 1

    def do_GET(self) -> None:
        fact = self.server.facts(self.path)
        self.answer(404 if fact is None else 200, fact)

    def answer(self, status: int, body: object, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


def good(body: dict[str, Any]) -> dict[str, Any]:
    """A right answer in either form."""
    text = f"    return {body['seed']}\n"
    choice = {"message": {"content": text}} if "messages" in body else {"text": text}
    return {
        "choices": [{**choice, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5},
    }


def stream(*, usage: bool = True, wait: float = 0.05) -> Callable[[Handler, int], bool]:
    """Three pieces of text, `wait` seconds before each; then, where asked for, the number of tokens."""

    def answer(handler: Handler, number: int) -> bool:
        if not handler.body.get("stream"):
            return False
        if not usage and "stream_options" in handler.body:
            handler.answer(400, {"error": "unknown field stream_options"})
            return True
        handler.send_response(200)
        handler.end_headers()
        for piece in ("", "    return", " 1", "\n"):  # the first one only says who speaks
            if piece:
                time.sleep(wait)
            event = {"choices": [{"text": piece}]}
            handler.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            handler.wfile.flush()
        if usage:
            said = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 6}}
            handler.wfile.write(f"data: {json.dumps(said)}\n\n".encode())
        handler.wfile.write(b"data: [DONE]\n\n")
        handler.close_connection = True
        return True

    return answer


@contextmanager
def serving() -> Iterator[Server]:
    """A running server."""
    running = Server()
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


@contextmanager
def addresses_of_guides() -> Iterator[dict[str, str]]:
    """What the guides call their servers → what they are called here: a model's server, and a free port for a grader."""
    with serving() as server, socket.socket() as free:
        server.facts = lambda path: {"data": [{"id": "my-model"}]} if path.endswith("/models") else None
        server.trouble = half_right
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
        free.close()
        yield {"127.0.0.1:8000": f"127.0.0.1:{server.server_port}", "8765": port}


# Right bodies for the functions that guides and walks ask for, by name.
_BODIES = {
    "squares_of_evens": "return [x * x for x in numbers if x % 2 == 0]",
    "odd_total": "return sum(x for x in numbers if x % 2)",
}


def half_right(handler: Handler, number: int) -> bool:
    """A model that knows the problems of the guides, and gets them right for every other seed."""
    body = handler.body
    asked = json.dumps(body.get("messages", body.get("prompt", "")))
    name = next((name for name in _BODIES if f"def {name}(" in asked or f"`{name}`" in asked), None)
    if name is None:
        return False
    line = _BODIES[name] if body.get("seed", 0) % 2 else "return None"
    program = f"def {name}(numbers):\n    {line}\n"
    text = f"```python\n{program}```" if "messages" in body else f"    {line}\n"
    choice = {"message": {"content": text}} if "messages" in body else {"text": text}
    usage = {"prompt_tokens": 7, "completion_tokens": 20}
    handler.answer(200, {"choices": [{**choice, "finish_reason": "stop"}], "usage": usage})
    return True
