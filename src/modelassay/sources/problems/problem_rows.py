"""The rows of a file of problems: JSON lines, one JSON array, an object with `problems`, or YAML."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from modelassay.core.errors import InputError
from modelassay.sources.json_lines import decode_text, parse_json, parse_object, read_bytes

_DATES: Final = ("date", "contest_date")
_MILLISECONDS: Final = (
    10**11
)  # a smaller number would be a moment in the early seventies, and is another unit
_IDS: Final = ("task_id", "question_id", "problem_id", "id", "_id", "name")


def problem_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Every row of a file, as `rows_in`. Raises MissingError or InputError."""
    return rows_in(decode_text(read_bytes(path), path), path)


def rows_in(text: str, path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Every row with its line, or with its place in an array, from 1 on. Raises InputError."""
    if path.name.removesuffix(".gz").endswith((".yaml", ".yml")):
        try:
            return _listed(yaml.safe_load(text), path)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = None if mark is None else mark.line + 1
            raise InputError(f"not YAML: {error}", path=path, line=line, hint="fix that line") from error
    if text.lstrip()[:1] == "[":
        return _listed(_parsed(text, path), path)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > 1 and lines[0][1].strip() == "{":  # one object over many lines
        return _listed(_parsed(text, path), path)
    return [(number, parse_object(line, path, number)) for number, line in lines]


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
        line = getattr(error, "lineno", None)
        raise InputError(f"not JSON: {error}", path=path, line=line, hint="fix the file") from error


def _listed(document: Any, path: Path) -> list[tuple[int, dict[str, Any]]]:
    if isinstance(document, dict):
        document = document.get("problems", [document])
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise InputError(
            "neither a list of problems nor one object per line",
            path=path,
            hint="write one object for each problem",
        )
    return list(enumerate(document, 1))
