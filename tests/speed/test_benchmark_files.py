"""Result files of speed benchmarks as rows to calibrate with."""

import json
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import InputError
from modelassay.speed.benchmark_files import read_benchmark
from modelassay.speed.measured_rows import SpeedRow

SERVE = {
    "model_id": "acme/tiny-1b", "backend": "openai", "max_concurrency": 8, "duration": 10.0, "completed": 80,
    "total_input_tokens": 16000, "total_output_tokens": 20000, "mean_ttft_ms": 40.0, "mean_tpot_ms": 12.5,
}  # fmt: skip
GUIDED = {
    "config": {"model": "acme/tiny-1b"},
    "benchmarks": [
        {
            "metrics": {
                name: {"successful": {"mean": value}}
                for name, value in {
                    "requests_per_second": 2.0, "request_latency": 3.0, "prompt_token_count": 200.0,
                    "output_token_count": 250.4, "time_to_first_token_ms": 50.0, "inter_token_latency_ms": 11.0,
                    "time_per_output_token_ms": 11.2,
                }.items()
            }
        }
    ],
}  # fmt: skip


def read(content: object) -> list[SpeedRow]:
    return read_benchmark(json.dumps(content), Path("b.json"), device="l4", engine="vllm", dtype="bf16")


def test_a_served_benchmark_is_one_row() -> None:
    """Requests allowed at once are the batch, lengths are means, milliseconds become seconds."""
    (row,) = read(SERVE)
    assert (row.model, row.device, row.batch, row.input_tokens, row.output_tokens) == (
        "acme/tiny-1b",
        "l4",
        8,
        200,
        250,
    )
    assert (row.ttft_seconds, row.tpot_seconds) == (0.04, 0.0125)


def test_without_a_limit_the_batch_is_the_mean_in_flight() -> None:
    """Eight requests a second of half a second each: four in flight."""
    (row,) = read({**SERVE, "max_concurrency": None, "mean_e2el_ms": 500.0})
    assert row.batch == 4


def test_guidellm_has_a_row_per_benchmark() -> None:
    """The time between tokens, not that per token, which counts the first one in."""
    (row,) = read(GUIDED)
    assert (row.batch, row.input_tokens, row.output_tokens) == (6, 200, 250)
    assert (row.ttft_seconds, row.tpot_seconds) == (0.05, 0.011)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            {"elapsed_time": 41.2, "num_requests": 164, "total_num_tokens": 812345},
            "how many tokens were prompt",
        ),
        ({"avg_latency": 1.0, "latencies": [1.0], "percentiles": {}}, "does not say batch and lengths"),
        ({"anything": 1}, "no benchmark result that is known — known: CSV of rows"),
        ({**SERVE, "mean_ttft_ms": 0}, "mean_ttft_ms is 0, not a positive number"),
        ({"benchmarks": [{"metrics": {}}]}, "requests_per_second.successful.mean is None"),
    ],
)
def test_what_gives_no_row_is_refused(content: dict[str, Any], said: str) -> None:
    """In one line, with the reason and what would do."""
    with pytest.raises(InputError) as caught:
        read(content)
    assert said in str(caught.value)
