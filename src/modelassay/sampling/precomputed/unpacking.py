"""What is in a packed file: zip, tar, gzip, bzip2, xz and Zstandard, known by their first bytes, since names may lie.

In memory, and nothing is written: names inside an archive lead nowhere.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelassay.core.errors import InputError
from modelassay.sources.json_lines import raw_bytes

MOST_BYTES: Final = 8 << 30  # unpacked; what is larger is no file of samples
_ZSTANDARD: Final = 93  # zip's number for it, which Python's zipfile does not know before 3.14
_LOCAL_HEADER: Final = 30


@dataclass(frozen=True)
class Member:
    """One file: its name, inside of an archive with its folders, and its content."""

    name: str
    data: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    def parts(self) -> list[bytes]:
        """Its content, as one part."""
        return [self.data]


def members(path: Path) -> list[Member]:
    """The file, unpacked, or the files of an archive, in its order. Raises MissingError or InputError."""
    return _members(Member(path.name, raw_bytes(path)), path, depth=3)


def _members(file: Member, path: Path, depth: int) -> list[Member]:
    data = file.data
    if data.startswith(b"PK\x03\x04"):
        return [m for inner in _of_zip(data, path) for m in _inner(inner, path, depth)]
    unpacked = _unpacked(data, path)
    if unpacked is not None:
        if depth == 0:
            raise InputError("packed too many times", path=path, hint="unpack it, and give the file inside")
        return _members(Member(file.name.rpartition(".")[0] or file.name, unpacked), path, depth - 1)
    if len(data) > 262 and data[257:262] == b"ustar":
        return [m for inner in _of_tar(data, path) for m in _inner(inner, path, depth)]
    return [file]


def _inner(file: Member, path: Path, depth: int) -> list[Member]:
    """A packed file inside of an archive (MultiPL-E's .json.gz) counts as what is in it."""
    return _members(file, path, depth - 1) if depth > 0 and not file.data.startswith(b"PK") else [file]


def _unpacked(data: bytes, path: Path) -> bytes | None:
    """The content of a packed file; None where it is not packed."""
    try:
        if data.startswith(b"\x1f\x8b"):
            return gzip.decompress(data)
        if data.startswith(b"BZh"):
            return bz2.decompress(data)
        if data.startswith(b"\xfd7zXZ\x00"):
            return lzma.decompress(data)
        if data.startswith(b"\x28\xb5\x2f\xfd"):
            return zstandard(data, path)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        kind = "gzip" if data.startswith(b"\x1f\x8b") else "packed file"
        raise InputError(
            f"broken {kind}: {error}", path=path, hint="the file is truncated; fetch it again"
        ) from error
    return None


def zstandard(data: bytes, path: Path) -> bytes:
    """Zstandard's frames, with or without their size. Raises InputError."""
    try:
        import zstandard as library
    except ImportError as error:
        raise InputError(
            "packed with Zstandard", path=path, hint="pip install zstandard, or unpack it first"
        ) from error
    try:
        with library.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True) as reader:
            return bytes(reader.read())
    except library.ZstdError as error:
        raise InputError(
            f"broken Zstandard: {error}", path=path, hint="the file is truncated; fetch it again"
        ) from error


def _of_zip(data: bytes, path: Path) -> list[Member]:
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir() and not _hidden(e.filename)]
            _check_size(sum(e.file_size for e in entries), path)
            for entry in entries:
                if entry.flag_bits & 1:
                    raise InputError("packed with a password", path=path, hint="unpack it first")
                content = (
                    _zip_raw(data, entry, path) if entry.compress_type == _ZSTANDARD else archive.read(entry)
                )
                found.append(Member(entry.filename, content))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        raise InputError(
            f"broken zip file: {error}", path=path, hint="unpack it first, or fetch it again"
        ) from error
    return found


def _zip_raw(data: bytes, entry: zipfile.ZipInfo, path: Path) -> bytes:
    """An entry that is packed with Zstandard, as Inspect's logs are since version 0.3.2xx."""
    at = entry.header_offset
    names = int.from_bytes(data[at + 26 : at + 28], "little") + int.from_bytes(
        data[at + 28 : at + 30], "little"
    )
    start = at + _LOCAL_HEADER + names
    return zstandard(data[start : start + entry.compress_size], path)


def _of_tar(data: bytes, path: Path) -> list[Member]:
    found = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            entries = [e for e in archive.getmembers() if e.isreg() and not _hidden(e.name)]
            _check_size(sum(e.size for e in entries), path)
            for entry in entries:
                file = archive.extractfile(entry)
                found.append(Member(entry.name.removeprefix("./"), file.read() if file else b""))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InputError(
            f"broken tar file: {error}", path=path, hint="unpack it first, or fetch it again"
        ) from error
    return found


def _check_size(size: int, path: Path) -> None:
    if size > MOST_BYTES:
        raise InputError(
            f"{size >> 30} GiB when unpacked", path=path, hint="give the file with the samples alone"
        )


def _hidden(name: str) -> bool:
    """What systems add to archives and nobody means."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith((".", "~"))
