"""Speeds in other tools' files: what each says in our units, and a round trip of what is written."""

import json
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import InputError
from modelassay.core.speed_records import NOT_REPORTED, Circumstances, Energy, MachineState, SpeedMeasurement
from modelassay.sampling.timeline import Pass, ProblemTimes
from modelassay.speed.files.claims import Assumed, SpeedClaim, as_row
from modelassay.speed.files.formats import WRITERS, read_speed_file, written_as
from modelassay.speed.measurement import measurement

ASSUMED = Assumed(model="asked", device="a100-80", engine="vllm", dtype="bf16")


def read(data: Any, beside: Any = None) -> list[SpeedClaim]:
    neighbour = None if beside is None else json.dumps(beside).encode()
    return read_speed_file(json.dumps(data).encode(), Path("f.json"), lambda name: neighbour)


SERVE = {
    "model_id": "acme/m", "max_concurrency": 16, "duration": 10.0, "completed": 40, "total_input_tokens": 4000,
    "total_output_tokens": 8000, "request_throughput": 4.0, "output_throughput": 800.0,
    "mean_ttft_ms": 60.0, "median_ttft_ms": 50.0, "mean_tpot_ms": 12.0, "median_tpot_ms": 10.0,
}  # fmt: skip


def test_vllm_bench_serve() -> None:
    """Milliseconds become seconds, totals become means per request."""
    (claim,) = read(SERVE)

    assert (claim.tool, claim.model, claim.engine, claim.batch) == ("vllm bench", "acme/m", None, 16)
    assert (claim.input_tokens, claim.output_tokens) == (100, 200)
    assert [claim.ttft_seconds, claim.tpot_seconds] == pytest.approx([0.05, 0.01])
    row = as_row(claim, ASSUMED)
    assert (row.model, row.device, row.batch, row.input_tokens) == ("acme/m", "a100-80", 16, 100)


def test_requests_at_once_by_littles_law() -> None:
    """Four requests a second of half a second each are two at once, where no limit was set."""
    (claim,) = read({**SERVE, "max_concurrency": None, "mean_e2el_ms": 500.0})

    assert claim.batch == pytest.approx(2)


def test_vllm_bench_throughput_makes_no_row() -> None:
    """Its tokens are those of prompts and answers together: a claim, but no workload that a fit could use."""
    (claim,) = read(
        {"elapsed_time": 41.2, "num_requests": 164, "total_num_tokens": 812345, "requests_per_second": 3.98, "tokens_per_second": 19717.1}
    )  # fmt: skip

    assert (claim.total_seconds, claim.samples_per_second, claim.tokens_per_second) == (41.2, 3.98, None)
    with pytest.raises(InputError, match="nothing of input_tokens, output_tokens"):
        as_row(claim, ASSUMED)


def test_guidellm() -> None:
    """One claim per benchmark; the time per token after the first is the one between tokens."""

    def of(median: float) -> dict[str, Any]:
        return {"successful": {"mean": median + 1, "median": median}}

    metrics = {
        "request_totals": {"successful": 30}, "time_to_first_token_ms": of(40), "inter_token_latency_ms": of(8),
        "time_per_output_token_ms": of(9), "prompt_token_count": of(99), "output_token_count": of(49),
        "request_concurrency": of(3), "output_tokens_per_second": of(500), "requests_per_second": of(9),
    }  # fmt: skip
    data = {
        "metadata": {"guidellm_version": "0.5"},
        "args": {"model": "m"},
        "benchmarks": [{"metrics": metrics}] * 2,
    }
    first, second = read(data)

    assert (first.locator, second.locator) == ("benchmarks[0]", "benchmarks[1]")
    assert (first.model, first.version, first.batch, first.requests) == ("m", "0.5", 4, 30)
    assert [first.ttft_seconds, first.tpot_seconds] == pytest.approx([0.04, 0.008])


def test_aiperf_takes_its_units() -> None:
    (claim,) = read(
        {
            "request_throughput": {"unit": "requests/sec", "avg": 2.5}, "request_count": {"avg": 10},
            "time_to_first_token": {"unit": "us", "p50": 30000.0}, "inter_token_latency": {"unit": "ms", "p50": 5.0},
            "input_sequence_length": {"unit": "tokens", "avg": 100}, "output_sequence_length": {"avg": 50},
            "input_config": {"endpoint": {"model_names": ["m"]}, "loadgen": {"concurrency": 8}},
        }
    )  # fmt: skip

    assert [claim.ttft_seconds, claim.tpot_seconds] == pytest.approx([0.03, 0.005])
    assert (claim.model, claim.batch, claim.requests) == ("m", 8, 10)


