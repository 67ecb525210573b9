"""One request to the local Hub, answered as the Hub does. See hub.py."""

import base64
import json
import re
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from support.hub_repos import Repo, Stored

if TYPE_CHECKING:
    from support.hub import Fault, Hub

_ID = r"(?P<id>[^/]+/[^/]+)"
_ROUTES = (
    (re.compile(rf"/api/models/{_ID}"), "info"),
    (re.compile(rf"/api/models/{_ID}/revision/(?P<revision>[^/]+)"), "info"),
    (re.compile(rf"/api/models/{_ID}/tree/(?P<revision>[^/]+)(?P<path>/.*)?"), "tree"),
    (re.compile(rf"/api/models/{_ID}/paths-info/(?P<revision>[^/]+)"), "paths"),
    (re.compile(rf"/api/models/{_ID}/refs"), "refs"),
    (re.compile(rf"/api/resolve-cache/models/{_ID}/(?P<revision>[^/]+)/(?P<path>.+)"), "cached"),
    (re.compile(rf"/{_ID}/(?:resolve|raw)/(?P<revision>[^/]+)/(?P<path>.+)"), "resolve"),
    (re.compile(r"/storage/(?P<sha256>[0-9a-f]{64})"), "storage"),
)
_ALWAYS = ("_id", "id", "modelId")
_LISTED = (*_ALWAYS, "private", "downloads", "likes", "tags", "createdAt", "pipeline_tag", "library_name")


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: "Hub"
    fault: "Fault | None" = None
    query: dict[str, list[str]]

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        with self.server.lock:
            self.server.requests.append((self.command, self.path))
            self.server.tokens.append(self.token)
            self.server.ranges += filter(None, [self.headers.get("Range")])
        self.fault = self.server.fault_for(f"{self.command} {self.path}")
        if self.fault is not None and self.fault.status is not None:
            self._send(self.fault.status, self.fault.body, dict(self.fault.headers))
            return
        split = urlsplit(self.path)
        self.query = parse_qs(split.query)
        if split.path == "/api/models":
            self._list()
            return
        if split.path in self.server.answers:
            self._json(self.server.answers[split.path])
            return
        for pattern, name in _ROUTES:
            match = pattern.fullmatch(split.path)
            if match:
                found = {key: unquote(value or "") for key, value in match.groupdict().items()}
                getattr(self, f"_{name}")(found)
                return
        self._error(404, "", "Not Found")

    # --- who may see what ---------------------------------------------------------------------------------
    @property
    def token(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def _repo(self, found: dict[str, str]) -> tuple[Repo, str] | None:
        """The repository and the commit asked for; else the answer is sent."""
        identifier = found["id"]
        if identifier in self.server.renamed:
            self._moved(identifier, self.server.renamed[identifier])
            return None
        repo = self.server.repos.get(identifier)
        if self.token and self.server.users and self.token not in self.server.users:
            self._error(401, "", "Invalid credentials in Authorization header")
            return None
        if repo is None or (repo.private and self.token not in repo.granted):
            # The Hub does not tell strangers whether a private repository exists.
            self._error(404 if self.token else 401, "RepoNotFound", "Repository not found")
            return None
        sha = repo.resolve(found.get("revision") or "main")
        if sha is None:
            self._error(404, "RevisionNotFound", f"Invalid rev id: {found.get('revision')}")
            return None
        return repo, sha

    def _moved(self, old: str, new: str) -> None:
        self._send(307, b"", {"Location": self.path.replace(f"/{old}", f"/{new}", 1)})

    def _may_read(self, repo: Repo) -> bool:
        if not repo.gated or self.token in repo.granted:
            return True
        message = f"Access to model {repo.id} is restricted and you are not in the authorized list."
        self._error(403 if self.token else 401, "GatedRepo", message)
        return False

    # --- the API ------------------------------------------------------------------------------------------
    def _info(self, found: dict[str, str]) -> None:
        if (known := self._repo(found)) is None:
            return
        repo, sha = known
        told = repo.info(sha, blobs="blobs" in self.query)
        self._json(self._expanded(told) if "expand" in self.query else told)

    def _expanded(self, told: dict[str, Any]) -> dict[str, Any]:
        asked = {*_ALWAYS, *self.query.get("expand", [])}
        return {name: value for name, value in told.items() if name in asked}

    def _list(self) -> None:
        """`list_models`: what a stranger sees, filtered and sorted, page by page."""
        told = []
        for repo in self.server.repos.values():
            if not repo.private or self.token in repo.granted:
                one = repo.info(repo.refs["main"])
                if self._listed(one):
                    told.append(one)
        order = self.query.get("sort", ["trendingScore"])[0]
        told.sort(key=lambda one: one.get(order, 0), reverse=True)
        if "expand" in self.query:
            told = [self._expanded(one) for one in told]
        elif "full" not in self.query:
            told = [{k: v for k, v in one.items() if k in _LISTED} for one in told]
        limit = int(self.query.get("limit", [str(self.server.page)])[0])
        self._page(told, min(limit, self.server.page))

    def _listed(self, one: dict[str, Any]) -> bool:
        """Do the query's filters hold of a model?"""
        query, tags = self.query, {*one.get("tags", []), one.get("pipeline_tag"), one.get("library_name")}
        search, author = query.get("search", [""])[0], query.get("author", [None])[0]
        gated = query.get("gated", [None])[0]
        bounds = dict(part.split(":") for part in query.get("num_parameters", [""])[0].split(",") if part)
        counted = one.get("safetensors")
        total = counted["total"] if counted else 0
        return bool(
            search.lower() in one["id"].lower()
            and author in (None, one["author"])
            and set(query.get("filter", [])) <= tags
            and set(query.get("pipeline_tag", [])) <= tags
            and (gated is None or (gated.lower() == "true") == bool(one["gated"]))
            and (not bounds or counted)
            and ("min" not in bounds or total >= _number(bounds["min"]))
            and ("max" not in bounds or total <= _number(bounds["max"]))
        )

    def _tree(self, found: dict[str, str]) -> None:
        """The files of a gated repository may be listed by anybody, but not read."""
        if (known := self._repo(found)) is None:
            return
        repo, sha = known
        inside = found["path"].strip("/")
        files = [f for p, f in sorted(repo.commits[sha].items()) if not inside or p.startswith(f"{inside}/")]
        recursive = self.query.get("recursive", ["false"])[0].lower() == "true"
        depth = inside.count("/") + 1 if inside else 0
        shown = [f.entry() for f in files if recursive or f.path.count("/") == depth]
        self._page(shown, self.server.page)

    def _paths(self, found: dict[str, str]) -> None:
        if (known := self._repo(found)) is None:
            return
        repo, sha = known
        asked = json.loads(self.body or b"{}").get("paths", [])
        self._json([repo.commits[sha][p].entry() for p in asked if p in repo.commits[sha]])

    def _refs(self, found: dict[str, str]) -> None:
        if (known := self._repo(found)) is None:
            return
        branches = [
            {"name": n, "ref": f"refs/heads/{n}", "targetCommit": sha} for n, sha in known[0].refs.items()
        ]
        self._json({"branches": branches, "tags": [], "converts": []})

    # --- files --------------------------------------------------------------------------------------------
    def _resolve(self, found: dict[str, str]) -> None:
        """LFS files redirect to the storage's host, others to a path that may be cached for ever."""
        if (file := self._file(found)) is None:
            return
        stored, sha = file
        about = {"X-Repo-Commit": sha, "ETag": f'"{stored.etag}"'}
        if not stored.lfs:
            path = f"/api/resolve-cache/models/{found['id']}/{sha}/{quote(stored.path)}"
            where = f"{path}?{urlencode({'etag': stored.etag})}"
            self._send(307, b"", {**about, "Location": where})
            return
        about |= {"X-Linked-Etag": f'"{stored.sha256}"', "X-Linked-Size": str(len(stored.content))}
        self._send(302, b"", {**about, "Location": f"{self.server.storage}/{stored.sha256}?signature=x"})

    def _cached(self, found: dict[str, str]) -> None:
        file = self._file(found)
        if file is not None:
            self._content(file[0], {"X-Repo-Commit": file[1]})

    def _file(self, found: dict[str, str]) -> tuple[Stored, str] | None:
        known = self._repo(found)
        if known is None or not self._may_read(known[0]):
            return None
        repo, sha = known
        stored = repo.commits[sha].get(found["path"])
        if stored is None:
            self._error(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": sha})
            return None
        return stored, sha

    def _storage(self, found: dict[str, str]) -> None:
        """Signed addresses: whoever has one may read."""
        for repo in self.server.repos.values():
            for files in repo.commits.values():
                for stored in files.values():
                    if stored.lfs and stored.sha256 == found["sha256"]:
                        self._content(stored, {})
                        return
        self._error(404, "", "no such file")

    def _content(self, stored: Stored, headers: dict[str, str]) -> None:
        content, size = stored.content, len(stored.content)
        about = {**headers, "ETag": f'"{stored.etag}"', "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            self._send(200, content, about)
            return
        first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
        if first >= size:
            self._send(416, b"", {**about, "Content-Range": f"bytes */{size}"})
            return
        about["Content-Range"] = f"bytes {first}-{last}/{size}"
        self._send(206, content[first : last + 1], about)

    # --- answers ------------------------------------------------------------------------------------------
    def _page(self, entries: Sequence[object], size: int) -> None:
        """A page from the cursor on; the next one's address in the Link header."""
        cursor = self.query.get("cursor", [""])[0]
        start = int(base64.urlsafe_b64decode(cursor)) if cursor else 0
        headers = {}
        if start + size < len(entries):
            following = base64.urlsafe_b64encode(str(start + size).encode()).decode()
            path = urlsplit(self.path).path
            query = urlencode({**self.query, "cursor": [following]}, doseq=True)
            headers["Link"] = f'<{self.server.address}{path}?{query}>; rel="next"'
        self._json(list(entries[start : start + size]), headers)

    def _error(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        about = {"X-Error-Message": message, **(headers or {})}
        if code:
            about["X-Error-Code"] = code
        self._send(status, json.dumps({"error": message}).encode(), about)

    def _json(self, value: object, headers: dict[str, str] | None = None) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self._write(body)

    def _write(self, body: bytes) -> None:
        """The body, or what a fault leaves of it."""
        fault = self.fault
        whole = fault is None or fault.cut_after is None
        sent = body if whole else body[: fault.cut_after]  # type: ignore[union-attr]
        slow = None if fault is None else fault.bytes_per_second
        step = len(sent) if slow is None else max(int(slow / 50), 1)
        for start in range(0, len(sent), step or 1):
            piece = sent[start : start + step]
            self.wfile.write(piece)
            with self.server.lock:
                path = urlsplit(self.path).path
                self.server.sent[path] = self.server.sent.get(path, 0) + len(piece)
            if slow is not None:
                time.sleep(1 / 50)
        if not whole:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


def _number(text: str) -> float:
    """1.5B, 350M, 1000 → a number."""
    scale = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(text[-1:].upper())
    return float(text[:-1]) * scale if scale else float(text)
