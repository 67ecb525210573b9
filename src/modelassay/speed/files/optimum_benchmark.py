"""optimum-benchmark: benchmark_report.json with benchmark_config.json beside it, or benchmark.json with both."""

from collections.abc import Iterator
from typing import Any

from modelassay.core.speed_records import Quantiles, SpeedMeasurement
from modelassay.speed.files.claims import FileSource, SpeedClaim, dtype, inside, number, text


def recognises(data: object) -> bool:
    """Whether it has the latencies of a generation."""
    report = inside(data, "report") or data
    return inside(report, "prefill", "latency") is not None or inside(report, "decode", "latency") is not None


def read(data: Any, about: FileSource) -> Iterator[SpeedClaim]:
    """data: the report, or {"config", "report"}; a report alone knows neither model nor lengths."""
    report, config = inside(data, "report") or data, inside(data, "config")
    new = number(inside(config, "scenario", "generate_kwargs", "max_new_tokens"))
    first, decode = (_seconds(report, part) for part in ("prefill", "decode"))
    per_token = _seconds(report, "per_token")
    if per_token is None and decode is not None and new is not None and new > 1:
        per_token = decode / (new - 1)  # the first token is prefill's
    gpus = inside(config, "environment", "gpu")
    yield SpeedClaim(
        **about._asdict(), locator="report", engine="transformers" if text(inside(config, "backend", "name")) == "pytorch" else
        text(inside(config, "backend", "name")), statistic="mean",
        version=text(inside(config, "environment", "optimum_benchmark_version")) or "",
        model=text(inside(config, "backend", "model")), dtype=dtype(inside(config, "backend", "torch_dtype")),
        device=text(gpus[0]) if isinstance(gpus, list) and gpus else text(inside(config, "environment", "cpu")),
        batch=number(inside(config, "scenario", "input_shapes", "batch_size")),
        input_tokens=number(inside(config, "scenario", "input_shapes", "sequence_length")), output_tokens=new,
        ttft_seconds=first, tpot_seconds=per_token,
        total_seconds=first + decode if first is not None and decode is not None else None,
    )  # fmt: skip


def _seconds(report: object, part: str) -> float | None:
    latency = inside(report, part, "latency")
    scale = {"s": 1.0, "ms": 1e-3}.get(str(inside(latency, "unit") or "s"), 1.0)
    return number(inside(latency, "mean"), scale)


def write(row: SpeedMeasurement) -> dict[str, Any]:
    """Report and configuration in one, as benchmark.json. decode: from the first token to the last sample's last one."""
    further = max(row.all_samples_seconds.mean - row.ttft_seconds.mean, 0.0)
    report = {"prefill": {"latency": _latency(row.ttft_seconds)}}
    if further:
        report["decode"] = {"latency": {"unit": "s", "count": row.all_samples_seconds.count, "mean": further}}
    if row.tpot_seconds is not None:
        report["per_token"] = {"latency": _latency(row.tpot_seconds)}
    return {
        "config": {
            "backend": {
                "name": "pytorch" if row.backend == "transformers" else row.backend,
                "model": row.model,
                "torch_dtype": row.dtype,
            },
            "scenario": {
                "input_shapes": {"batch_size": row.n, "sequence_length": round(row.prompt_tokens.mean)},
                "generate_kwargs": {"max_new_tokens": round(row.completion_tokens.mean)},
            },
            "environment": {**row.machine, "cpu": row.machine.get("processor", "")}
            | ({} if row.device == "cpu" else {"gpu": [row.device]}),
        },
        "report": report,
    }


def _latency(it: Quantiles) -> dict[str, Any]:
    return {
        "unit": "s", "count": it.count, "mean": it.mean, "p50": it.p50, "p90": it.p90, "p99": it.p99,
        "stdev": it.stdev or 0.0,
    }  # fmt: skip
