"""`vllm bench serve` (and SGLang's, of the same keys), `throughput` and `latency`.

`serve` asks any server, so it does not say which engine answered.
"""

from collections.abc import Iterator
from typing import Any

from modelassay.core.speed_records import SpeedMeasurement
from modelassay.speed.files.claims import FileSource, SpeedClaim, inside, number, text


def recognises(data: object) -> bool:
    """Whether a JSON value is one of the three."""
    return isinstance(data, dict) and any(
        keys <= data.keys()
        for keys in (
            {"completed", "total_output_tokens", "mean_ttft_ms"},
            {"elapsed_time", "num_requests", "tokens_per_second"},
            {"avg_latency", "latencies"},
        )
    )


def read(data: Any, about: FileSource) -> Iterator[SpeedClaim]:
    """about: tool, file and sha256 of the claims."""
    if "mean_ttft_ms" in data:
        yield _serve(data, about)
    elif "elapsed_time" in data:
        # total_num_tokens counts prompts and answers together, so neither length is known.
        yield SpeedClaim(
            **about._asdict(), locator="throughput", engine="vllm", batch=number(data.get("num_requests")),
            requests=_whole(data.get("num_requests")), total_seconds=number(data.get("elapsed_time")),
            samples_per_second=number(data.get("requests_per_second")),
        )  # fmt: skip
    else:
        yield SpeedClaim(
            **about._asdict(), locator="latency", engine="vllm", statistic="mean",
            requests=len(data["latencies"]) if isinstance(data["latencies"], list) else None,
            total_seconds=number(data.get("avg_latency")),
        )  # fmt: skip


def _serve(data: Any, about: FileSource) -> SpeedClaim:
    done = number(data.get("completed"))
    each = None if done is None else 1 / done
    which = "median" if number(data.get("median_ttft_ms")) or number(data.get("median_tpot_ms")) else "mean"
    return SpeedClaim(
        **about._asdict(), locator="serve", model=text(data.get("model_id")), statistic=which,
        batch=_at_once(data, done), requests=_whole(done),
        input_tokens=number(data.get("total_input_tokens"), each or 0) if each else None,
        output_tokens=number(data.get("total_output_tokens"), each or 0) if each else None,
        ttft_seconds=number(data.get(f"{which}_ttft_ms"), 1e-3),
        tpot_seconds=number(data.get(f"{which}_tpot_ms"), 1e-3),
        tokens_per_second=number(data.get("output_throughput")),
        samples_per_second=number(data.get("request_throughput")),
    )  # fmt: skip


def _at_once(data: Any, done: float | None) -> float | None:
    """As many as were allowed, else the mean by Little's law: requests per second times seconds per request."""
    allowed = number(data.get("max_concurrency"))
    if allowed is not None:
        return min(allowed, done) if done else allowed
    seconds, each = number(data.get("duration")), number(data.get("mean_e2el_ms"), 1e-3)
    if done is None or seconds is None or each is None:
        return number(data.get("max_concurrent_requests"))
    return done / seconds * each


def _whole(value: object) -> int | None:
    found = number(value)
    return None if found is None else round(found)


def write_serve(row: SpeedMeasurement) -> dict[str, Any]:
    """One pass over the problems as a result of `serve`: its median, with percentiles over all passes."""
    requests = row.problems * row.n
    told: dict[str, Any] = {
        "date": row.when, "model_id": row.model, "num_prompts": requests, "request_rate": "inf",
        "max_concurrency": row.concurrency or row.n, "duration": row.pass_seconds.value, "completed": requests,
        "failed": 0, "total_input_tokens": round(row.prompt_tokens.mean * requests),
        "total_output_tokens": round(row.completion_tokens.mean * requests),
        "request_throughput": row.samples_per_second.value, "output_throughput": row.tokens_per_second.value,
    }  # fmt: skip
    for name, it in (("ttft", row.ttft_seconds), ("tpot", row.tpot_seconds)):
        if it is not None:
            told |= {
                f"mean_{name}_ms": 1e3 * it.mean, f"median_{name}_ms": 1e3 * it.p50,
                f"std_{name}_ms": 1e3 * (it.stdev or 0.0), f"p99_{name}_ms": 1e3 * it.p99,
            }  # fmt: skip
    return told | inside_assay(row)


def write_throughput(row: SpeedMeasurement) -> dict[str, Any]:
    """One pass, the median of all."""
    requests = row.problems * row.n
    tokens = round((row.prompt_tokens.mean + row.completion_tokens.mean) * requests)
    return {
        "elapsed_time": row.pass_seconds.value, "num_requests": requests, "total_num_tokens": tokens,
        "requests_per_second": row.samples_per_second.value, "tokens_per_second": tokens / row.pass_seconds.value,
    } | inside_assay(row)  # fmt: skip


def write_latency(row: SpeedMeasurement) -> dict[str, Any]:
    """Of a problem with all its samples."""
    it = row.all_samples_seconds
    return {
        "avg_latency": it.mean, "latencies": [it.minimum, it.p50, it.p90, it.p99, it.maximum],
        "percentiles": {"50": it.p50, "90": it.p90, "99": it.p99},
    } | inside_assay(row)  # fmt: skip


def inside_assay(row: SpeedMeasurement) -> dict[str, Any]:
    """What these formats have no place for, under a key of our own."""
    return {
        "modelassay": {
            "device": row.device, "dtype": row.dtype, "timed_from": row.timed_from, "n": row.n,
            "backend": row.backend, "settled": row.settled, "dummy_weights": row.dummy_weights,
        }
    }  # fmt: skip


def device_inside(data: object) -> tuple[str | None, str | None]:
    """Device and dtype, where the file is one of ours."""
    return text(inside(data, "modelassay", "device")), text(inside(data, "modelassay", "dtype"))
