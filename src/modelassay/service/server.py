"""The service's door: HTTP/1.1 on loopback, on a unix socket that only its user may open, or elsewhere with a token.

A request that was taken on is answered, in an end on request (SIGTERM, Ctrl-C), too. Refused, each with its own status:
another Host than this machine's, or a browser's Origin, while there is no token (403); no or another token (401);
bodies over the limit (413) or without a length (411); more connections or samples than fit (429 with Retry-After).
Not covered: TLS, which a proxy in front gives.
"""

import contextlib
import hmac
import os
import select
import socket
import stat
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import msgspec

from modelassay.core.errors import AssayError, InputError, SandboxError
from modelassay.service.admission import EndingError, FullError
from modelassay.service.grading_service import GoneError, GradingService

LOOK_SECONDS: Final = 0.1  # between two looks whether the service is to end
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_BUSY: Final = (
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


def check_open(host: str, socket_path: Path | None, token: str | None) -> None:
    """Raises InputError where anybody on the network could have programs run."""
    if socket_path is None and host not in LOOPBACK and not token:
        raise InputError(
            f"{host} can be reached from elsewhere, and there is no token",
            hint="set ASSAY_TOKEN, or serve on 127.0.0.1 or a --socket",
        )


class Server(ThreadingHTTPServer):
    """The listening socket, with a thread for each connection, up to a number of them."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, service: GradingService, host: str, port: int, socket_path: Path | None, token: str | None
    ) -> None:
        class Bound(Handler):
            pass

        Bound.service, Bound.token, Bound.any_host = service, token, bool(token) or socket_path is not None
        self._room = threading.BoundedSemaphore(service.limits.connections)
        self._path = socket_path
        if socket_path is not None:
            self.address_family = socket.AF_UNIX
            _remove_stale(socket_path)
        else:
            self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        where: Any = str(socket_path) if socket_path is not None else (host, port)
        before = os.umask(0o177) if socket_path is not None else None  # nobody else may connect, at no moment
        try:
            super().__init__(where, Bound)
        except (OSError, OverflowError) as error:
            hint = "choose another --port (0 takes a free one), --host or --socket"
            raise InputError(
                f"cannot listen on {socket_path or f'{host}:{port}'}: {error}", hint=hint
            ) from error
        finally:
            if before is not None:
                os.umask(before)

    def server_bind(self) -> None:
        """As the base class, without asking the network for this machine's name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "assay", 0

    def address(self) -> dict[str, Any]:
        """Where it listens, for the caller."""
        if self._path is not None:
            return {"address": f"unix:{self._path}", "socket": str(self._path)}
        host, port = self.server_address[:2]
        url = f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"
        return {"address": url, "url": url, "host": str(host), "port": port}

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for the connection, or a 429 where there is none left."""
        if not self._room.acquire(blocking=False):
            request.setblocking(False)
            with contextlib.suppress(OSError):
                request.send(_BUSY)
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The client has gone: nothing is left to be told to anybody."""

    def server_close(self) -> None:
        """Stop listening, and take the socket's name away."""
        super().server_close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _remove_stale(path: Path) -> None:
    """Take away a socket that nobody listens on. Raises InputError for anything else under that name."""
    if not path.exists():
        return
    hint = "name another --socket"
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise InputError("this is no socket", path=path, hint=hint)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise InputError("another service listens here", path=path, hint=hint)


def serve(
    server: Server, service: GradingService, say: Callable[[dict[str, Any]], None], ended: threading.Event
) -> bool:
    """Serve until `ended` is set; then answer what was taken on. `say` is told the address. Whether all was answered."""
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="http", daemon=True
    )
    thread.start()
    say(server.address())
    try:
        # Not `ended.wait()`: a signal's handler sets it in this thread, which must not hold the lock of the event then.
        while not ended.is_set():
            time.sleep(LOOK_SECONDS)
    finally:
        done = service.admission.end(service.limits.grace_seconds)
        server.shutdown()
        server.server_close()
    return done


