"""The rows of a file of problems: JSON lines, one JSON array, an object with `problems`, or YAML."""

from pathlib import Path
from typing import Any, Final

import yaml

from modelassay.core.errors import InputError
from modelassay.sources.json_lines import decode_text, parse_json, parse_object, read_bytes

_IDS: Final = ("task_id", "question_id", "problem_id", "id", "name")


def problem_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Every row with its line, or with its place in an array, from 1 on. Raises MissingError or InputError."""
    text = decode_text(read_bytes(path), path)
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
