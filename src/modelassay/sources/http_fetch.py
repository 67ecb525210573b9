"""Fetch an address as a good guest: conditional, resumable, with an end to size, patience and redirects.

What has arrived of a body stays on disk and is gone on with by Range, if the server vouches that it is the same body
(If-Range). 429 and 503 are waited out as long as Retry-After says, up to a limit. robots.txt is asked before any page
of a host; a documented API is made for programs and is not asked about.
"""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec

from modelassay import __version__
from modelassay.core.errors import AssayError, InputError, MissingError, OfflineError
from modelassay.core.store import alone, disk, write_bytes
from modelassay.sources.kept_sources import KeptSources, Retrieval
from modelassay.sources.openai_http import is_loopback
from modelassay.sources.robots import Robots

AGENT: Final = f"modelassay/{__version__}"
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_AGAIN: Final = frozenset((429, 500, 502, 503, 504))
_MEANING: Final = {
    401: (
        "needs a token, or is not there",
        "check the name; set HF_TOKEN (or GITHUB_TOKEN) for what is private",
    ),
    403: (
        "may not be read",
        "accept the terms on its page with the account of your token, or check the token",
    ),
    404: ("is not there", "check the address and the revision"),
    410: ("is gone", "look for another address of the same document"),
    451: ("is withheld for legal reasons", "look for another source"),
}


@dataclass(frozen=True)
class Limits:
    """bytes of one body; seconds between two bytes, and of one pause a server may ask for; attempts; redirects."""

    largest: int = 64 * 2**20
    read_seconds: float = 60.0
    longest_pause: float = 120.0
    first_pause: float = 0.5
    attempts: int = 5
    redirects: int = 10


