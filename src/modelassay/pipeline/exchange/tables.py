"""Samples with their grades, and scores with their intervals, as tables: CSV and Parquet."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

from modelassay.core.errors import InputError
from modelassay.pipeline.exchange.exported_run import ExportedRun

# Name → type in Parquet.
_RUN_COLUMNS: Final[dict[str, str]] = {
    "run": "string", "model": "string", "revision": "string", "benchmark": "string", "benchmark_version": "string",
    "protocol": "string", "temperature": "double", "top_p": "double", "seed": "int64",
}  # fmt: skip
# One row per sample and suite; a sample without a grade has one row with an empty suite.
SAMPLE_COLUMNS: Final[dict[str, str]] = {
    **_RUN_COLUMNS, "problem": "string",
    "sample": "int64", "suite": "string", "outcome": "string", "passed": "bool", "detail": "string",
    "run_seconds": "double", "finish_reason": "string", "prompt_tokens": "int64", "completion_tokens": "int64",
    "extraction": "string", "text": "string", "program": "string",
}  # fmt: skip
SCORE_COLUMNS: Final[dict[str, str]] = {
    **_RUN_COLUMNS, "suite": "string", "k": "int64",
    "value": "double", "low": "double", "high": "double", "level": "double", "method": "string", "target": "string",
    "problems": "int64", "samples_per_problem": "int64", "ungraded": "int64", "left_out": "int64",
}  # fmt: skip
Row = dict[str, Any]


def sample_rows(runs: Sequence[ExportedRun]) -> Iterator[list[Row]]:
    """The rows of one problem at a time. Unknown is empty, never 0."""
    for run in runs:
        of_run = run_row(run)
        for problem, samples in run.by_problem():
            rows: list[Row] = []
            for sample in samples:
                c = sample.completion
                row = {
                    **of_run, "problem": problem.id, "sample": c.index, "finish_reason": c.finish_reason,
                    "prompt_tokens": c.prompt_tokens, "completion_tokens": c.completion_tokens, "text": c.text,
                    "program": sample.program or None,
                }  # fmt: skip
                rows += [
                    {
                        **row, "suite": name, "outcome": g.outcome, "passed": g.outcome == "passed",
                        "detail": g.detail, "run_seconds": g.run_seconds, "extraction": g.extraction,
                    }
                    for name, g in sample.grades.items()
                ] or [row]  # fmt: skip
            yield rows


def score_rows(runs: Sequence[ExportedRun]) -> Iterator[list[Row]]:
    """One row per run, suite and k; scores are shares of 1."""
    for run in runs:
        of_run = run_row(run)
        yield [
            {
                **of_run, "suite": e.suite, "k": e.k, "value": e.value, "low": e.interval.low, "high": e.interval.high,
                "level": e.interval.level, "method": e.interval.method, "target": e.interval.target,
                "problems": e.problems, "samples_per_problem": e.samples_per_problem, "ungraded": e.ungraded,
                "left_out": e.left_out,
            }
            for e in run.estimates
        ]  # fmt: skip


def run_row(run: ExportedRun) -> Row:
    """What identifies a run: the first columns of its rows."""
    plan = run.manifest.plan
    return {
        "run": run.folder.root.resolve().name, "model": run.model, "revision": plan.revision or None,
        "benchmark": plan.benchmark, "benchmark_version": plan.benchmark_version, "protocol": plan.protocol,
        "temperature": plan.decoding.temperature if plan.decoding else None,
        "top_p": plan.decoding.top_p if plan.decoding else None, "seed": plan.seed,
    }  # fmt: skip


def csv_parts(columns: dict[str, str], parts: Iterator[list[Row]]) -> Iterator[bytes]:
    """A header and the rows, by RFC 4180 with quotes where a text needs them."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns), lineterminator="\r\n")
    writer.writeheader()
    for rows in parts:
        writer.writerows(rows)
        yield text.getvalue().encode("utf-8", "replace")
        text.seek(0)
        text.truncate()


def parquet_bytes(columns: dict[str, str], parts: Iterator[list[Row]]) -> bytes:
    """One Parquet file. Raises InputError where pyarrow is not installed."""
    sink = io.BytesIO()
    write_parquet(sink, columns, parts)
    return sink.getvalue()


def write_parquet(sink: IO[bytes], columns: dict[str, str], parts: Iterator[list[Row]]) -> None:
    """The rows as Parquet, some thousand in memory at a time. Raises InputError where pyarrow is not installed."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            "Parquet needs pyarrow", hint="pip install 'modelassay[parquet]', or --to csv"
        ) from error
    types = {
        "string": pyarrow.string(), "double": pyarrow.float64(), "int64": pyarrow.int64(), "bool": pyarrow.bool_()
    }  # fmt: skip
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        held: list[Row] = []
        for rows in parts:
            held += [{name: _storable(row.get(name)) for name in columns} for row in rows]
            if len(held) >= 4096:
                writer.write_table(pyarrow.Table.from_pylist(held, schema=schema))
                held = []
        if held:
            writer.write_table(pyarrow.Table.from_pylist(held, schema=schema))


def _storable(value: Any) -> Any:
    """Text that UTF-8 can carry."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
