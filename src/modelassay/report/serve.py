"""`assay serve`: the report's pages over HTTP while a study runs. Reads only, on loopback unless told otherwise.

Covered: no method but GET and HEAD; no path outside the work directory's run files; a content security
policy on every answer, so that a sample that looks like a page stays text; on loopback, a Host
header that is not this machine's is refused, which stops other sites from reading through the browser
(DNS rebinding), and answers are marked same-origin for the same reason; a Host that is none is a 400, and any fault of
ours a 500 in one line, without a traceback. Not covered: other users of
this machine may connect; there is no password and no TLS.
"""

import contextlib
import ipaddress
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

from modelassay.core.errors import AssayError, InputError, MissingError
from modelassay.report.content import encode_study
from modelassay.report.live_pages import Live
from modelassay.report.markdown import render_markdown
from modelassay.report.packing import BESIDE
from modelassay.report.studies import Studies, changes
from modelassay.report.studies_pages import render_comparison, render_list

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{0,5}))?")
_UNREAD_BYTES = 1 << 20  # of a request, that are still taken in after the answer
_UNREAD_SECONDS = 1.0
_PAGE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_ICON = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#1f6fb2" d="M1 9h3v6H1zM6 5h3v10H6zM11 1h3v14h-3z"/></svg>'
_STRICT = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def serve_directory(folder: Path, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve until interrupted; `say` is told the address. Raises MissingError or InputError for a bad start."""
    if not folder.is_dir():
        hint = "start `assay study` first, or name its work directory"
        raise MissingError("no such work directory", path=folder, hint=hint)
    with make_server(Studies(folder), host, port) as server:
        name, bound = server.server_address[:2]
        shown = f"[{name!s}]" if ":" in str(name) else str(name)
        say(f"http://{shown}:{bound}/  (Ctrl-C ends it)")
        server.serve_forever(poll_interval=0.2)


def make_server(studies: Studies, host: str, port: int) -> ThreadingHTTPServer:
    """The server, bound but not yet running. Raises InputError when the address cannot be had."""

    class Bound(Handler):
        pages = studies
        names = LOOPBACK if host in LOOPBACK else frozenset()

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = 10 if ":" in host else 2  # AF_INET6, AF_INET

        def handle_error(self, request: object, client_address: object) -> None:
            """The client has gone, or its answer was begun already: nothing is left to be told to anybody."""

    try:
        return Server((host, port), Bound)
    except (OSError, OverflowError) as error:
        hint = "choose another --port (0 takes a free one) or --host"
        raise InputError(f"cannot listen on {host}:{port}: {error}", hint=hint) from error


class Handler(BaseHTTPRequestHandler):
    """One request. `pages` is what it reads from; `names` the host names it answers to, empty for all."""

    pages: Studies
    names: frozenset[str] = LOOPBACK
    server_version = "assay"
    sys_version = ""
    timeout = 30  # seconds a silent client may keep a thread

    def do_GET(self) -> None:
        """Answer, or say in one line why not."""
        self._begun = False
        try:
            ours, address = self._ours(), urlsplit(self.path)
            path, query = unquote(address.path), parse_qs(address.query)
        except ValueError:  # a host or a path that is none, such as an address with one bracket
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        try:
            if ours:
                self._route(path, {name: values[-1] for name, values in query.items()})
            else:
                self._send(HTTPStatus.FORBIDDEN, b"this page answers to its own address only\n")
        except AssayError as error:
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, f"{error}\n".encode("utf-8", "replace"))
        except (ConnectionError, TimeoutError):  # the client has gone
            self.close_connection = True
        except Exception as error:  # whatever it is, it is ours, and the study's terminal is no place for it
            self.close_connection = True
            if self._begun:  # a part of the answer is out: what is missing shows by its length
                raise
            said = f"internal error: {type(error).__name__}: {error}".splitlines()[0]
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, f"{said}\n".encode("utf-8", "replace"))

    do_HEAD = do_GET  # noqa: N815 — the names that http.server calls

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses, under the same policy as every other answer."""
        self.close_connection = True
        self.request_version = (
            "HTTP/1.0"  # else a line that is no request would get an answer without headers
        )
        self._send(HTTPStatus(code), f"{message or HTTPStatus(code).phrase}\n".encode("ascii", "replace"))
        self._take_the_rest()

    def _take_the_rest(self) -> None:
        """Read on a little: closing with something unread resets the connection, and the answer may be lost with it."""
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(1)  # SHUT_WR
            self.connection.settimeout(_UNREAD_SECONDS)
            left = _UNREAD_BYTES
            while left > 0 and (part := self.connection.recv(1 << 16)):
                left -= len(part)

    def _host(self) -> str | None:
        """The host that was asked for, in small letters; None without one. Raises ValueError for what is none."""
        given = self.headers.get_all("Host", [])
        if not given and self.request_version == "HTTP/1.0":
            return None
        found = _HOST.fullmatch(given[0]) if len(given) == 1 else None
        if found is None or int(found[3] or 0) > 65535:
            raise ValueError("a Host header that is none")
        if found[1] is not None:
            return str(ipaddress.IPv6Address(found[1]))
        return found[2].lower()

    def _ours(self) -> bool:
        host = self._host()
        site = self.headers.get("Sec-Fetch-Site", "none")
        return (not self.names or host in self.names) and site in {"none", "same-origin"}

    def _route(self, path: str, query: dict[str, str]) -> None:
        several, parts = self.pages.several(), path.strip("/").split("/")
        if parts == ["favicon.ico"]:
            self._send(HTTPStatus.OK, _ICON, "image/svg+xml")
        elif not several:
            self._study(self.pages.own, parts)
        else:
            match parts:
                case [""]:
                    page = render_list(self.pages.root.resolve().name, self.pages.listed())
                    self._send(HTTPStatus.OK, page.encode(), "text/html")
                case ["stamp"]:
                    self._send(HTTPStatus.OK, msgspec.json.encode(self.pages.stamp()), "application/json")
                case ["compare"]:
                    self._compare(query.get("before", ""), query.get("now", ""))
                case ["studies", name] if name in several and not path.endswith("/"):
                    self._send(HTTPStatus.MOVED_PERMANENTLY, b"", place=f"/studies/{quote(name)}/")
                case ["studies", name, *rest] if name in several:
                    self._study(several[name], rest or [""])
                case _:
                    self._found(None)

    def _study(self, live: Live, parts: list[str]) -> None:
        """The pages of one study."""
        match parts:
            case [""] | ["report.html"]:
                self._send(HTTPStatus.OK, live.page().encode(), "text/html")
            case ["stamp"]:
                self._send(HTTPStatus.OK, msgspec.json.encode(live.stamp()), "application/json")
            case ["study.json"]:
                self._send(HTTPStatus.OK, encode_study(live.report()), "application/json")
            case ["report.md"]:
                self._send(HTTPStatus.OK, render_markdown(live.report()).encode())
            case [folder, name] if folder == BESIDE and re.fullmatch(r"\d{1,6}\.js", name):
                self._found(live.chunk(int(name[:-3])), "text/javascript")
            case ["runs", run]:
                names = live.record_names(run)
                self._found(None if names is None else "".join(f"/runs/{run}/{n}\n" for n in names).encode())
            case ["runs", run, name]:
                self._file(live.record_file(run, name))
            case _:
                self._found(None)

    def _compare(self, before: str, now: str) -> None:
        """Two studies beside each other, by their addresses."""
        listed = self.pages.listed()
        chosen = {one.name: one for one in listed if one.report is not None}
        one, other = chosen.get(before), chosen.get(now)
        if one is None or other is None or one.report is None or other.report is None:
            self._found(None)
            return
        page = render_comparison(one, other, changes(one.report, other.report), listed)
        self._send(HTTPStatus.OK, page.encode(), "text/html")

    def _file(self, path: Path | None) -> None:
        if path is None:
            self._found(None)
            return
        with path.open("rb") as file:
            size = path.stat().st_size
            self._head(HTTPStatus.OK, size, "text/plain")
            while self.command == "GET" and size > 0 and (part := file.read(min(size, 1 << 20))):
                size -= len(part)
                self.wfile.write(part)

    def _found(self, body: bytes | None, kind: str = "text/plain") -> None:
        if body is None:
            self._send(HTTPStatus.NOT_FOUND, b"there is no such page\n")
        else:
            self._send(HTTPStatus.OK, body, kind)

    def _send(self, status: HTTPStatus, body: bytes, kind: str = "text/plain", place: str = "") -> None:
        self._head(status, len(body), kind, place)
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, length: int, kind: str, place: str = "") -> None:
        self._begun = True
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(length))
        if place:
            self.send_header("Location", place)
        for name, value in _PAGE_HEADERS.items():
            self.send_header(name, value)
        # The page carries its own, narrower policy; everything else may do nothing at all.
        self.send_header(
            "Content-Security-Policy", "frame-ancestors 'none'" if kind == "text/html" else _STRICT
        )
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to whoever runs the study."""
