"""Fetched documents and answers, kept byte for byte under their hash, with where and when each was fetched.

A body is stored once, whoever served it; every fetch, also one that found nothing new, is a line of the index. A
partial body lies beside them until it is whole, so nothing half-fetched is ever read.
"""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from modelassay.core.errors import InputError, MissingError
from modelassay.core.records import Record
from modelassay.core.store import Journal, alone, disk, read_records, write_bytes
from modelassay.core.workdir import SourceFiles

_SHORTEST = 6  # characters of a hash that are enough to name a body


class Retrieval(Record):
    """One fetch of one source.

    url: as asked for; final_url: where redirects led; revision: the commit that the address is pinned to.
    retrieved: UTC, ISO 8601 to the second. repository: hub id or `github:owner/name` that it belongs to.
    status: of the answer; 304 when the server said that nothing had changed.
    """

    url: str
    sha256: str
    bytes: int
    retrieved: str
    final_url: str = ""
    redirects: tuple[str, ...] = ()
    status: int = 200
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    revision: str = ""
    repository: str = ""
    path: str = ""  # of the file inside its repository
    next_page: str = ""  # where a list that comes in pages goes on


def place_of(source: Retrieval) -> tuple[str, ...]:
    """Folders and a name for a document: of a repository `owner/name/README.md`, else host and path."""
    if source.repository:
        parts = [*source.repository.replace(":", "/").split("/"), *source.path.split("/")]
    else:
        address = urlsplit(source.url)
        parts = [address.netloc.replace(":", "-"), *address.path.split("/")]
    kept = [part for part in parts if part not in ("", ".", "..")]
    if "." not in kept[-1]:
        kept.append("document.html" if "html" in source.content_type else "document.md")
    return tuple(kept)


class KeptSources:
    """The folder of kept sources. Several processes may use it at once."""

    def __init__(self, files: SourceFiles) -> None:
        self.files = files

    def retrievals(self) -> list[Retrieval]:
        """Every fetch, oldest first. Raises InputError for a broken index."""
        return read_records(
            self.files.index, Retrieval, remedy="delete that line and collect the source again"
        )

    def latest(self, url: str) -> Retrieval | None:
        """The last fetch of an address whose body is still there."""
        found = (r for r in reversed(self.retrievals()) if r.url == url)
        return next((r for r in found if self.files.body(r.sha256).is_file()), None)

    def sources(self) -> list[Retrieval]:
        """The last fetch of every address, in the order in which the addresses were first seen."""
        last = {retrieval.url: retrieval for retrieval in self.retrievals()}
        return list(last.values())

    def find(self, sha256: str) -> Retrieval:
        """The last fetch of the body with this hash, or with a hash that begins so. Raises MissingError, InputError."""
        wanted = sha256.lower()
        found = {r.sha256: r for r in self.retrievals() if r.sha256.startswith(wanted)}
        if len(wanted) < _SHORTEST or not found:
            raise MissingError(
                f"no kept source {sha256!r}", hint="`assay collect` prints the sha256 of what it keeps"
            )
        if len(found) > 1:
            raise InputError(f"{sha256!r} begins {len(found)} kept sources", hint="give more of the sha256")
        return next(iter(found.values()))

    def body(self, sha256: str) -> bytes:
        """The bytes with this hash. Raises MissingError where they are gone, InputError where they were changed."""
        path = self.files.body(sha256)
        if not path.is_file():
            raise MissingError("a kept source is gone", path=path, hint="collect it again")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise InputError(
                "a kept source was changed on disk", path=path, hint="delete the file and collect it again"
            )
        return data

    def keep(self, data: bytes, retrieval: Retrieval) -> None:
        """Store bytes that are at hand, and the record of their fetch. Raises StorageError."""
        path = self.files.body(retrieval.sha256)
        if not path.is_file():
            write_bytes(path, data)
        self.note(retrieval)

    def adopt(self, partial: Path, sha256: str) -> None:
        """Make a file that has arrived whole the body with this hash. Raises StorageError."""
        path = self.files.body(sha256)
        with disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(path)

    def note(self, retrieval: Retrieval) -> None:
        """Add a fetch to the index. Raises StorageError."""
        # One process at a time: opening the index cuts off a last line that is not whole.
        with alone(self.files.lock), Journal(self.files.index, Retrieval) as journal:
            journal.append([retrieval])
