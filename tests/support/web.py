"""A local web server whose pages, and troubles, are a function of the request."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """status, headers and body; `cut`: so many bytes are sent of a body whose whole length is announced.

    hold: the connection then stays open until this is set.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    hold: threading.Event | None = None


class Web(ThreadingHTTPServer):
    """Answers by `pages` (path with its query → body or Answer or a function of the request); anything else is 404."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, bytes | Answer | Callable[[Mapping[str, str]], Answer]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asked may go away before the answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def asked(self, path: str) -> list[dict[str, str]]:
        """The headers of every request for a path."""
        return [headers for asked, headers in self.requests if asked == path]


class _Handler(BaseHTTPRequestHandler):
    server: Web
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, headers))
        page = self.server.pages.get(self.path, Answer(b"not here", 404))
        answer = page(headers) if callable(page) else Answer(page) if isinstance(page, bytes) else page
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])
        if answer.hold is not None:
            self.wfile.flush()
            answer.hold.wait(60)
        if answer.cut is not None:
            self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Nothing to say."""


@contextmanager
def web() -> Iterator[Web]:
    """A server that runs while the block does."""
    server = Web()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def resumable(body: bytes, etag: str, cuts: list[int]) -> Callable[[Mapping[str, str]], Answer]:
    """A page that honours Range and If-Range, and cuts its first answers short after so many bytes each."""

    def page(headers: Mapping[str, str]) -> Answer:
        cut = cuts.pop(0) if cuts else None
        asked = headers.get("range", "")
        if asked and headers.get("if-range") == etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                return Answer(b"", 416)
            extent = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}", "ETag": etag}
            return Answer(body[start:], 206, extent, cut)
        if headers.get("if-none-match") == etag:
            return Answer(b"", 304, {"ETag": etag})
        return Answer(body, 200, {"ETag": etag}, cut)

    return page
