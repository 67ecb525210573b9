"""Where a problem set's file is: in the user's data folder, in the cache, or on the network. Always by hash."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from modelassay.core.errors import InputError, MissingError, OfflineError
from modelassay.core.store import write_bytes
from modelassay.sources.json_lines import unpacked
from modelassay.sources.problems.catalogue import RELEASES, Release

_LARGEST = 64 * 1024 * 1024  # bytes; the largest set is 2 MB packed


@dataclass(frozen=True)
class Found:
    """A file whose content is the release's."""

    path: Path
    content: bytes  # unpacked


def cache_folder() -> Path:
    """The user's cache: XDG_CACHE_HOME/modelassay, else ~/.cache/modelassay."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "modelassay" / "benchmarks"


def data_folder(data: Path | str | None) -> Path | None:
    """The user's data folder: the one given, else ASSAY_DATA. Raises InputError when it is not a folder."""
    named = data or os.environ.get("ASSAY_DATA")
    chosen = Path(named) if named else None
    if chosen is not None and not chosen.is_dir():
        raise InputError(
            "no such folder", path=chosen, hint="give --data (or ASSAY_DATA) a folder with problem sets"
        )
    return chosen


def find_file(release: Release, data: Path | str | None, *, offline: bool) -> Found:
    """The release's file: from the data folder, else the cache, else downloaded into the cache.

    Raises InputError for a file that claims to be the release and has another hash, OfflineError when it is
    nowhere and cannot be fetched, StorageError when the cache cannot be written.
    """
    folder = data_folder(data)
    found = None if folder is None else look_in(folder, release)
    if found is not None:
        return found
    kept = cached_path(release)
    if kept.is_file():
        found = match(kept, release)
        if found is not None:
            return found
        if offline:
            raise _wrong_hash(kept, release, kept.read_bytes())
    if release.sha256 is None:
        raise MissingError(
            f"{release.label} is not in {folder or 'a data folder (none given)'}, and its file was never seen here to be fetched "
            "and checked",
            hint=f"get it from {release.addresses[0]} as {release.names[0]} and give that folder as --data",
        )
    if offline:
        raise OfflineError(
            f"{release.label} is neither in {folder or 'a data folder (none given)'} nor in {kept.parent}",
            hint=f"run without --offline once, or put {release.names[-1]} into a folder and give it as --data",
        )
    return _download(release, kept)


def cached_path(release: Release) -> Path:
    """Where the cache keeps the release's file."""
    return (
        cache_folder()
        / release.name.replace("+", "plus")
        / (release.sha256 or "")[:12]
        / Path(release.names[-1]).name
    )


def look_in(folder: Path, release: Release) -> Found | None:
    """The release's file below a data folder; None when it is not there.

    A file of the same bare name that is another known version is passed over; any other is an InputError.
    """
    wrong: list[Path] = []
    for path in candidates(folder, release):
        found = match(path, release)
        if found is not None:
            return found
        wrong.append(path)
    for path in wrong:
        if not any(match(path, other) for other in RELEASES if other.name == release.name):
            raise _wrong_hash(path, release, path.read_bytes())
    return None


def candidates(folder: Path, release: Release) -> list[Path]:
    """Files below a data folder that may be the release, most telling names first."""
    return [path for root in (folder, folder / "benchmarks") for path in _possible(root, release)]


def _possible(root: Path, release: Release) -> list[Path]:
    """Files that may be the release: packed or not, in its folder or beside all others."""
    names = [n for name in release.names for n in (name, name.removesuffix(".gz"))]
    return [root / name for name in dict.fromkeys(names) if (root / name).is_file()]


def match(path: Path, release: Release) -> Found | None:
    """The file's content when its hash, packed or unpacked, is the release's."""
    data = path.read_bytes()
    try:
        content = unpacked(data, path)
    except InputError:
        return None
    if not release.seen or _sha256(data) == release.sha256 or _sha256(content) == release.unpacked_sha256:
        return Found(path=path, content=content)
    return None


def _download(release: Release, target: Path) -> Found:
    """Fetch from the first address that answers with the right bytes, keep them, and return them."""
    import httpx  # what is on this machine is read without it

    troubles: list[str] = []
    for address in release.addresses:
        try:
            data = fetch(address)
            content = unpacked(data)
        except (httpx.HTTPError, InputError) as error:
            troubles.append(f"{address}: {error or type(error).__name__}")
            continue
        if release.sha256 == _sha256(data) or release.unpacked_sha256 == _sha256(content):
            write_bytes(target, data)
            return Found(path=target, content=content)
        troubles.append(f"{address}: sha256 is {_sha256(data)}, expected {release.sha256}")
    raise OfflineError(
        f"cannot fetch {release.label}: {'; '.join(troubles)}",
        hint=f"check the network, or put {release.names[-1]} into a folder and give it as --data",
    )


def fetch(address: str) -> bytes:
    """The body at an address, following redirects. Raises httpx.HTTPError."""
    import httpx

    timeout = httpx.Timeout(20.0, read=60.0)
    with (
        httpx.Client(follow_redirects=True, timeout=timeout) as client,
        client.stream("GET", address) as response,
    ):
        response.raise_for_status()
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _LARGEST:
                raise httpx.HTTPError(f"more than {_LARGEST} bytes")
        return bytes(body)


def _wrong_hash(path: Path, release: Release, data: bytes) -> InputError:
    return InputError(
        f"sha256 is {_sha256(data)}, but {release.label} is {release.sha256}",
        path=path,
        hint=f"delete the file, or put the published one there: {release.addresses[0]}",
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
