"""Sampling n answers per problem with full-size shapes and random weights, beside plain `generate` in the same run.

    python benchmarks/gpu_sampling.py --device-name a100-80            # on a GPU: torch and transformers are all it needs
    python benchmarks/gpu_sampling.py --tiny --n 8 --problems 2        # on a CPU, to see that it runs

For each shape: tokens/s, samples/s, peak memory, and the fraction of the bandwidth roofline (the bytes that every decode step
must read, weights once and the keys and values of the rows that still run, over the device's peak bandwidth, divided by the
measured time). Prompts are as long as HumanEval's, answers as drawn from a measured distribution (docs/speed.md); both
engines write the same numbers of tokens, and `generate` goes on computing rows that have ended, as it does. The two take turns.
"""

import argparse
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch

from modelassay.core.decoding import Decoding
from modelassay.core.devices import devices, this_cpu
from modelassay.core.measured import SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.dummy_weights import HUMANEVAL_LENGTHS, DummyWeightsSampler
from modelassay.sampling.peak_memory import forget_peak, peak_bytes
from modelassay.sampling.timed_transformers import TimedTransformers
from modelassay.sampling.timeline import Pass
from modelassay.sampling.transformers_engine import Batching
from modelassay.sources.problems.problem_sets import load_problem_set
from modelassay.speed.costs import KV_BYTES
from modelassay.speed.shapes import ModelShape, shape_of

# As their config.json files have them; their parameters are those of tests/speed/test_shapes.py and of the models' cards.
SHAPES: dict[str, dict[str, Any]] = {
    "DeepSeek-Coder-1.3B": {
        "model_type": "llama", "hidden_size": 2048, "num_hidden_layers": 24, "num_attention_heads": 16,
        "num_key_value_heads": 16, "intermediate_size": 5504, "vocab_size": 32256, "max_position_embeddings": 16384,
    },
    "Qwen2.5-Coder-1.5B": {
        "model_type": "qwen2", "hidden_size": 1536, "num_hidden_layers": 28, "num_attention_heads": 12,
        "num_key_value_heads": 2, "intermediate_size": 8960, "vocab_size": 151936, "tie_word_embeddings": True,
        "max_position_embeddings": 32768,
    },
    "CodeGemma-2B": {
        "model_type": "gemma", "hidden_size": 2048, "num_hidden_layers": 18, "num_attention_heads": 8,
        "num_key_value_heads": 1, "head_dim": 256, "intermediate_size": 16384, "vocab_size": 256000,
        "max_position_embeddings": 8192,
    },
    "StarCoder2-3B": {
        "model_type": "starcoder2", "hidden_size": 3072, "num_hidden_layers": 30, "num_attention_heads": 24,
        "num_key_value_heads": 2, "intermediate_size": 12288, "vocab_size": 49152, "use_bias": True,
        "sliding_window": 4096, "max_position_embeddings": 16384,
    },
}  # fmt: skip
TINY: dict[str, Any] = {
    "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
    "intermediate_size": 128, "vocab_size": 512, "max_position_embeddings": 2048,
}  # fmt: skip


class Row(NamedTuple):
    """One engine on one shape: medians over the repeats, and the spread of its tokens per second."""

    engine: str
    tokens_per_second: float
    spread: tuple[float, float]
    samples_per_second: float
    peak_bytes: int | None
    roofline_share: float | None


class Forced:
    """A stopping criterion of `generate`: each row ends after its own number of tokens."""

    def __init__(self, prompt: int, lengths: Sequence[int], device: str) -> None:
        self._ends = torch.tensor(lengths, device=device) + prompt

    def __call__(self, ids: Any, scores: Any, **_: Any) -> Any:
        return self._ends <= ids.shape[1]


def plan_of(name: str, problems: Sequence[str], n: int, most: int) -> SamplingPlan:
    return SamplingPlan(
        model=name, model_sha256="", backend="transformers", benchmark="starter", benchmark_version="1",
        benchmark_sha256="", problems=tuple(problems), protocol="random tokens", protocol_sha256="",
        samples_per_problem=n, decoding=Decoding(temperature=0.8, top_p=0.95, max_tokens=most), seed=0,
    )  # fmt: skip


