"""What speed benchmarks write, as rows to calibrate with: `vllm bench serve` (and SGLang's, of the same keys), GuideLLM.

Neither says on which device and in which dtype the model ran: the caller does. Requests in flight are the batch: as many as
were allowed at once, else their mean by Little's law (requests per second times seconds per request).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from modelassay.core.errors import InputError
from modelassay.speed.measured_rows import SpeedRow

KNOWN: Final = "known: CSV of rows, JSON of `vllm bench serve`, GuideLLM's benchmarks.json"
_SERVE: Final = frozenset(
    ("completed", "duration", "total_input_tokens", "total_output_tokens", "mean_ttft_ms")
)


def looks_like_json(text: str) -> bool:
    """Whether a file is one of these rather than CSV."""
    return text.lstrip()[:1] in ("{", "[")


def read_benchmark(text: str, path: Path, *, device: str, engine: str, dtype: str) -> list[SpeedRow]:
    """The rows of a file. device, engine, dtype: where the model ran, which the file does not say.

    Raises InputError naming the file for JSON of another form, or one from which no row follows.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f"not JSON: {error}", path=path, hint=KNOWN) from error
    where = {"device": device, "engine": engine, "dtype": dtype}
    if isinstance(content, dict) and content.keys() >= _SERVE:
        return [_served(content, path, where)]
    if isinstance(content, dict) and isinstance(content.get("benchmarks"), list):
        return [_guided(entry, content, path, where) for entry in content["benchmarks"]]
    if isinstance(content, dict) and {"elapsed_time", "total_num_tokens"} <= content.keys():
        raise InputError(
            "a result of `vllm bench throughput`, which does not say how many tokens were prompt", path=path,
            hint="measure with `vllm bench serve --save-result`",
        )  # fmt: skip
    if isinstance(content, dict) and {"avg_latency", "latencies"} <= content.keys():
        raise InputError(
            "a result of `vllm bench latency`, which does not say batch and lengths", path=path,
            hint="write them into a CSV row with total_seconds, or measure with `vllm bench serve --save-result`",
        )  # fmt: skip
    raise InputError("no benchmark result that is known", path=path, hint=KNOWN)


def _served(content: Mapping[str, Any], path: Path, where: Mapping[str, str]) -> SpeedRow:
    done = _positive(content, "completed", path)
    allowed = content.get("max_concurrency")
    per_second = done / _positive(content, "duration", path)
    if isinstance(allowed, int) and allowed > 0:
        batch = float(min(allowed, done))
    else:
        batch = per_second * _positive(content, "mean_e2el_ms", path) / 1000
    return _row(
        where, model=str(content.get("model_id") or ""), batch=batch,
        inputs=_positive(content, "total_input_tokens", path) / done,
        outputs=_positive(content, "total_output_tokens", path) / done,
        ttft=_positive(content, "mean_ttft_ms", path) / 1000, tpot=_positive(content, "mean_tpot_ms", path) / 1000,
    )  # fmt: skip


def _guided(
    entry: Mapping[str, Any], content: Mapping[str, Any], path: Path, where: Mapping[str, str]
) -> SpeedRow:
    """One benchmark of GuideLLM's. Its time per output token counts the first one in; between tokens it is not."""
    metrics = entry.get("metrics") if isinstance(entry, Mapping) else None
    if not isinstance(metrics, Mapping):
        raise InputError("a benchmark without metrics", path=path, hint=KNOWN)

    def mean(name: str) -> float:
        told = metrics.get(name)
        of_done = told.get("successful") if isinstance(told, Mapping) else None
        return _positive(
            of_done if isinstance(of_done, Mapping) else {}, "mean", path, f"{name}.successful.mean"
        )

    config = content.get("config")
    model = config.get("model") if isinstance(config, Mapping) else None
    return _row(
        where, model=str(model or ""), batch=mean("requests_per_second") * mean("request_latency"),
        inputs=mean("prompt_token_count"), outputs=mean("output_token_count"),
        ttft=mean("time_to_first_token_ms") / 1000, tpot=mean("inter_token_latency_ms") / 1000,
    )  # fmt: skip


def _row(
    where: Mapping[str, str], *, model: str, batch: float, inputs: float, outputs: float, ttft: float, tpot: float
) -> SpeedRow:  # fmt: skip
    return SpeedRow(
        line=1, model=model, **where, batch=max(1, round(batch)), input_tokens=max(1, round(inputs)),
        output_tokens=max(1, round(outputs)), ttft_seconds=ttft, tpot_seconds=tpot, total_seconds=None,
    )  # fmt: skip


def _positive(content: Mapping[str, Any], key: str, path: Path, name: str = "") -> float:
    value = content.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf"):
        return float(value)
    raise InputError(f"{name or key} is {value!r}, not a positive number", path=path, hint=KNOWN)