class Handler(BaseHTTPRequestHandler):
    """One connection, which may carry many requests."""

    service: GradingService
    token: str | None = None
    any_host = False  # whether a Host of another machine is answered
    protocol_version = "HTTP/1.1"
    server_version = "assay"
    sys_version = ""
    timeout = 120  # seconds a silent client may keep a thread
    wbufsize = 1 << 16  # an answer is one write: two would wait for each other's acknowledgement

    def address_string(self) -> str:
        """The client's name; a unix socket has none."""
        return "client"

    def do_GET(self) -> None:
        """GET /health and GET /metrics."""
        if not self._allowed():
            return
        path = self.path.partition("?")[0]
        if path == "/health":
            self._send(HTTPStatus.OK, self.service.health())
        elif path == "/metrics":
            self._send(HTTPStatus.OK, self.service.metrics_text().encode(), "text/plain; version=0.0.4")
        else:
            self._refuse(HTTPStatus.NOT_FOUND, f"there is no {path}")

    def do_POST(self) -> None:
        """A body, and what becomes of it."""
        began = time.monotonic()
        path = self.path.partition("?")[0]
        body = self._body(path) if self._allowed() else None
        if body is not None:
            with self.service.admission.answering():
                status = self._answer(path, body)
                self.wfile.flush()
            self.service.metrics.answered(path, int(status), time.monotonic() - began)

    def _answer(self, path: str, body: bytes) -> HTTPStatus:
        try:
            answer = self.service.post(path, body, self._gone)
        except FullError as error:
            return self._refuse(HTTPStatus.TOO_MANY_REQUESTS, str(error), retry=error.retry_seconds)
        except EndingError as error:
            self.close_connection = True
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error), retry=5)
        except InputError as error:
            return self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except SandboxError as error:
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        except GoneError:
            self.close_connection = True
            return HTTPStatus.REQUEST_TIMEOUT
        except AssayError as error:
            return self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        except Exception as error:  # whatever it is, it is ours; the trainer must not take it for a verdict
            said = f"internal error: {type(error).__name__}: {error}".splitlines()[0]
            return self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, said)
        self._send(HTTPStatus.OK, answer)
        return HTTPStatus.OK

    def _allowed(self) -> bool:
        """Whether this client may ask at all; it is told why not."""
        if self.token is not None:
            kind, _, given = self.headers.get("Authorization", "").partition(" ")
            known = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self.token.encode())
            if kind.lower() == "bearer" and known:
                return True
            self.close_connection = True
            self._refuse(
                HTTPStatus.UNAUTHORIZED, "the token is missing or wrong: send Authorization: Bearer TOKEN"
            )
            return False
        # Without a token a page in a browser of this machine must not get here, under another name for it either.
        host = self.headers.get("Host", "").rpartition(":")[0].strip("[]") or self.headers.get("Host", "")
        if (self.any_host or host.lower() in LOOPBACK) and "Origin" not in self.headers:
            return True
        self.close_connection = True
        self._refuse(HTTPStatus.FORBIDDEN, "this service answers to programs of this machine only")
        return False

    def _body(self, path: str) -> bytes | None:
        """The request's body; None after a refusal."""
        given = self.headers.get("Content-Length")
        refusal: tuple[HTTPStatus, str] | None = None
        if path not in self.service.paths:
            refusal = (
                HTTPStatus.NOT_FOUND,
                f"there is no {path}; post to {', '.join(sorted(self.service.paths))}",
            )
        elif given is None or not given.isdecimal():
            refusal = HTTPStatus.LENGTH_REQUIRED, "send a Content-Length"
        elif int(given) > self.service.limits.body_bytes:
            refusal = (
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"bodies may have {self.service.limits.body_bytes} bytes",
            )
        if refusal is None:
            body = self.rfile.read(int(given or 0))
            if len(body) == int(given or 0):
                return body
            self.close_connection = True  # the client has gone half-way
            return None
        self.close_connection = True  # the body is not read
        self._refuse(*refusal)
        return None

    def _gone(self) -> bool:
        """Whether the client has closed its side for good."""
        poller = select.poll()
        poller.register(self.connection, select.POLLIN | select.POLLRDHUP)
        events = poller.poll(0)
        return any(event & (select.POLLHUP | select.POLLERR | select.POLLRDHUP) for _, event in events)

    def _refuse(self, status: HTTPStatus, why: str, retry: int | None = None) -> HTTPStatus:
        self._send(status, msgspec.json.encode({"error": why}), retry=retry)
        return status

    def _send(
        self, status: HTTPStatus, body: bytes, kind: str = "application/json", retry: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if retry is not None:
            self.send_header("Retry-After", str(retry))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: /metrics has the counts."""
