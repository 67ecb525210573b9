"""What kind of file a document is, so that its corrected copy is still one of that kind.

Prose takes footnotes and a notice. A table file, JSON and a notebook take other digits in the same places and nothing
more; where the result no longer parses as what it was, there is no copy.
"""

import csv
import io
import json
from pathlib import PurePath
from typing import Literal

Form = Literal["prose", "csv", "tsv", "json", "pdf"]
_SUFFIXES: dict[str, Form] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".ipynb": "json",
    ".jsonl": "json",
}
_ROWS = 3  # lines with the same number of commas before a nameless text is taken for a table


def form_of(text: str, name: str) -> Form:
    """The form of a document: by its file's ending, else by its text."""
    found = _SUFFIXES.get(PurePath(name).suffix.lower())
    if found is not None:
        return found
    if text.lstrip()[:1] in ("{", "[") and _parses_as_json(text):
        return "json"
    return "csv" if PurePath(name).suffix == "" and _looks_like_csv(text) else "prose"


def still_parses(form: Form, before: str, after: str) -> bool:
    """Whether the copy is still a file of its kind: JSON, or a table with as many fields in every row."""
    if form == "json":
        return _parses_as_json(after) or not _parses_as_json(before)
    delimiter = "\t" if form == "tsv" else ","
    return form == "prose" or _widths(before, delimiter) == _widths(after, delimiter)


def _parses_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        return len(lines) > 1 and all(_is_json_line(line) for line in lines)
    return True


def _is_json_line(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _looks_like_csv(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    commas = {line.count(",") for line in lines}
    return (
        len(lines) >= _ROWS
        and len(commas) == 1
        and commas.pop() >= 2
        and not text.lstrip().startswith(("|", "#", "<"))
    )


def _widths(text: str, delimiter: str) -> list[int]:
    return [len(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
