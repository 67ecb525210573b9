"""Files of JSON lines, plain or packed once, read a line at a time: they may be larger than the memory.

What is no such file (an archive, a table, one JSON document) is left to those who read whole files.
"""

import bz2
import gzip
import hashlib
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from modelassay.core.errors import InputError
from modelassay.sampling.precomputed.formats import ANSWER_KEYS, ID_KEYS
from modelassay.sources.json_lines import decode_text, parse_json, parse_object
from modelassay.sources.problems.tables import looks_like_csv

_LONGEST: Final = 64 << 20  # bytes of a first line; a longer one is a document
_PART: Final = 1 << 20  # bytes looked at together
_HEAD: Final = 512
_PACKED: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")


def _zstandard(path: Path) -> BinaryIO:
    import zstandard

    file = path.open("rb")
    reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True, closefd=True)
    return io.BufferedReader(reader)


def _plain(path: Path) -> BinaryIO:
    return path.open("rb")


_OPEN: Final[dict[bytes, Callable[[Path], Any]]] = {
    b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open, b"\x28\xb5\x2f\xfd": _zstandard,
}  # fmt: skip


class LineFile:
    """One such file; whoever iterates reads it anew, and gets each line that is a JSON object, with its number.

    name: without the ending of its packing. malformed: number → why a line that was read is none.
    """

    def __init__(self, path: Path, named: Path) -> None:
        """named: what messages name."""
        self.path, self._named = path, named
        self.malformed: dict[int, str] = {}
        with path.open("rb") as file:
            head = file.read(_HEAD)
        found = next((opened for magic, opened in _OPEN.items() if head.startswith(magic)), None)
        self.packed = found is not None
        self._open = found or _plain
        self.name = path.name.rpartition(".")[0] or path.name if self.packed else path.name

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Raises InputError where the file is no UTF-8 or cannot be unpacked."""
        with self._opened() as file:
            for number, line in enumerate(file, 1):
                text = self._text(line, number)
                if not text.strip():
                    continue
                try:
                    row = parse_object(text, self._named, number)
                except InputError as error:
                    self.malformed[number] = error.message
                else:
                    yield number, row

    @property
    def size(self) -> int:
        """Bytes of its content."""
        return sum(map(len, self.parts())) if self.packed else self.path.stat().st_size

    def parts(self) -> Iterator[bytes]:
        """Its content, a part at a time."""
        with self._opened() as file:
            while part := file.read(_PART):
                yield part

    def sha256(self) -> str:
        """The hash of its content."""
        digest = hashlib.sha256()
        for part in self.parts():
            digest.update(part)
        return digest.hexdigest()

    def is_lines(self, form: str | None) -> bool:
        """Whether it is JSON lines and nothing else: an object ends with the first line, and another line follows."""
        with self._opened() as file:
            line = file.readline(_LONGEST)
            if _is_other(line):
                return False
            first = text = self._text(line, number := 1)
            while line and not text.strip():
                line = file.readline(_LONGEST)
                text = self._text(line, number := number + 1)
            if form == "csv" or (form is None and looks_like_csv(first, self.name, [*ID_KEYS, *ANSWER_KEYS])):
                return False
            if not text.lstrip().startswith("{") or not line.endswith(b"\n"):
                return False
            try:
                parse_json(text)
            except (ValueError, RecursionError):
                return False
            return any(other.strip() for other in iter(lambda: file.readline(_LONGEST), b""))

    def _text(self, line: bytes, number: int) -> str:
        """A line as text. Raises InputError where it is no UTF-8."""
        try:
            return line.removesuffix(b"\n").decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            return decode_text(b"\n" * (number - 1) + line, self._named)  # which says so

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        """Raises InputError where what is read cannot be unpacked."""
        try:
            with self._open(self.path) as file:
                yield file
        except InputError:
            raise
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            kind = "gzip" if self._open is gzip.open else "packed file" if self.packed else "file"
            raise InputError(
                f"broken {kind}: {error}", path=self._named, hint="the file is truncated; fetch it again"
            ) from error


def _is_other(first: bytes) -> bool:
    """Whether a first line begins as an archive, a table or another packed file does."""
    return first.startswith((*_PACKED, b"PAR1")) or first[257:262] == b"ustar"


def line_file(path: Path, form: str | None, named: Path | None = None) -> LineFile | None:
    """The file, where it is one of JSON lines; None where it is anything else, or cannot be read. named: for messages."""
    if not path.is_file():  # a pipe can be read once only
        return None
    try:
        found = LineFile(path, named or path)
        good = not found.name.endswith(".py") and found.is_lines(form)
    except (OSError, InputError, ImportError):
        return None  # whoever reads it whole says why
    return found if good else None
