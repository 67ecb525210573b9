"""GuideLLM's benchmarks.json: one claim per benchmark, of its successful requests."""

from collections.abc import Iterator
from typing import Any

from modelassay.speed.files.claims import FileSource, SpeedClaim, inside, number, text


def recognises(data: object) -> bool:
    """Whether it is a list of benchmarks with metrics of requests."""
    first = inside(data, "benchmarks", 0, "metrics")
    return isinstance(first, dict) and "time_to_first_token_ms" in first


def read(data: Any, about: FileSource) -> Iterator[SpeedClaim]:
    """about: tool, file and sha256 of the claims."""
    for place, benchmark in enumerate(data["benchmarks"]):
        metrics = inside(benchmark, "metrics")

        def of(name: str, which: str = "", within: object = metrics) -> float | None:
            told = inside(within, name, "successful")
            if which:
                return number(inside(told, which))
            return number(inside(told, "median")) or number(inside(told, "mean"))

        yield SpeedClaim(
            **about._asdict(), locator=f"benchmarks[{place}]", version=text(inside(data, "metadata", "guidellm_version")) or "",
            model=_model(data, benchmark), statistic="median",
            batch=_at_once(of("request_concurrency", "mean"), of("requests_per_second", "mean"), of("request_latency", "mean")),
            requests=inside(metrics, "request_totals", "successful"),
            input_tokens=of("prompt_token_count", "mean"), output_tokens=of("output_token_count", "mean"),
            ttft_seconds=number(of("time_to_first_token_ms"), 1e-3),
            # time_per_output_token_ms shares the first token's time among all tokens; this one leaves it out.
            tpot_seconds=number(of("inter_token_latency_ms"), 1e-3),
            tokens_per_second=of("output_tokens_per_second", "mean"),
            samples_per_second=of("requests_per_second", "mean"),
        )  # fmt: skip


def _at_once(told: float | None, per_second: float | None, seconds: float | None) -> float | None:
    """As it says, else the mean by Little's law."""
    if told is not None or per_second is None or seconds is None:
        return told
    return per_second * seconds


def _model(data: object, benchmark: object) -> str | None:
    places = (
        (data, ("args", "model")),
        (data, ("config", "model")),
        (benchmark, ("config", "backend", "model")),
        (benchmark, ("worker", "backend_model")),
    )
    return next((found for where, keys in places if (found := text(inside(where, *keys)))), None)