@dataclass(frozen=True)
class Wanted:
    """One address to fetch. is_api: a documented interface for programs; the rest goes into the record of the fetch."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    is_api: bool = False
    revision: str = ""
    repository: str = ""
    path: str = ""


class NotThereError(MissingError):
    """The server says that there is no such document or repository, to a stranger at least."""


class _LaterError(Exception):
    """The server wants to be asked again. pause: after so many seconds, if it said so."""

    def __init__(self, message: str, pause: float | None) -> None:
        super().__init__(message)
        self.pause = pause


class Fetcher:
    """Fetches into a folder of kept sources, over one connection pool; a context manager."""

    def __init__(
        self,
        kept: KeptSources,
        limits: Limits | None = None,
        *,
        offline: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.kept, self.limits, self.offline = kept, limits or Limits(), offline
        self._sleep, self._now = sleep, now
        timeout = httpx.Timeout(20.0, read=self.limits.read_seconds)
        self._clients = {own: httpx.Client(timeout=timeout, trust_env=not own) for own in (True, False)}
        self._robots = Robots(AGENT, self._get_robots)

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()

    def fetch(self, wanted: Wanted) -> Retrieval:
        """The source, fetched or found unchanged, and kept. Offline: as it was kept last.

        Raises InputError (no http address, too large, robots.txt), MissingError (401, 403, 404 …), OfflineError
        (the network, or a server that goes on failing), StorageError.
        """
        _check_address(wanted.url)
        if self.offline:
            last = self.kept.latest(wanted.url)
            if last is None:
                raise OfflineError(f"{wanted.url} was never kept", hint="run without --offline once")
            return last
        partial = _Partial(self.kept, wanted.url)
        with partial.alone():
            return self._insist(wanted, partial)

    def _insist(self, wanted: Wanted, partial: "_Partial") -> Retrieval:
        trouble = ""
        for number in range(self.limits.attempts):
            try:
                return self._fetch_once(wanted, partial)
            except _LaterError as later:
                trouble, pause = str(later), later.pause
                if pause is not None and pause > self.limits.longest_pause:
                    raise OfflineError(
                        f"{wanted.url}: {trouble}", hint=f"run the same command again in {pause:.0f} s"
                    ) from None
            except httpx.HTTPError as error:
                trouble, pause = f"{error or type(error).__name__}", None
            if number + 1 < self.limits.attempts:
                self._sleep(pause if pause is not None else self.limits.first_pause * 2**number)
        raise OfflineError(
            f"cannot fetch {wanted.url} in {self.limits.attempts} attempts: {trouble}",
            hint="check the network and run the same command again; what has arrived is kept",
        )

    def _client(self, url: str) -> httpx.Client:
        """A server on this machine is asked directly, whatever proxy the environment names."""
        return self._clients[is_loopback(url)]

    def _get_robots(self, address: str) -> tuple[int, str]:
        try:
            answer = self._client(address).get(address, headers={"user-agent": AGENT}, follow_redirects=True)
        except httpx.HTTPError as error:
            raise OfflineError(
                f"cannot ask {address}: {error or type(error).__name__}",
                hint="check the network and run it again",
            ) from error
        return answer.status_code, answer.text[: 512 * 1024]

    def _fetch_once(self, wanted: Wanted, partial: "_Partial") -> Retrieval:
        before = self.kept.latest(wanted.url)
        url, passed = wanted.url, []
        while True:
            if not wanted.is_api and not self._robots.allows(url):
                raise InputError(
                    f"robots.txt of {urlsplit(url).netloc} asks programs not to fetch {url}",
                    hint="save the page with your browser and collect the file",
                )
            headers = self._headers(wanted, url, partial, before)
            with self._client(url).stream("GET", url, headers=headers) as answer:
                if answer.status_code in _REDIRECTS and "location" in answer.headers:
                    passed.append(url)
                    url = str(httpx.URL(url).join(answer.headers["location"]))
                    _check_address(url)
                    if len(passed) > self.limits.redirects:
                        raise InputError(f"{wanted.url} redirects without end", hint="give the final address")
                    continue
                return self._receive(wanted, answer, partial, before, tuple(passed))

    def _headers(
        self, wanted: Wanted, url: str, partial: "_Partial", before: Retrieval | None
    ) -> dict[str, str]:
        """A token goes to no other host than the one it is meant for."""
        same = urlsplit(url).netloc == urlsplit(wanted.url).netloc
        own = {k: v for k, v in wanted.headers.items() if same or k.lower() != "authorization"}
        headers = {"user-agent": AGENT, "accept-encoding": "identity", **own}
        if partial.size and partial.validator:
            return headers | {"range": f"bytes={partial.size}-", "if-range": partial.validator}
        if before is not None and before.etag:
            headers["if-none-match"] = before.etag
        if before is not None and before.last_modified:
            headers["if-modified-since"] = before.last_modified
        return headers

    def _receive(
        self,
        wanted: Wanted,
        answer: httpx.Response,
        partial: "_Partial",
        before: Retrieval | None,
        passed: tuple[str, ...],
    ) -> Retrieval:
        status = answer.status_code
        if status in _AGAIN:
            raise _LaterError(f"answered {status}", self._pause(answer))
        if status == 416:
            partial.drop()
            raise _LaterError("could not go on with a partial body", 0.0)
        if status == 304 and before is not None:
            found = msgspec.structs.replace(before, status=304, retrieved=self.now())
        elif status in (200, 206):
            digest, size = self._store(wanted, answer, partial)
            found = Retrieval(
                url=wanted.url, sha256=digest, bytes=size, retrieved=self.now(), final_url=str(answer.url),
                redirects=passed, status=200, content_type=answer.headers.get("content-type", ""),
                etag=answer.headers.get("etag", ""), last_modified=answer.headers.get("last-modified", ""),
                revision=wanted.revision, repository=wanted.repository, path=wanted.path,
                next_page=answer.links.get("next", {}).get("url", ""),
            )  # fmt: skip
        else:
            raise _refusal(wanted.url, answer)
        self.kept.note(found)
        return found

    def _store(self, wanted: Wanted, answer: httpx.Response, partial: "_Partial") -> tuple[str, int]:
        """Bring the body to disk; (its sha256, its size). What arrives before a failure stays for the next attempt."""
        goes_on = answer.status_code == 206 and _range_start(answer) == partial.size
        if not goes_on:
            if answer.status_code == 206:
                partial.drop()
                raise _LaterError("sent another part than the one asked for", 0.0)
            partial.begin(answer)
        length = answer.headers.get("content-length", "")
        size = partial.size
        if length.isdigit():
            self._check_size(wanted.url, size + int(length))
        with disk(partial.path), partial.path.open("ab") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                size += len(chunk)
                self._check_size(wanted.url, size)
            file.flush()
            os.fsync(file.fileno())
        digest = hashlib.sha256()
        with partial.path.open("rb") as whole:
            while part := whole.read(1 << 20):
                digest.update(part)
        self.kept.adopt(partial.path, digest.hexdigest())
        partial.drop()
        return digest.hexdigest(), size

    def _check_size(self, url: str, size: int) -> None:
        if size > self.limits.largest:
            raise InputError(
                f"{url} has more than {self.limits.largest} bytes", hint="raise the limit with --max-bytes"
            )

    def _pause(self, answer: httpx.Response) -> float | None:
        """Seconds of Retry-After, given as such or as a date (RFC 9110, 10.2.3); `None` where it does not say."""
        said = answer.headers.get("retry-after", "").strip()
        if said.isdigit():
            return float(said)
        try:
            return max(0.0, (parsedate_to_datetime(said) - self._now()).total_seconds())
        except (TypeError, ValueError):
            return None

    def now(self) -> str:
        """The time, as it stands in the record of a fetch."""
        return _stamp(self._now())


class _Partial:
    """What has arrived of one body, and by what the server knows that body again."""

    def __init__(self, kept: KeptSources, url: str) -> None:
        name = hashlib.sha256(url.encode()).hexdigest()
        self.path, self._state = kept.files.partial(name), kept.files.partial_state(name)

    def alone(self) -> AbstractContextManager[None]:
        """No other process fetches the same address meanwhile; it waits."""
        return alone(self.path.with_suffix(".lock"))

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def validator(self) -> str:
        """A strong ETag, else the date of the last change; "" when the body cannot be gone on with."""
        try:
            state: dict[str, Any] = msgspec.json.decode(self._state.read_bytes())
        except (OSError, msgspec.DecodeError):
            return ""
        return str(state.get("validator", ""))

    def begin(self, answer: httpx.Response) -> None:
        """Forget what was there; a body that is packed on its way is never gone on with."""
        etag = answer.headers.get("etag", "")
        validator = etag if etag and not etag.startswith("W/") else answer.headers.get("last-modified", "")
        packed = answer.headers.get("content-encoding", "identity") != "identity"
        self.drop()
        write_bytes(self._state, msgspec.json.encode({"validator": "" if packed else validator}))
        write_bytes(self.path, b"")

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)


def _range_start(answer: httpx.Response) -> int | None:
    """The first byte of `Content-Range: bytes 100-199/200`."""
    unit, _, rest = answer.headers.get("content-range", "").partition(" ")
    first = rest.partition("-")[0].strip()
    return int(first) if unit == "bytes" and first.isdigit() else None


def _stamp(moment: datetime) -> str:
    """UTC as the record of a fetch has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(
            f"{url} is no http or https address", hint="give an address, a file, or owner/name of the Hub"
        )


