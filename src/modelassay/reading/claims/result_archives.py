"""Collections and files of results: LiveCodeBench's performances, Every Eval Ever records, the Papers with Code archive."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, Final

from msgspec.structs import replace as with_fields

from modelassay.core.published import Protocol
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.harness_summaries import read_summary
from modelassay.reading.claims.json_rows import JsonRows, Path, share_of

_EVAL_EVER: Final = frozenset(("schema_version", "model_info", "evaluation_results"))


def read_archive(text: str, data: Any, draft: ClaimsDraft) -> bool:
    """File the claims of one of these collections; False when it is none of them."""
    if (
        isinstance(data, dict)
        and isinstance(data.get("performances"), list)
        and isinstance(data.get("models"), list)
    ):
        _read_livecodebench(JsonRows(text, data, draft))
        return True
    records = data if isinstance(data, list) else [data]
    if records and all(isinstance(r, dict) and r.keys() >= _EVAL_EVER for r in records):
        rows = JsonRows(text, data, draft)
        for path in rows.rows() if isinstance(data, list) else [()]:
            _read_eval_ever(path, rows)
        return True
    if records and all(
        isinstance(r, dict) and isinstance(r.get("datasets"), list) and "task" in r for r in records
    ):
        rows = JsonRows(text, data, draft)
        for path in rows.rows() if isinstance(data, list) else [()]:
            _read_task(path, rows)
        return True
    return read_summary(text, data, draft)


def _read_livecodebench(rows: JsonRows) -> None:
    """A model's score is the mean over the problems of the file, as the board shows it: to one decimal, in percent.

    Problems stand in the file once for each model; the window is that of the problems' dates. `release_date` there is
    the day from which a model's problems count as unseen, not the day of its release, and is not read.
    """
    shares: dict[str, list[float]] = defaultdict(list)
    dates: dict[str, list[float]] = defaultdict(list)
    for row in rows.data["performances"]:
        value = row.get("pass@1") if isinstance(row, dict) else None
        if isinstance(value, int | float):
            shares[str(row.get("model"))].append(float(value))
            dates[str(row.get("model"))].append(float(row.get("date") or 0))
    for path in rows.rows("models"):
        shown = rows.text(*path, "model_repr")
        found = shares.get(shown)
        if not found:
            continue
        owner = rows.owner(rows.text(*path, "model_name") or shown, rows.text(*path, "link"))
        mean = round(sum(found) / len(found), 1)
        protocol = Protocol(
            benchmark="livecodebench",
            version=_window(dates[shown]),
            problems=len(found),
            harness="livecodebench",
            written=f"mean over the {len(found)} problems of the file",
        )
        rows.add(
            (*path, "model_repr"), "score", owner, written=f"{mean:.1f}", value=round(mean / 100, 10),
            protocol=protocol, metric="pass@1",
        )  # fmt: skip


def _window(milliseconds: list[float]) -> str:
    """ "2023-05–2024-03", from times in milliseconds since 1970."""
    ends = [
        datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m")
        for at in (min(milliseconds), max(milliseconds))
    ]
    return "–".join(dict.fromkeys(ends))


def _read_eval_ever(at: Path, rows: JsonRows) -> None:
    """An Every Eval Ever record: one model, any number of results with their metric and settings."""
    terms = rows.draft.terms
    owner = rows.owner(rows.text(*at, "model_info", "id") or rows.text(*at, "model_info", "name"))
    harness = rows.text(*at, "eval_library", "name")
    for result in rows.rows(*at, "evaluation_results"):
        names = [rows.text(*result, "evaluation_name"), rows.text(*result, "source_data", "dataset_name")]
        benchmark = next(filter(None, map(terms.benchmark, names)), None)
        unit = rows.text(*result, "metric_config", "metric_unit")
        highest = rows.get(*result, "metric_config", "max_score")
        percent = True if unit == "percent" or highest == 100 else False if highest == 1 else None
        share = share_of(rows.get(*result, "score_details", "score"), percent=percent)
        place = (*result, "score_details", "score")
        if benchmark is None or share is None:
            rows.skip(place, "a result of a benchmark that is not known")
            continue
        told = rows.draft.terms.metrics(
            f"{rows.text(*result, 'metric_config', 'metric_name')} {rows.text(*result, 'metric_config', 'metric_id')}"
        )
        protocol = with_fields(
            terms.protocol(benchmark, names[0]),
            temperature=_number(rows.get(*result, "generation_config", "generation_args", "temperature")),
            harness=harness if harness and harness != "unknown" else None,
        )
        rows.add(
            place, "score", owner, value=share, protocol=protocol, metric=told[0].name if told else "pass@1"
        )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _read_task(at: Path, rows: JsonRows) -> None:
    """One task of the Papers with Code archive: its data sets, their tables, and the tasks below it."""
    terms = rows.draft.terms
    for dataset in rows.rows(*at, "datasets"):
        benchmark = terms.benchmark(rows.text(*dataset, "dataset"))
        for row in rows.rows(*dataset, "sota", "rows"):
            owner = rows.owner(rows.text(*row, "model_name"))
            metrics = rows.get(*row, "metrics")
            for name, value in metrics.items() if isinstance(metrics, dict) else ():
                told = terms.metrics(str(name))
                share = share_of(value, percent=True)
                if benchmark is None or not told or share is None:
                    rows.skip((*row, "metrics", name), "a result of a benchmark or metric that is not known")
                    continue
                rows.add(
                    (*row, "metrics", name), "score", owner, value=share,
                    protocol=terms.protocol(benchmark, rows.text(*row, "model_name")), metric=told[0].name,
                )  # fmt: skip
    for below in rows.rows(*at, "subtasks"):
        _read_task(below, rows)
