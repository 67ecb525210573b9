"""An S3 server on loopback (moto's), and one before it that has faults."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Literal

Fault = Literal["500", "slow", "truncated"]
BUCKET = "results"
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def s3_server() -> Iterator[int]:
    """The port of a server with one empty bucket."""
    from moto.server import ThreadedMotoServer

    server: Any = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("PUT", f"/{BUCKET}")
        assert connection.getresponse().status == 200
        yield port
    finally:
        server.stop()


class FaultyServer(ThreadingHTTPServer):
    """Hands requests on to a server. Every `every`-th one that a fault can befall meets it; faults counts them."""

    daemon_threads = True

    def __init__(self, behind: int, fault: Fault, every: int = 3) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind, self.fault, self.every = behind, fault, every
        self.seen, self.faults = 0, 0

    def meets(self, method: str) -> bool:
        """Whether this request meets the fault: what is read can be cut short, anything else be refused or late."""
        if self.fault == "truncated" and method != "GET":
            return False
        self.seen += 1
        met = self.seen % self.every == 0
        self.faults += met
        return met


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyServer

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        met = self.server.meets(self.command)
        if met and self.server.fault == "500":
            self._answer(500, [("Content-Type", "text/plain")], b"no", 2)
            return
        behind = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=60)
        behind.request(self.command, self.path, body, dict(self.headers))
        response = behind.getresponse()
        content = response.read()
        if met and self.server.fault == "slow":
            time.sleep(1.5)
        cut = len(content) // 2 if met and self.server.fault == "truncated" else len(content)
        length = int(response.headers.get("Content-Length") or len(content))
        self._answer(response.status, response.getheaders(), content[:cut], length)
        if cut < len(content):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes, length: int) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _any  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def faulty(behind: int, fault: Fault) -> Iterator[FaultyServer]:
    """A server with this fault before that port."""
    server = FaultyServer(behind, fault)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
