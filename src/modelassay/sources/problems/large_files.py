"""JSON lines of large files, read a line at a time and hashed on the way, so that a file is never in memory beside its problems."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

from modelassay.core.errors import InputError
from modelassay.sources.json_lines import decode_text, parse_object

LARGE_BYTES: Final = 4 << 20  # as it lies there; smaller files are read at once
_PACKED: Final = b"\x1f\x8b"
_MARK: Final = b"\xef\xbb\xbf"


class LargeRows:
    """The rows of one file. sha256: of its content unpacked, once they have been read to the end."""

    def __init__(self, path: Path, *, packed: bool) -> None:
        self._path, self._packed = path, packed
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every row with its line, one at a time. Raises InputError with file and line."""
        try:
            with _opened(self._path, packed=self._packed) as file:
                for number, line in enumerate(file, 1):
                    self._hash.update(line)
                    if line.strip():
                        yield number, self._row(line, number)
                    del line
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            hint = "the file is truncated; fetch it again"
            raise InputError(f"broken gzip: {error}", path=self._path, hint=hint) from error

    def _row(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            text = decode_text(line, self._path)
        except InputError as error:
            raise InputError(error.message, path=self._path, line=number, hint=error.hint) from error
        return parse_object(text, self._path, number)


def large_rows(path: Path) -> LargeRows | None:
    """The rows of a large file of JSON lines; None for a small file, or one of another form."""
    try:
        if path.stat().st_size < LARGE_BYTES or path.name.removesuffix(".gz").endswith((".yaml", ".yml")):
            return None
        with path.open("rb") as file:
            packed = file.read(2) == _PACKED
        with _opened(path, packed=packed) as opened:
            start = opened.read(64).removeprefix(_MARK).lstrip()
    except (OSError, EOFError, zlib.error):  # whoever reads it whole says what is wrong with it
        return None
    # A row on a line of its own, not an array, nor one object over many lines.
    return (
        LargeRows(path, packed=packed)
        if start[:1] == b"{" and start[1:].lstrip(b" \t\r")[:1] != b"\n"
        else None
    )


def _opened(path: Path, *, packed: bool) -> gzip.GzipFile | BufferedReader:
    return gzip.open(path, "rb") if packed else path.open("rb")
