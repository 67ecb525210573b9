"""Records as JSON lines: strict to read, whole or absent when written, resumable when appended.

Two ways to write. `write_records` replaces a file at once: a reader sees the old or the new, never half.
`Journal` appends: a kill can tear only the last line, which the next opening cuts off and reports.
"""

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec

from modelassay.core.encoding import encode_json
from modelassay.core.errors import InputError, StorageError
from modelassay.core.records import Record

R = TypeVar("R", bound=Record)


@contextlib.contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into a StorageError that names the file and the remedy."""
    try:
        yield
    except OSError as error:
        hint = {
            errno.ENOSPC: "free some space and run the same command again; what is done is kept",
            errno.EDQUOT: "your quota is used up; free some space and run the same command again",
            errno.EROFS: "the file system is read-only; choose another --workdir",
            errno.EACCES: "no permission; choose another --workdir",
            errno.EPERM: "no permission; choose another --workdir",
        }.get(error.errno or 0)
        if hint is None:
            raise
        raise StorageError(f"cannot write: {error.strerror}", path=path, hint=hint) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file or nothing: to a neighbour first, then renamed over. Raises StorageError."""
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def write_text(path: Path, text: str) -> None:
    """`write_bytes` of UTF-8; lone surrogates from hostile text become `?`."""
    write_bytes(path, text.encode("utf-8", errors="replace"))


def encode_line(record: Record) -> bytes:
    """One record as one JSON line with its newline; lone surrogates from hostile text become U+FFFD."""
    return encode_json(record) + b"\n"


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Replace `path` with the records, one JSON line each. Raises StorageError."""
    write_bytes(path, b"".join(encode_line(r) for r in records))


def read_records(path: Path, kind: type[R], *, remedy: str = "") -> list[R]:
    """Every record of a file; [] when it does not exist.

    Raises InputError with file and line for a line that is not such a record.
    """
    if not path.exists():
        return []
    decoder = msgspec.json.Decoder(kind)
    return [
        _decode(decoder, line, path, number, remedy)
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1)
        if line.strip()
    ]


def _decode(decoder: msgspec.json.Decoder[R], line: bytes, path: Path, number: int, remedy: str) -> R:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = remedy or "delete that line, or the file, and run the same verb again to remake it"
        raise InputError(f"broken record: {error}", path=path, line=number, hint=hint) from error


class Journal(Generic[R]):
    """An append-only file of records that survives kill -9.

    Opening reads what is there, cuts a torn last line off (`torn` says so) and refuses a broken line
    elsewhere. `append` writes its records in one write and reaches the kernel before it returns, so a
    killed process loses at most the batch it was writing.
    """

    def __init__(self, path: Path, kind: type[R]) -> None:
        self.path = path
        self.kind = kind
        self.torn = False
        self.records: list[R] = []

    def __enter__(self) -> Self:
        with disk(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.torn = self._mend()
            self.records = read_records(self.path, self.kind)
            self._descriptor = os.open(
                self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def append(self, records: Iterable[R]) -> None:
        """Add records at the end. Raises StorageError; then none of them counts and the file is whole."""
        batch = list(records)
        data = memoryview(b"".join(encode_line(r) for r in batch))
        with disk(self.path):
            size = os.fstat(self._descriptor).st_size
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                os.ftruncate(self._descriptor, size)
                raise
        self.records.extend(batch)

    def _mend(self) -> bool:
        """Cut off a last line without its newline; True when there was one."""
        if not self.path.exists():
            return False
        data = self.path.read_bytes()
        if not data or data.endswith(b"\n"):
            return False
        os.truncate(self.path, data.rfind(b"\n") + 1)
        return True