def _refusal(url: str, answer: httpx.Response) -> AssayError:
    status, code = answer.status_code, answer.headers.get("x-error-code", "")
    said, hint = _MEANING.get(status, (f"answered {status}", "try again later"))
    told = {
        "GatedRepo": ("is gated", "accept the model's terms on its page with the account of HF_TOKEN"),
        "RepoNotFound": ("is not there, or private", "check the name; set HF_TOKEN for a private repository"),
        "RevisionNotFound": ("has no such revision", "check the revision, or leave it out"),
    }
    said, hint = told.get(code, (said, hint))
    absent = code == "RepoNotFound" or (status in (404, 410) and not code)
    return (NotThereError if absent else MissingError)(f"{url} {said} ({status})", hint=hint)


def kept_file(path: Path, kept: KeptSources, *, limits: Limits, now: datetime) -> Retrieval:
    """Keep a file of this machine as a source. Raises MissingError, InputError (too large), StorageError."""
    if not path.is_file():
        raise MissingError(
            "no such file", path=path, hint="give an address, a file, or owner/name of the Hub"
        )
    if path.stat().st_size > limits.largest:
        raise InputError(
            f"more than {limits.largest} bytes", path=path, hint="raise the limit with --max-bytes"
        )
    data = path.read_bytes()
    found = Retrieval(
        url=path.resolve().as_uri(),
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        retrieved=_stamp(now),
        path=path.name,
    )
    kept.keep(data, found)
    return found
