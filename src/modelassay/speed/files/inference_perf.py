"""inference-perf (kubernetes-sigs): summary_lifecycle_metrics.json and stage_N_lifecycle_metrics.json, in seconds."""

from collections.abc import Iterator
from typing import Any

from modelassay.core.speed_records import Quantiles, SpeedMeasurement
from modelassay.speed.files.claims import FileSource, SpeedClaim, inside, number


def recognises(data: object) -> bool:
    """Whether it has the latencies of successes."""
    return inside(data, "successes", "latency", "request_latency") is not None


def read(data: Any, about: FileSource) -> Iterator[SpeedClaim]:
    """about: tool, file and sha256 of the claims. The file names no model and no number of requests at once."""
    done = data["successes"]
    per_token = inside(done, "latency", "time_per_output_token", "median") or inside(
        done, "latency", "inter_token_latency", "median"
    )
    yield SpeedClaim(
        **about._asdict(), locator="successes", requests=inside(done, "count"),
        batch=number(inside(data, "load_summary", "concurrency")),
        input_tokens=number(inside(done, "prompt_len", "mean")), output_tokens=number(inside(done, "output_len", "mean")),
        ttft_seconds=number(inside(done, "latency", "time_to_first_token", "median")), tpot_seconds=number(per_token),
        tokens_per_second=number(inside(done, "throughput", "output_tokens_per_sec")),
        samples_per_second=number(inside(done, "throughput", "requests_per_sec")),
    )  # fmt: skip


def write(row: SpeedMeasurement) -> dict[str, Any]:
    """Statistics over all passes, throughput of the median pass."""
    latency = {
        "request_latency": _summary(row.all_samples_seconds),
        "time_to_first_token": _summary(row.ttft_seconds),
    }
    if row.tpot_seconds is not None:
        latency["time_per_output_token"] = _summary(row.tpot_seconds)
    return {
        "load_summary": {"count": row.problems * row.n, "concurrency": row.concurrency or row.n},
        "successes": {
            "count": row.problems * row.n,
            "latency": latency,
            "throughput": {
                "output_tokens_per_sec": row.tokens_per_second.value,
                "requests_per_sec": row.samples_per_second.value,
            },
            "prompt_len": _summary(row.prompt_tokens),
            "output_len": _summary(row.completion_tokens),
        },
        "failures": {"count": 0},
    }


def _summary(it: Quantiles) -> dict[str, float]:
    return {
        "mean": it.mean, "min": it.minimum, "max": it.maximum, "median": it.p50, "p90": it.p90, "p99": it.p99,
    }  # fmt: skip
