"""Records as JSON lines: strict to read, whole or absent when written, resumable when appended.

Two ways to write. `write_records` replaces a file at once: a reader sees the old or the new, never half.
`Journal` appends: a kill can tear only the last line, which the next opening cuts off and reports.
Read here is all of a file, or one record after another; what leaves them on disk is `stored_records.py`.

What a command puts in the place of something else is kept once, under the same name with `.bak`: `keep` and `set_aside`.
"""

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

import msgspec

from modelassay.core.encoding import encode_json
from modelassay.core.errors import InputError, StorageError
from modelassay.core.records import Record

R = TypeVar("R", bound=Record)
_PART: Final = 1 << 16  # bytes looked at together


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One process at a time; another one waits. The lock dies with its process. Raises StorageError."""
    with disk(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("wb")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into a StorageError that names the file and the remedy."""
    try:
        yield
    except OSError as error:
        hint = {
            errno.ENOSPC: "free some space and run the same command again; what is done is kept",
            errno.EDQUOT: "your quota is used up; free some space and run the same command again",
            errno.EFBIG: "files may not be as large as this here; `ulimit -f unlimited` before the command",
            errno.EROFS: "the file system is read-only; choose another --workdir",
            errno.EACCES: "no permission; choose another --workdir",
            errno.EPERM: "no permission; choose another --workdir",
        }.get(error.errno or 0)
        if hint is None:
            raise
        raise StorageError(f"cannot write: {error.strerror}", path=path, hint=hint) from error


def write_bytes(path: Path, data: bytes, *, keep: bool = False) -> None:
    """Write a whole file or nothing: to a neighbour first, then renamed over. Raises StorageError.

    keep: what stood there stays as `.bak`, if it was something else.
    """
    write_parts(path, [data], keep=keep)


def write_parts(path: Path, parts: Iterable[bytes], *, keep: bool = False) -> None:
    """`write_bytes` of these one after the other, which need not fit into memory together."""
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        try:
            with partial.open("wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            if keep and path.is_file() and not _equal(path, partial):
                _back_up(path)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def check_writable(folder: Path) -> None:
    """Raises StorageError where nothing can be written into a folder, before anything takes time."""
    probe = folder / ".writable"
    write_bytes(probe, b"\n")
    probe.unlink(missing_ok=True)


def backup_of(path: Path) -> Path:
    """Where what stood at a path is kept."""
    return path.with_name(f"{path.name}.bak")


def set_aside(path: Path) -> bool:
    """Rename a file to its backup, in the place of an earlier one; whether there was one. Raises StorageError."""
    if not path.exists():
        return False
    with disk(path):
        path.replace(backup_of(path))
    return True


def _equal(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes."""
    with one.open("rb") as first, other.open("rb") as second:
        if os.fstat(first.fileno()).st_size != os.fstat(second.fileno()).st_size:
            return False
        return all(part == second.read(_PART) for part in iter(lambda: first.read(_PART), b""))


def _back_up(path: Path) -> None:
    """A second name for a file, so that it is there under one of the two at any moment; a copy where there are no links."""
    beside = path.with_name(f".{path.name}.backup")
    beside.unlink(missing_ok=True)
    try:
        os.link(path, beside)
    except OSError:
        shutil.copyfile(path, beside)
    beside.replace(backup_of(path))


def write_text(path: Path, text: str, *, keep: bool = False) -> None:
    """`write_bytes` of UTF-8; lone surrogates from hostile text become `?`."""
    write_bytes(path, text.encode("utf-8", errors="replace"), keep=keep)


def encode_line(record: Record) -> bytes:
    """One record as one JSON line with its newline; lone surrogates from hostile text become U+FFFD."""
    return encode_json(record) + b"\n"


def write_records(path: Path, records: Iterable[Record], *, keep: bool = False) -> None:
    """Replace `path` with the records, one JSON line each; keep: see `write_bytes`. Raises StorageError."""
    write_parts(path, map(encode_line, records), keep=keep)


def read_records(path: Path, kind: type[R], *, remedy: str = "") -> list[R]:
    """Every record of a file; [] when it does not exist.

    Raises InputError with file and line for a line that is not such a record.
    """
    return list(iter_records(path, kind, remedy=remedy))


def iter_records(path: Path, kind: type[R], *, remedy: str = "") -> Iterator[R]:
    """As `read_records`, one at a time."""
    if path.exists():
        with path.open("rb") as file:
            for _, _, record in records_in(file, path, kind, remedy):
                yield record


def records_in(
    file: Iterable[bytes], path: Path, kind: type[R], remedy: str = ""
) -> Iterator[tuple[int, int, R]]:
    """(where its line begins, the line's length, the record) of each; a last line that a kill has torn is none."""
    decoder, start = msgspec.json.Decoder(kind), 0
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                record = _decode(decoder, line, path, number, remedy)
            except InputError:
                if line.endswith(b"\n"):
                    raise
                return
            yield start, len(line), record
        start += len(line)


def _decode(decoder: msgspec.json.Decoder[R], line: bytes, path: Path, number: int, remedy: str) -> R:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = remedy or "delete that line, or the file, and run the same command again to remake it"
        raise InputError(f"broken record: {error}", path=path, line=number, hint=hint) from error


class Journal(Generic[R]):
    """An append-only file of records that survives kill -9.

    Opening looks at what is there, cuts a torn last line off (`torn` says so) and refuses a broken line
    elsewhere. `append` writes its records in one write and reaches the kernel before it returns, so a
    killed process loses at most the batch it was writing. lines: how many records there are. read_next: whoever opens it
    then reads every record, so that here lines are only counted.
    """

    def __init__(self, path: Path, kind: type[R], *, read_next: bool = False) -> None:
        self.path = path
        self.kind = kind
        self.torn = False
        self._read_next = read_next
        self.lines = 0

    def __enter__(self) -> Self:
        with disk(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.torn = self._mend()
            self.lines = self._count()
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
        batch = [encode_line(r) for r in records]
        data = memoryview(b"".join(batch))
        with disk(self.path):
            size = os.fstat(self._descriptor).st_size
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                os.ftruncate(self._descriptor, size)
                raise
        self.lines += len(batch)

    def _count(self) -> int:
        """How many records there are. Raises InputError for a line that is none, where lines are looked at."""
        if not self._read_next:
            return sum(1 for _ in iter_records(self.path, self.kind))
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            return sum(not line.isspace() for line in file)

    def _mend(self) -> bool:
        """Cut off a last line without its newline; True when there was one."""
        if not self.path.exists():
            return False
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            end = size
            while end:
                begin = max(0, end - _PART)
                file.seek(begin)
                found = file.read(end - begin).rfind(b"\n")
                if found >= 0:
                    end = begin + found + 1
                    break
                end = begin
        if end < size:
            os.truncate(self.path, end)
        return end < size