def request(number: int, start: float, seconds: float, **more: Any) -> dict[str, Any]:
    """One of AIPerf's records, with times in seconds from the beginning of the run."""
    return {
        "metadata": {
            "session_num": number, "request_start_ns": int(start * 1e9), "request_end_ns": int((start + seconds) * 1e9),
            "benchmark_phase": "profiling", "was_cancelled": False,
        },
        "metrics": {
            "input_sequence_length": {"value": 100, "unit": "tokens"}, "output_sequence_length": {"value": 50, "unit": "tokens"},
            "request_latency": {"value": seconds * 1e3, "unit": "ms"}, "time_to_first_token": {"value": 30.0, "unit": "ms"},
            "inter_token_latency": {"value": 5000.0, "unit": "us"},
        },
        "error": None,
    } | more  # fmt: skip


def test_aiperf_single_requests() -> None:
    """Lines of profile_export.jsonl are one workload; what failed and what warmed up is left out of it."""
    failed = {"metrics": {"error_isl": {"value": 9, "unit": "tokens"}}, "error": {"code": 499}}
    rows = [request(0, 1.0, 2.0), request(1, 2.0, 2.0), request(2, 9.0, 9.0, **failed)]
    rows.append(request(3, 0.5, 0.1))
    rows[-1]["metadata"]["benchmark_phase"] = "warmup"
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    (claim,) = read_speed_file(content, Path("profile_export.jsonl"), lambda name: None)

    assert (claim.requests, claim.locator) == (2, "2 of 4 requests")
    assert [claim.ttft_seconds, claim.tpot_seconds] == pytest.approx([0.03, 0.005])
    assert [claim.batch, claim.tokens_per_second, claim.samples_per_second] == pytest.approx(
        [4 / 3, 100 / 3, 2 / 3]
    )
    row = as_row(claim, ASSUMED)
    assert (row.batch, row.input_tokens, row.output_tokens) == (1, 100, 50)


def test_whichllm_says_that_it_estimates() -> None:
    """Its figures name model, machine and weights, and are no rows of a calibration."""
    model = {
        "model_id": "acme/m", "artifact_repo_id": "acme/m-GGUF", "quant_type": "Q4_K_M", "estimated_tok_per_sec": 88.0,
        "speed_range_tok_per_sec": [70.0, 106.0], "benchmark_source": "direct",
    }  # fmt: skip
    (claim,) = read({"hardware": {"gpus": [{"name": "RTX 4090"}], "cpu": "c"}, "models": [model]})

    assert (claim.model, claim.device, claim.dtype) == ("acme/m-GGUF", "RTX 4090", "Q4_K_M")
    assert (claim.tokens_per_second, claim.statistic) == (88.0, "estimate, 70 to 106 tokens/s")
    with pytest.raises(InputError, match="nothing of input_tokens"):
        as_row(claim, ASSUMED)


def test_llama_bench_rows_of_prompts_and_of_answers() -> None:
    """512 tokens at 4,096 per second are read in an eighth of a second; a mixture of both is no row."""
    about = {"model_type": "qwen2 1B Q4_0", "gpu_info": "", "cpu_info": "some CPU", "build_commit": "abc"}
    pp, tg = read(
        [
            {**about, "n_prompt": 512, "n_gen": 0, "avg_ts": 4096.0},
            {**about, "n_prompt": 0, "n_gen": 128, "n_depth": 256, "avg_ts": 50.0},
            {**about, "n_prompt": 512, "n_gen": 128, "avg_ts": 100.0},
        ]
    )

    assert (pp.ttft_seconds, pp.tpot_seconds, pp.input_tokens) == (0.125, None, 512)
    assert (tg.tpot_seconds, tg.input_tokens, tg.output_tokens, tg.device) == (0.02, 256, 128, "some CPU")


def test_llama_bench_as_json_lines() -> None:
    rows = [{"n_prompt": 0, "n_gen": 8, "avg_ts": 50.0}, {"n_prompt": 8, "n_gen": 0, "avg_ts": 50.0}]
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()

    assert len(read_speed_file(content, Path("f.jsonl"), lambda name: None)) == 2