def plain_generate(sampler: DummyWeightsSampler, plan: SamplingPlan) -> float:
    """Seconds of transformers' own `generate` for all problems, one after the other."""
    assert plan.samples_per_problem is not None
    assert plan.decoding is not None
    start = time.perf_counter()
    for problem in plan.problems:
        ids = torch.tensor([sampler.rendered[problem].token_ids], device=sampler.device)
        lengths = lengths_of(plan, problem)
        with torch.inference_mode():
            done = sampler._model.generate(
                ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=0.8, top_p=0.95, top_k=0,
                num_return_sequences=plan.samples_per_problem, max_new_tokens=max(lengths), pad_token_id=0,
                eos_token_id=None, stopping_criteria=[Forced(ids.shape[1], lengths, sampler.device)],
            )  # fmt: skip
        assert done.shape[1] == ids.shape[1] + max(lengths)
    if sampler.device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - start


def lengths_of(plan: SamplingPlan, problem: str) -> list[int]:
    assert plan.decoding is not None
    most = plan.decoding.max_tokens
    every = range(plan.samples_per_problem or 0)
    return [min(most, HUMANEVAL_LENGTHS.answer(plan, problem, i)) for i in every]


def roofline_seconds(shape: ModelShape, plan: SamplingPlan, width: float, bandwidth: float) -> float:
    """What reading memory takes at peak bandwidth, over every decode step after the first token."""
    read = (shape.layer_parameters + shape.output_parameters) * width
    total = 0.0
    for problem in plan.problems:
        prompt, lengths = HUMANEVAL_LENGTHS.prompt(plan, problem), lengths_of(plan, problem)
        for step in range(1, max(lengths)):
            rows = sum(length > step for length in lengths)
            total += read + rows * shape.kv_bytes(prompt + step, KV_BYTES)
    return total / bandwidth


def measure(
    name: str, config: dict[str, Any], given: argparse.Namespace, bandwidth: float | None
) -> Iterator[Row]:
    problems: dict[str, Problem] = {p.id: p for p in load_problem_set("starter", offline=True).problems}
    plan = plan_of(name, list(problems)[: given.problems], given.n, given.max_tokens)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config))
        sampler = DummyWeightsSampler(
            Path(folder), plan, problems, HUMANEVAL_LENGTHS, Batching(rows=given.n, turns=1)
        )
    ours: list[Pass] = []
    theirs: list[float] = []
    peaks: dict[str, int | None] = {}
    with TimedTransformers(sampler) as timed:
        timed.run(plan.problems[:1])
        plain_generate(sampler, msgspec.structs.replace(plan, problems=plan.problems[:1]))
        for _ in range(given.repeats):
            forget_peak(sampler.device)
            ours.append(timed.run(plan.problems))
            peaks["modelassay"] = peak_bytes(sampler.device)
            forget_peak(sampler.device)
            theirs.append(plain_generate(sampler, plan))
            peaks["generate"] = peak_bytes(sampler.device)
        width = {"float32": 4.0}.get(sampler.dtype, 2.0)
    tokens = sum(sum(lengths_of(plan, p)) for p in plan.problems)
    assert tokens == sum(sum(t.tokens) for t in ours[0].problems)
    ideal = None if bandwidth is None else roofline_seconds(shape_of(config), plan, width, bandwidth)
    for engine, seconds in (("modelassay", [p.seconds for p in ours]), ("generate", theirs)):
        middle = statistics.median(seconds)
        yield Row(
            engine, tokens / middle, (tokens / max(seconds), tokens / min(seconds)),
            len(plan.problems) * given.n / middle, peaks[engine], None if ideal is None else ideal / middle,
        )  # fmt: skip
    gc.collect()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device-name", help=f"for the roofline: {', '.join(devices())}")
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--problems", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument(
        "--shape", action="append", choices=list(SHAPES), help="only this one; may be repeated"
    )
    parser.add_argument("--tiny", action="store_true", help="the same architectures at a toy size")
    given = parser.parse_args()
    bandwidth = None
    if given.device_name:
        bandwidth = devices()[given.device_name].bytes_per_second
    elif not torch.cuda.is_available():
        bandwidth = this_cpu().bytes_per_second
    import transformers

    print(
        f"torch {torch.__version__}, transformers {transformers.__version__}, {torch.get_num_threads()} threads"
    )
    print("| shape | engine | tokens/s [min, max] | samples/s | peak MiB | of the roofline |")
    print("|---|---|---|---|---|---|")
    for name in given.shape or SHAPES:
        config = SHAPES[name] | (TINY if given.tiny else {})
        for row in measure(name, config, given, bandwidth):
            share = "-" if row.roofline_share is None else f"{100 * row.roofline_share:.1f} %"
            peak = "-" if row.peak_bytes is None else f"{row.peak_bytes / 2**20:.0f}"
            low, high = row.spread
            print(
                f"| {name} | {row.engine} | {row.tokens_per_second:.0f} [{low:.0f}, {high:.0f}] | "
                f"{row.samples_per_second:.2f} | {peak} | {share} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
