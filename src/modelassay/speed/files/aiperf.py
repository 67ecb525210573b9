"""AIPerf's profile_export_aiperf.json, one metric per key with its unit and statistics, and its single requests."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, median
from typing import Any, Final

from modelassay.core.speed_records import Quantiles, SpeedMeasurement
from modelassay.speed.files.claims import FileSource, SpeedClaim, inside, number, text

_SECONDS: Final = {"ms": 1e-3, "us": 1e-6, "ns": 1e-9, "sec": 1.0, "s": 1.0}


def recognises(data: object) -> bool:
    """Whether it has AIPerf's metrics of requests with units."""
    return isinstance(data, dict) and isinstance(inside(data, "request_throughput", "unit"), str)


def read(data: Any, about: FileSource) -> Iterator[SpeedClaim]:
    """about: tool, file and sha256 of the claims."""
    yield SpeedClaim(
        **about._asdict(), locator="the whole file", version=text(data.get("aiperf_version")) or "",
        model=text(inside(data, "input_config", "endpoint", "model_names", 0)), statistic="p50",
        batch=number(inside(data, "input_config", "loadgen", "concurrency")),
        requests=inside(data, "request_count", "avg") and round(data["request_count"]["avg"]),
        input_tokens=number(inside(data, "input_sequence_length", "avg")),
        output_tokens=number(inside(data, "output_sequence_length", "avg")),
        ttft_seconds=_time(data, "time_to_first_token"), tpot_seconds=_time(data, "inter_token_latency"),
        tokens_per_second=number(inside(data, "output_token_throughput", "avg")),
        samples_per_second=number(inside(data, "request_throughput", "avg")),
    )  # fmt: skip


def _time(data: object, name: str) -> float | None:
    scale = _SECONDS.get(str(inside(data, name, "unit")))
    return None if scale is None else number(inside(data, name, "p50"), scale)


def recognises_requests(data: object) -> bool:
    """Whether these are the lines of its profile_export.jsonl: metrics with units, one request each."""
    return isinstance(data, list) and bool(data) and all(
        isinstance(row, dict) and isinstance(row.get("metrics"), dict) and inside(row, "metadata", "request_start_ns")
        for row in data
    )  # fmt: skip


def read_requests(data: Any, about: FileSource) -> Iterator[SpeedClaim]:
    """One claim about all requests that ended without an error; warm-up and cancelled ones are left out."""
    done = [row for row in data if _is_done(row)]
    if not done:
        return
    first = min(row["metadata"]["request_start_ns"] for row in done)
    last = max(row["metadata"]["request_end_ns"] for row in done)
    seconds = (last - first) / 1e9
    latencies = _times(done, "request_latency")
    outputs = _numbers(done, "output_sequence_length") or _numbers(done, "output_token_count")
    inputs = _numbers(done, "input_sequence_length")
    ttft, itl = _times(done, "time_to_first_token"), _times(done, "inter_token_latency")
    yield SpeedClaim(
        **about._asdict(), locator=f"{len(done)} of {len(data)} requests", statistic="median", requests=len(done),
        batch=sum(latencies) / seconds if latencies and seconds > 0 else None,  # Little's law
        input_tokens=fmean(inputs) if inputs else None, output_tokens=fmean(outputs) if outputs else None,
        ttft_seconds=median(ttft) if ttft else None, tpot_seconds=median(itl) if itl else None,
        tokens_per_second=sum(outputs) / seconds if outputs and seconds > 0 else None,
        samples_per_second=len(done) / seconds if seconds > 0 else None,
    )  # fmt: skip


def _is_done(row: Mapping[str, Any]) -> bool:
    about = row["metadata"]
    return (
        row.get("error") is None
        and not about.get("was_cancelled")
        and about.get("benchmark_phase", "profiling") == "profiling"
        and all(isinstance(about.get(name), int) for name in ("request_start_ns", "request_end_ns"))
    )


def _numbers(rows: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    found = (number(inside(row, "metrics", name, "value")) for row in rows)
    return [value for value in found if value is not None]


def _times(rows: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    found = (
        number(inside(row, "metrics", name, "value"), _SECONDS[unit])
        for row in rows
        if (unit := str(inside(row, "metrics", name, "unit"))) in _SECONDS
    )
    return [value for value in found if value is not None]


def write(row: SpeedMeasurement) -> dict[str, Any]:
    """Statistics over all passes; throughput is that of the median pass."""
    requests = row.problems * row.n
    told: dict[str, Any] = {
        "request_throughput": {"unit": "requests/sec", "avg": row.samples_per_second.value},
        "request_count": {"unit": "requests", "avg": requests},
        "output_token_throughput": {"unit": "tokens/sec", "avg": row.tokens_per_second.value},
        "output_sequence_length": _statistics(row.completion_tokens, "tokens"),
        "input_sequence_length": _statistics(row.prompt_tokens, "tokens"),
        "time_to_first_token": _statistics(row.ttft_seconds, "ms"),
        "input_config": {
            "endpoint": {"model_names": [row.model]},
            "loadgen": {"concurrency": row.concurrency or row.n},
        },
    }
    if row.tpot_seconds is not None:
        told["inter_token_latency"] = _statistics(row.tpot_seconds, "ms")
    return told


def _statistics(it: Quantiles, unit: str) -> dict[str, Any]:
    scale = 1e3 if unit == "ms" else 1.0
    values = {
        "avg": it.mean, "min": it.minimum, "max": it.maximum, "p50": it.p50, "p90": it.p90, "p99": it.p99,
        "std": it.stdev or 0.0,
    }  # fmt: skip
    return {"unit": unit, **{name: scale * value for name, value in values.items()}}
