"""JSON lines of others: packed or not, with a line number for every row and integers of any length."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modelassay.core.errors import InputError, MissingError

_LONG_DIGITS = re.compile(r"\d{4000}")
_CHUNK = 4000  # below CPython's smallest default limit of 4300 digits per conversion


def read_bytes(path: Path) -> bytes:
    """The content of a file, unpacked when it is gzip by its first bytes (names may lie).

    Raises MissingError when there is no such file, InputError when it cannot be read or unpacked.
    """
    return unpacked(raw_bytes(path), path)


def raw_bytes(path: Path) -> bytes:
    """The content of a file as it lies there. Raises MissingError when there is no such file, InputError when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MissingError("no such file", path=path, hint="check the path") from error
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", path=path, hint="check the file") from error


def unpacked(data: bytes, path: Path | None = None) -> bytes:
    """`data`, gunzipped if it is gzip. Raises InputError naming `path` when it is cut short or broken."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"broken gzip: {error}", path=path, hint="the file is truncated; fetch it again"
        ) from error


def decode_text(data: bytes, path: Path) -> str:
    """UTF-8 text, with or without a byte order mark. Raises InputError with the line of the bad byte."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            "not UTF-8 text", path=path, line=line, hint="save the file as UTF-8 and try again"
        ) from error


def parse_json(text: str) -> Any:
    """`json.loads` that also takes integers beyond the interpreter's digit limit, without lifting the limit.

    Raises ValueError (json.JSONDecodeError) and RecursionError as `json.loads` does.
    """
    if _LONG_DIGITS.search(text):
        return json.loads(text, parse_int=parse_integer)
    return json.loads(text)


def parse_integer(digits: str) -> int:
    """An integer of any length. Long ones are put together from two halves, so no global limit is touched."""
    if len(digits) <= _CHUNK:
        return int(digits)
    sign, digits = (-1, digits[1:]) if digits.startswith("-") else (1, digits)
    return sign * _join(digits)


def _join(digits: str) -> int:
    if len(digits) <= _CHUNK:
        return int(digits)
    low = len(digits) // 2
    scale: int = 10**low
    return _join(digits[:-low]) * scale + _join(digits[-low:])


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(line number, line) of every line that is not blank. Lines end at `\\n` only: U+2028 is text."""
    yield from lines_of(decode_text(read_bytes(path), path))


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """`numbered_lines` of a text that is already read."""
    yield from ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def parse_object(line: str, path: Path, number: int) -> dict[str, Any]:
    """One line as a JSON object. Raises InputError with file and line."""
    try:
        row = parse_json(line)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"not a JSON object: {error}", path=path, line=number, hint="fix or delete that line"
        ) from error
    if not isinstance(row, dict):
        raise InputError(
            f"a JSON object is expected, here is {type(row).__name__}",
            path=path,
            line=number,
            hint="write one object per line",
        )
    return row


def read_objects(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Every object of a JSON-lines file with its line number. Raises InputError with file and line."""
    return [(number, parse_object(line, path, number)) for number, line in numbered_lines(path)]
