"""A local Hub: a real HTTP server that the unmodified `huggingface_hub` client uses by HF_ENDPOINT.

    with serving_hub() as hub:
        repo = hub.add("owner/name", {"config.json": {...}, "model.safetensors": b"..."})   # or hub.add_folder(id, folder)
        monkeypatch.setenv("HF_ENDPOINT", hub.address)          # the client reads it when it is imported: in this
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))     # process pass `endpoint=` and `cache_dir=` too
        hub.fail(r"/resolve/", status=503, times=2)             # the next two requests whose path matches
        assert hub.asked(r"/api/models") == [...]               # (method, path with query) of what was requested

What it serves: model info with `expand` and `blobs`, `list_models` with filter, search, author, num_parameters, sort, limit
and pages by Link header, tree with pages, paths-info, refs, resolve (HEAD, GET, Range; LFS files redirect to another host
with X-Linked-Etag and X-Linked-Size), raw, gated (403) and private (401 / 404) repositories by token, renamed
repositories (307), and any further JSON answer by `hub.answers[path] = object`, as dataset leaderboards. Faults of all
kinds by `fail`: a status with headers, a body cut short, a connection cut, a pause.

Why our own: of the packages on the index, olah (0.5.4) is a cache in front of an upstream Hub, and hf-local-hub (3.0.0)
brings a client for a server written in Go; neither serves gated repositories, pages or faults.
"""

import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from support.hub_handler import Handler
from support.hub_repos import Repo


@dataclass
class Fault:
    """What happens to requests whose "METHOD path" matches, as long as `times` is above 0.

    status: answer with it (and `headers`, `body`) instead. cut_after: send so many bytes of the body, then close the
    connection. pause_seconds: wait before answering; bytes_per_second: slow body.
    """

    pattern: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut_after: int | None = None
    pause_seconds: float = 0.0
    bytes_per_second: float | None = None
    times: int = 1_000_000


class Hub(ThreadingHTTPServer):
    """The server. `page` is how many entries a page of a listing has."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repos: dict[str, Repo] = {}
        self.renamed: dict[str, str] = {}
        self.answers: dict[str, object] = {}
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        self.tokens: list[str] = []  # of each request, "" for none
        self.ranges: list[str] = []  # that were asked for
        self.users: set[str] = set()  # tokens that are valid at all
        self.sent: dict[str, int] = {}  # bytes of bodies by path
        self.page = 100
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def storage(self) -> str:
        """Where LFS files lie: another host name of this machine, so that tokens must not be sent there."""
        return f"http://localhost:{self.server_port}/storage"

    def add(self, identifier: str, files: Mapping[str, Any], **about: Any) -> Repo:
        """A repository with these files on `main`; `about` are fields of `Repo`."""
        repo = self.repos[identifier] = Repo(identifier, **about)
        repo.commit(files)
        return repo

    def add_folder(self, identifier: str, folder: Path, **about: Any) -> Repo:
        """A repository with the files of a model folder."""
        repo = self.repos[identifier] = Repo(identifier, **about)
        repo.commit_folder(folder)
        return repo

    def rename(self, old: str, new: str) -> None:
        """Move a repository; the old name redirects."""
        repo = self.repos.pop(old)
        repo.id = new
        self.repos[new] = repo
        self.renamed[old] = new

    def fail(self, pattern: str, **how: Any) -> Fault:
        """Let requests fail as `Fault` says."""
        fault = Fault(pattern, **how)
        self.faults.append(fault)
        return fault

    def fault_for(self, request: str) -> Fault | None:
        """The first fault that is to happen to this request; counted."""
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.pattern, request):
                    fault.times -= 1
                    if fault.pause_seconds:
                        time.sleep(fault.pause_seconds)
                    return fault
        return None

    def asked(self, pattern: str = "") -> list[tuple[str, str]]:
        """The requests so far whose "METHOD path" matches."""
        with self.lock:
            return [r for r in self.requests if re.search(pattern, " ".join(r))]

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asked may go away before the answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def serving_hub() -> Iterator[Hub]:
    """A running local Hub."""
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
