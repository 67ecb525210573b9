"""One file of the Hub into the cache that all tools share: continued where it was cut, checked, then linked.

huggingface_hub (2.4) begins a file anew in each process and leaves what a killed process had. Here the bytes so far
stay in one file beside the finished ones, under a name that does not change, and the next run goes on behind them.
Nothing is linked into a snapshot before its bytes are those of the commit.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from modelassay.core.errors import AssayError, OfflineError
from modelassay.sources.hub_client import asking, cache_folder, disk_error, endpoint, token
from modelassay.sources.hub_files import HubFile

OnBytes = Callable[[int], None]
_CHUNK: Final = 1 << 20
_NO_PROGRESS: Final = 5  # attempts in a row that bring no byte


def repo_folder(identifier: str) -> Path:
    """Where the cache keeps a model."""
    return cache_folder() / f"models--{identifier.replace('/', '--')}"


def snapshot_folder(identifier: str, revision: str) -> Path:
    """Where the files of a commit are."""
    return repo_folder(identifier) / "snapshots" / revision


def cached_commit(identifier: str, revision: str | None) -> str:
    """The commit that a branch or tag stood for when it was last looked up, else the revision itself. None is `main`."""
    wanted = revision or "main"
    reference = repo_folder(identifier) / "refs" / wanted
    return reference.read_text("utf-8").strip() if reference.is_file() else wanted


def bytes_missing(identifier: str, file: HubFile) -> int:
    """How much of a file is still to be fetched."""
    if (repo_folder(identifier) / "blobs" / file.blob).exists():
        return 0
    part = _part(identifier, file)
    return file.size - min(part.stat().st_size if part.exists() else 0, file.size)


def fetch_file(identifier: str, revision: str, file: HubFile, on_bytes: OnBytes) -> Path:
    """The file in the snapshot of a commit; fetched where it is not there. on_bytes: told of bytes as they arrive.

    Raises AssayError: one line, with what to do. What was fetched so far stays, and the next call goes on.
    """
    linked = snapshot_folder(identifier, revision) / file.path
    if linked.exists():
        return linked
    about = f"{identifier}: {file.path}"
    try:
        with _lock(identifier, file):
            blob = repo_folder(identifier) / "blobs" / file.blob
            if not blob.exists():
                _complete(identifier, revision, file, on_bytes)
        return asking(about, lambda: _link(identifier, revision, file))
    except OSError as error:
        raise disk_error(error, about) from error


def _link(identifier: str, revision: str, file: HubFile) -> Path:
    """Link the finished bytes into the snapshot, by the client itself, which knows file systems without links."""
    from huggingface_hub import hf_hub_download

    found = hf_hub_download(
        identifier, file.path, revision=revision, cache_dir=cache_folder(), endpoint=endpoint(), token=token() or False
    )  # fmt: skip
    return Path(found)


def _complete(identifier: str, revision: str, file: HubFile, on_bytes: OnBytes) -> None:
    """Fetch what is missing, check the whole, and give it its name. Called with the file's lock held."""
    part = _part(identifier, file)
    part.parent.mkdir(parents=True, exist_ok=True)
    about, fruitless = f"{identifier}: {file.path}", 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        if before >= file.size:
            break
        asking(about, lambda: _receive(identifier, revision, file, on_bytes))
        fruitless = fruitless + 1 if part.stat().st_size <= before else 0
        if fruitless >= _NO_PROGRESS:
            raise OfflineError(
                f"{about} was cut short at {part.stat().st_size} of {file.size} bytes",
                hint="run the same command again: it goes on there",
            )
    if part.exists() or file.size:
        _check(part, file, about)
    else:
        part.touch()
    part.rename(part.with_name(file.blob))


def _receive(identifier: str, revision: str, file: HubFile, on_bytes: OnBytes) -> None:
    """One request for the bytes that are missing; ends where the body does, whole or not."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    part = _part(identifier, file)
    there = part.stat().st_size if part.exists() else 0
    headers = build_hf_headers(token=token() or False, library_name="modelassay")
    # Compressed bodies cannot be continued, and their lengths are not the file's.
    headers |= {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    address = hf_hub_url(identifier, file.path, revision=revision, endpoint=endpoint())
    with get_session().stream("GET", address, headers=headers, follow_redirects=True, timeout=30) as answer:
        if answer.status_code >= 400:
            answer.read()
        hf_raise_for_status(answer)
        # A server that knows no ranges sends the whole.
        with part.open("ab" if answer.status_code == 206 else "wb") as opened:
            try:
                for chunk in answer.iter_bytes():
                    opened.write(chunk)
                    on_bytes(len(chunk))
            except Exception as error:
                # A body cut short is no reason to stop: the loop asks for the rest, as long as some arrives.
                if opened.tell() <= there or (isinstance(error, OSError) and error.errno is not None):
                    raise


def _check(part: Path, file: HubFile, about: str) -> None:
    """Raises AssayError and removes the bytes where they are not those of the commit."""
    with part.open("rb") as opened:
        if file.lfs:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
        else:
            begun = hashlib.sha1(b"blob %d\0" % part.stat().st_size, usedforsecurity=False)
            while chunk := opened.read(_CHUNK):
                begun.update(chunk)
            found = begun.hexdigest()
    if found != file.blob or part.stat().st_size != file.size:
        part.unlink()
        raise AssayError(
            f"{about} arrived damaged: its bytes are not those of the commit",
            hint="run the same command again; if it stays, check what lies between you and the Hub (HF_ENDPOINT, proxies)",
        )


def _part(identifier: str, file: HubFile) -> Path:
    """The bytes so far."""
    return repo_folder(identifier) / "blobs" / f"{file.blob}.modelassay.incomplete"


def _lock(identifier: str, file: HubFile) -> AbstractContextManager[Any]:
    """The client's own lock of this file, so that two processes never fetch it at once."""
    from huggingface_hub.utils import WeakFileLock

    folder = cache_folder() / ".locks" / repo_folder(identifier).name
    folder.mkdir(parents=True, exist_ok=True)
    return WeakFileLock(folder / f"{file.blob}.lock")
