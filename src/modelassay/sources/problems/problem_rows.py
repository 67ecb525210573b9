"""The rows of a file of problems: JSON lines, one JSON array, an object that holds the rows, YAML, TOML, a table."""

import ast
import contextlib
import json
import re
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from modelassay.core.errors import InputError
from modelassay.sources.json_lines import decode_text, parse_json, parse_object, read_bytes
from modelassay.sources.problems.tables import csv_rows, looks_like_csv, parquet_rows

_PACKED: Final = {  # first bytes; gzip is unpacked where files are read
    "zip": b"PK\x03\x04", "xz": b"\xfd7zXZ\0", "bzip2": b"BZh", "zstd": b"\x28\xb5\x2f\xfd", "7z": b"7z\xbc\xaf\x27\x1c",
}  # fmt: skip
_COLUMNS: Final = (
    "task_id", "prompt", "entry_point", "test", "text", "test_list", "code", "canonical_solution", "inputs", "outputs",
)  # fmt: skip
_AT_LINE: Final = re.compile(r"at line (\d+)")  # in the words of tomllib
_FILLED: Final = re.compile(r"\S")
_KNOWN: Final = frozenset((*_COLUMNS, "question_content", "test_code", "input_output"))
_LISTS: Final = ("test_list", "test_imports", "inputs", "outputs")
_NUMBERS: Final = ("time_limit_seconds", "memory_limit_mb")
_DATES: Final = ("date", "contest_date")
_MILLISECONDS: Final = (
    10**11
)  # a smaller number would be a moment in the early seventies, and is another unit
_IDS: Final = ("task_id", "question_id", "problem_id", "id", "_id", "name")


def problem_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Every row of a file, as `rows_of`. Raises MissingError or InputError."""
    return rows_of(read_bytes(path), path)


def rows_of(content: bytes, path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Every row of a file's content, also of Parquet's, with its line, or with its place from 1 on. Raises InputError."""
    if content.startswith(b"PAR1"):
        return [(place, _cells(row)) for place, (_, row) in enumerate(parquet_rows(content, path), 1)]
    for kind, start in _PACKED.items():
        if content.startswith(start):
            raise InputError(
                f"packed as {kind}", path=path, hint="unpack it, and give the file of problems inside"
            )
    return rows_in(decode_text(content, path), path)


def rows_in(text: str, path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Every row with its line, or with its place in an array, from 1 on. Raises InputError."""
    if path.name.removesuffix(".gz").endswith((".yaml", ".yml")):
        import yaml

        try:
            documents = [d for d in yaml.safe_load_all(text) if d is not None]
            return _listed(documents if len(documents) > 1 else documents[0] if documents else [], path)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = None if mark is None else mark.line + 1
            said = getattr(error, "problem", None) or error
            raise InputError(f"not YAML: {said}", path=path, line=line, hint="fix that line") from error
    if path.name.removesuffix(".gz").endswith(".toml"):
        try:
            return _listed(tomllib.loads(text), path)
        except tomllib.TOMLDecodeError as error:
            found = _AT_LINE.search(str(error))
            line = int(found[1]) if found else None
            said = str(error).partition(" (at ")[0]
            raise InputError(f"not TOML: {said}", path=path, line=line, hint="fix that line") from error
    if looks_like_csv(text, path.name.removesuffix(".gz"), _COLUMNS):
        return [(line or 1, _cells(row)) for line, row in csv_rows(text)]
    if text.lstrip()[:1] == "[":
        return _listed(_parsed(text, path), path)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > 1 and lines[0][1].strip() == "{":  # one object over many lines
        return _listed(_parsed(text, path), path)
    rows = [(number, parse_object(line, path, number)) for number, line in lines]
    if len(rows) == 1 and (held := _inside(rows[0][1])) != [rows[0][1]]:
        return _listed(held, path)
    return rows


def with_id(row: dict[str, Any], path: Path, place: int) -> dict[str, Any]:
    """The row with a `task_id`: under another name in the row, or else the file's name and the row's place."""
    found = next((row[key] for key in _IDS if row.get(key) is not None), None)
    name = path.name.removesuffix(".gz").rpartition(".")[0] or path.name
    return {**row, "task_id": f"{name}/{place}" if found is None else found}


def row_date(row: dict[str, Any], path: Path, line: int) -> date | None:
    """When the row's problem was published, from its `date` or `contest_date`; None where it has neither.

    A day or a moment in ISO 8601, YAML's own dates, or LiveCodeBench's milliseconds since 1970 (UTC).
    Raises InputError for anything else.
    """
    key = next((key for key in _DATES if row.get(key) is not None), None)
    if key is None:
        return None
    value = row[key]
    try:
        if isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        if isinstance(value, str):
            return datetime.fromisoformat(value.strip()).date()
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= _MILLISECONDS:
            return datetime.fromtimestamp(value / 1000, UTC).date()
    except (ValueError, OverflowError, OSError):
        pass
    raise InputError(
        f"`{key}` is no date: {str(value)[:40]!r}", path=path, line=line, hint='write it as "2023-09-01"'
    )


def _parsed(text: str, path: Path) -> Any:
    try:
        return parse_json(text)
    except (ValueError, RecursionError) as error:
        if getattr(error, "msg", "") == "Extra data" and (several := _objects(text)):
            return several
        line = getattr(error, "lineno", None)
        raise InputError(f"not JSON: {error}", path=path, line=line, hint="fix the file") from error


def _listed(document: Any, path: Path) -> list[tuple[int, dict[str, Any]]]:
    if isinstance(document, dict):
        document = _inside(document)
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise InputError(
            "neither a list of problems nor one object per line",
            path=path,
            hint="write [[problems]] above each problem"
            if path.suffix == ".toml"
            else "write one object for each problem",
        )
    return list(enumerate(document, 1))


def _inside(document: dict[str, Any]) -> Any:
    """The rows of an object: under `problems`, under the one key that holds objects, under their ids; else it is a row itself."""
    if "problems" in document:
        return document["problems"]
    if document.keys() & _KNOWN:
        return [document]
    lists = [[_bare(r) for r in v] for v in document.values() if isinstance(v, list) and v]
    lists = [v for v in lists if all(isinstance(r, dict) and r.keys() & _KNOWN for r in v)]
    if len(lists) == 1:
        return lists[0]
    if document and all(isinstance(r, dict) and r.keys() & _KNOWN for r in document.values()):
        return [{"task_id": name, **row} for name, row in document.items()]
    return [document]


def _bare(row: Any) -> Any:
    """A row as the Hub's server of data sets wraps it."""
    return row["row"] if isinstance(row, dict) and isinstance(row.get("row"), dict) else row


def _objects(text: str) -> list[Any]:
    """The objects of a text that holds one behind the other, over any number of lines; [] where it holds anything else."""
    decoder, found, at = json.JSONDecoder(), [], 0
    try:
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            found.append(value)
            following = _FILLED.search(text, at)
            at = following.start() if following else len(text)
    except (ValueError, RecursionError):
        return []
    return found


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a table: empty cells hold nothing, and lists and numbers are written as texts there."""
    found = {key: value for key, value in row.items() if value not in (None, "")}
    for key in _LISTS:
        if isinstance(value := found.get(key), str) and value.lstrip()[:1] in ("[", "("):
            for read in (json.loads, ast.literal_eval):
                with contextlib.suppress(ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
                    found[key] = [*read(value)]
                    break
    for key in _NUMBERS:
        if isinstance(value := found.get(key), str):
            with contextlib.suppress(ValueError):
                found[key] = float(value)
    return found
