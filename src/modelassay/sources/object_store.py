"""Immutable objects on any target that fsspec knows: a folder, s3, gs, memory. Written once, named by their content.

An object exists whole or not at all: in a folder it is written beside and renamed, elsewhere it is one request. Its name
is the sha256 of its content, so that what was written twice is there once, and an answer that was cut short is noticed,
asked for again, and in the end refused.
"""

import hashlib
import importlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import zstandard

from modelassay.core.errors import InputError, MissingError, StorageError, error_line
from modelassay.core.store import write_bytes

T = TypeVar("T")
TRIES: Final = 6
FIRST_PAUSE: Final = 0.5  # seconds before the second try; each further pause is twice as long
_SUFFIX: Final = ".jsonl.zst"
_MOST: Final = 1 << 30  # bytes of an object, unpacked
# An answer that does not come is asked for again; the clients' own limits are minutes.
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "s3": {
        "config_kwargs": {"connect_timeout": 10, "read_timeout": 30, "retries": {"max_attempts": 1}},
        "use_listings_cache": False,
        "skip_instance_cache": True,  # else one that was opened for another address in this process
    },
    "memory": {},
}


class ObjectStore:
    """The objects below one address, in folders. note: told of every repeated request.

    Raises InputError for an address that nothing here can reach.
    """

    def __init__(
        self, url: str, note: Callable[[str], None] = lambda _: None, *, first_pause: float = FIRST_PAUSE
    ) -> None:
        self.url, self._note, self._pause = url, note, first_pause
        self.repeated = 0
        self._files, self._root = _opened(url)
        self._local = "file" in _protocols(self._files)

    def put(self, folder: str, content: bytes) -> str:
        """Keep this content, and give its name. Raises StorageError."""
        name = hashlib.sha256(content).hexdigest()
        path = self._path(folder, name)
        packed = zstandard.compress(content)
        if self._local:
            if not Path(path).exists():
                write_bytes(Path(path), packed)
            return name
        self._tried(f"{folder}/{name}", lambda: self._files.pipe_file(path, packed))
        return name

    def replace(self, name: str, file: Path) -> None:
        """Put a file in place of what has that name: something made of objects, which has not the name of its content.

        Raises StorageError.
        """
        path = f"{self._root}/{name}"
        if self._local:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            partial = Path(path).with_name(f".{Path(path).name}.partial")
            shutil.copyfile(file, partial)
            partial.replace(path)
        else:
            self._tried(name, lambda: self._files.put_file(str(file), path))

    def names(self, folder: str) -> list[str]:
        """The names of a folder's objects, in order. Raises StorageError."""
        where = f"{self._root}/{folder}"

        def listed() -> list[str]:
            self._files.invalidate_cache()
            try:
                return list(self._files.find(where))
            except FileNotFoundError:
                return []

        files = (path.rpartition("/")[2] for path in self._tried(folder, listed))
        return sorted(f.removesuffix(_SUFFIX) for f in files if f.endswith(_SUFFIX) and not f.startswith("."))

    def get(self, folder: str, name: str) -> bytes:
        """An object's content, which is what its name says. Raises StorageError, MissingError."""

        def read() -> bytes:
            content = _unpacked(self._files.cat_file(self._path(folder, name)))
            if hashlib.sha256(content).hexdigest() != name:
                raise ValueError("the content is not what its name says")
            return content

        return self._tried(f"{folder}/{name}", read)

    def _path(self, folder: str, name: str) -> str:
        return f"{self._root}/{folder}/{name}{_SUFFIX}"

    def _tried(self, what: str, action: Callable[[], T]) -> T:
        """What an action gives, tried again after a fault of the server or the line."""
        for number in range(TRIES):
            try:
                return action()
            except FileNotFoundError as error:
                hint = "look whether the bucket or folder is there, and whether somebody deletes objects"
                raise MissingError("no such object", path=f"{self.url}/{what}", hint=hint) from error
            except PermissionError as error:
                hint = "look at the credentials that the client reads, as AWS_ACCESS_KEY_ID"
                raise StorageError(f"access refused: {error}", path=self.url, hint=hint) from error
            except Exception as error:  # each client has errors of its own
                trouble = error
                if number + 1 < TRIES:
                    self.repeated += 1
                    self._note(f"{self.url}: {error_line(error)}; asked again")
                    time.sleep(self._pause * 2**number)
        hint = "what is done is kept; run the same command again when the store answers"
        raise StorageError(
            f"{what}: no good answer in {TRIES} tries: {error_line(trouble)}", path=self.url, hint=hint
        ) from trouble


def _opened(url: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it. Raises InputError."""
    try:
        fsspec = importlib.import_module("fsspec")
    except ImportError as error:
        raise InputError("--store needs fsspec", hint="pip install 'modelassay[store]'") from error
    protocol = url.partition("://")[0] if "://" in url else "file"
    try:
        files, root = fsspec.core.url_to_fs(url, **_OPTIONS.get(protocol, {}))
    except ImportError as error:
        raise InputError(
            f"{protocol}:// needs a package: {error}", path=url, hint="pip install what it names"
        ) from error
    except ValueError as error:
        hint = "give a folder, file:///folder, s3://bucket/folder or another address that fsspec knows"
        raise InputError(f"not a store: {error}", path=url, hint=hint) from error
    return files, str(root).rstrip("/")


def _protocols(files: Any) -> tuple[str, ...]:
    """The names under which fsspec knows a file system."""
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)


def _unpacked(packed: bytes) -> bytes:
    """Raises ValueError for what is broken, or larger than any object of ours."""
    try:
        content: bytes = zstandard.ZstdDecompressor().decompress(packed, max_output_size=_MOST)
    except zstandard.ZstdError as error:
        raise ValueError(f"cut short or broken: {error}") from error
    return content
