"""Rows that were measured elsewhere: CSV with one row per workload.

Columns: model, device, engine, dtype, batch, input_tokens, output_tokens, and ttft_seconds, tpot_seconds, or
total_seconds for all of a batch. A row may lack two of the last three, not all.
"""

import csv
import io
import math
from pathlib import Path
from typing import Final

from modelassay.core.errors import InputError
from modelassay.core.records import Record

NEEDED: Final = ("model", "device", "engine", "batch", "input_tokens", "output_tokens")
SEEN: Final = ("ttft_seconds", "tpot_seconds", "total_seconds")


class SpeedRow(Record):
    """One row as it was written. Seconds that the row lacks are `None`; line is its 1-based line in the file."""

    line: int
    model: str
    device: str
    engine: str
    dtype: str
    batch: int
    input_tokens: int
    output_tokens: int
    ttft_seconds: float | None
    tpot_seconds: float | None
    total_seconds: float | None


def read_rows(text: str, path: Path | None = None) -> list[SpeedRow]:
    """The rows of a CSV file. Raises InputError naming file, line and column."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        return _rows(reader, path)
    except csv.Error as error:
        raise InputError(
            f"not CSV: {error}",
            path=path,
            line=max(reader.line_num, 1),
            hint="save it as comma-separated text",
        ) from error


def _rows(reader: "csv.DictReader[str]", path: Path | None) -> list[SpeedRow]:
    columns = reader.fieldnames or []
    lacking = [name for name in NEEDED if name not in columns]
    if lacking or not set(SEEN) & set(columns):
        what = ", ".join(lacking) if lacking else " or ".join(SEEN)
        raise InputError(
            f"no column {what}", path=path, line=1, hint=f"columns: {', '.join((*NEEDED, 'dtype', *SEEN))}"
        )
    return [_row(reader.line_num, fields, path) for fields in reader]


def _row(line: int, fields: dict[str, str | None], path: Path | None) -> SpeedRow:
    numbers = {name: _number(fields, name, line, path) for name in ("batch", "input_tokens", "output_tokens")}
    seconds = {name: _number(fields, name, line, path, optional=True) for name in SEEN}
    for name, value in numbers.items():
        if value is None or value < 1 or value != int(value):
            raise InputError(f"{name} is {fields[name]!r}, not a whole number", path=path, line=line)
    if all(value is None for value in seconds.values()):
        raise InputError("no time in this row", path=path, line=line, hint=f"give one of {', '.join(SEEN)}")
    batch, inputs, outputs = (int(value or 0) for value in numbers.values())
    ttft, tpot, total = seconds.values()
    return SpeedRow(
        line=line, model=(fields["model"] or "").strip(), device=(fields["device"] or "").strip().lower(),
        engine=(fields["engine"] or "").strip(), dtype=(fields.get("dtype") or "bf16").strip().lower(),
        batch=batch, input_tokens=inputs, output_tokens=outputs,
        ttft_seconds=ttft, tpot_seconds=tpot, total_seconds=total,
    )  # fmt: skip


def _number(
    fields: dict[str, str | None], name: str, line: int, path: Path | None, *, optional: bool = False
) -> float | None:
    text = (fields.get(name) or "").strip()
    if not text and optional:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value > 0 and math.isfinite(value)):
        raise InputError(f"{name} is {text!r}, not a positive number", path=path, line=line)
    return value