CONFIG = {
    "backend": {"name": "pytorch", "model": "m", "torch_dtype": "float16"},
    "scenario": {"input_shapes": {"batch_size": 4, "sequence_length": 256}, "generate_kwargs": {"max_new_tokens": 101}},
    "environment": {"gpu": ["NVIDIA A100-SXM4-80GB"]},
}  # fmt: skip
REPORT = {
    "prefill": {"latency": {"unit": "s", "mean": 0.1}},
    "decode": {"latency": {"unit": "s", "mean": 2.0}},
}


def test_optimum_benchmark_with_its_configuration_beside_it() -> None:
    """The first of 101 tokens is prefill's, so 2 s of decoding are 0.02 s for each of the others."""
    (claim,) = read(REPORT, beside=CONFIG)

    assert (claim.engine, claim.model, claim.dtype, claim.device) == (
        "transformers",
        "m",
        "fp16",
        "NVIDIA A100-SXM4-80GB",
    )
    assert (claim.batch, claim.input_tokens, claim.output_tokens) == (4, 256, 101)
    assert [claim.ttft_seconds, claim.tpot_seconds, claim.total_seconds] == pytest.approx([0.1, 0.02, 2.1])


def test_optimum_benchmark_without_it_knows_no_lengths() -> None:
    (claim,) = read(REPORT)

    with pytest.raises(InputError, match="batch, input_tokens, output_tokens"):
        as_row(claim, ASSUMED)


def test_inference_perf_is_in_seconds() -> None:
    latency = {
        "request_latency": {"median": 1.5},
        "time_to_first_token": {"median": 0.2},
        "inter_token_latency": {"median": 0.05},
    }
    (claim,) = read(
        {
            "load_summary": {"count": 9},
            "successes": {
                "count": 9, "latency": latency, "prompt_len": {"mean": 100}, "output_len": {"mean": 30},
                "throughput": {"output_tokens_per_sec": 300.0, "requests_per_sec": 10.0},
            },
        }
    )  # fmt: skip

    assert (claim.ttft_seconds, claim.tpot_seconds, claim.output_tokens) == (0.2, 0.05, 30)


@pytest.mark.parametrize("data", [{}, [], {"benchmarks": []}, [{"n_prompt": 1}], "text", 3, None])
def test_other_json_is_refused_by_name(data: Any) -> None:
    with pytest.raises(InputError, match="no speeds of a tool that is known"):
        read(data)


def test_what_is_no_json_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match="not JSON"):
        read_speed_file(b'{"a": 1}\nnot json\n', Path("f.jsonl"), lambda name: None)


def measured(n: int) -> SpeedMeasurement:
    times = ProblemTimes(
        problem="a", prompt_tokens=20, first_tokens=(0.1,) * n, ends=(1.0,) * n, tokens=(10,) * n
    )
    state = MachineState(load_average=0.0, cores=2)
    about = Circumstances(
        model="m", backend="transformers", timed_from="in this process", device="cpu", dtype="float32",
        shape={"layers": 1}, n=n, concurrency=None, benchmark="b", warm_up_problems=1, settings={},
        peak_bytes=None, peak_of="", energy=Energy(joules=None, source=NOT_REPORTED), machine={"processor": "some CPU"},
        packages={"torch": "2"}, state_before=state, state_after=state, warnings=(), when="now",
    )  # fmt: skip
    return measurement([Pass(2.0, (times,))] * 2, about)


@pytest.mark.parametrize("tool", sorted(WRITERS))
def test_what_is_written_is_read_again(tool: str) -> None:
    """Ten tokens, the first after 0.1 s, the last after 1 s."""
    content = written_as(tool, measured(1))
    claims = read_speed_file(content, Path("f.json"), lambda name: None)

    if tool in ("vllm-throughput", "vllm-latency"):
        assert claims[0].total_seconds == pytest.approx(2.0 if tool == "vllm-throughput" else 1.0)
        return
    firsts = [c.ttft_seconds for c in claims if c.ttft_seconds is not None]
    others = [c.tpot_seconds for c in claims if c.tpot_seconds is not None]
    assert firsts == [pytest.approx(0.1)]
    assert others == [pytest.approx(0.1)]
    assert {c.output_tokens for c in claims if c.tpot_seconds} == {10}


def test_llama_bench_has_no_place_for_many_sequences() -> None:
    with pytest.raises(InputError, match="one sequence"):
        written_as("llama-bench", measured(5))
