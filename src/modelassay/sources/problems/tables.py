"""Samples and problems in tables: CSV and TSV with a header, and Parquet where pyarrow is installed."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from modelassay.core.errors import InputError

Row = tuple[int | None, dict[str, Any]]
_LONGEST_CELL: Final = 1 << 30


def looks_like_csv(text: str, name: str, columns: Sequence[str]) -> bool:
    """By its name, or by a first line that names columns we know."""
    if name.endswith((".csv", ".tsv")):
        return True
    head = text.partition("\n")[0]
    if head[:1] in "{[":
        return False
    names = {cell.strip().strip('"') for cell in head.replace("\t", ",").split(",")}
    return len(names & set(columns)) >= 2


def csv_rows(text: str) -> list[Row]:
    """(line at which it ends, row) of each; empty cells of an answer stay empty texts."""
    csv.field_size_limit(_LONGEST_CELL)
    head = text.partition("\n")[0]
    delimiter = max(",\t;", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [(reader.line_num, {k.strip(): v for k, v in row.items() if isinstance(k, str)}) for row in reader]


def parquet_rows(data: bytes, path: Path) -> list[Row]:
    """The rows of a Parquet file. Raises InputError where it cannot be read here."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise InputError(
            "a Parquet file", path=path, hint="pip install pyarrow, or write it as JSON lines"
        ) from error
    try:
        rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(data)).to_pylist()
    except ArrowException as error:
        raise InputError(f"broken Parquet: {error}", path=path, hint="fetch it again") from error
    return [(None, row) for row in rows]
