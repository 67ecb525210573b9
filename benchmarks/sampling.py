"""The transformers backend beside plain `generate` and beside EvalPlus's hf provider; vLLM beside its bare `LLM`.

    python benchmarks/sampling.py [--model examples/models/demo-instruct-3m] [--n 100] [--problems 40] [--rounds 3]
    python benchmarks/sampling.py --only passes
    python benchmarks/sampling.py --only overhead [--model FOLDER]
    ASSAY_VLLM_PYTHON=... python benchmarks/sampling.py --only vllm

All ways sample the `starter` problems with the same prompts, temperature, top-p and length. EvalPlus's provider asks
`generate` for at most a batch of candidates of one problem, with its stop texts checked in Python at every token; its
loop is written here as in evalplus 0.3.1, provider/hf.py, since its package brings every vendor's client with it.
Seconds are of sampling alone; loading the model is not in them. pass@1 of the outputs shows that they are alike.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from modelassay.core.decoding import Decoding
from modelassay.core.measured import Completion, SamplingPlan
from modelassay.core.problems import Problem, ProblemSet
from modelassay.grading.pool import PoolOptions, grade_many
from modelassay.sampling.model_files import load_tokenizer, model_sha256, stop_ids
from modelassay.sampling.protocols import find_protocol
from modelassay.sampling.rendering import render
from modelassay.sampling.sampler import remaining
from modelassay.sampling.transformers_engine import TURNS, Batching, TransformersSampler, load_model
from modelassay.sampling.vllm_engine import VllmSampler, vllm_python
from modelassay.sources.problems.problem_sets import load_problem_set

ROOT = Path(__file__).resolve().parents[1]
LOAD = {
    "max_model_len": 512,
    "kv_cache_memory_bytes": 4 << 30,
    "dtype": "bfloat16",
    "enable_chunked_prefill": False,
}
BARE = Path(__file__).with_name("vllm_bare.py")
EVALPLUS_BATCH = 32  # what users of the provider set; its default is one candidate at a time


def make_plan(model: Path, problems: ProblemSet, n: int, protocol: str, max_tokens: int) -> SamplingPlan:
    chosen = find_protocol(protocol)
    return SamplingPlan(
        model=model.name, model_sha256=model_sha256(model), backend="transformers", benchmark=problems.name,
        benchmark_version=problems.version, benchmark_sha256=problems.sha256,
        problems=tuple(p.id for p in problems.problems), protocol=chosen.name, protocol_sha256=chosen.sha256,
        samples_per_problem=n, decoding=Decoding(temperature=0.8, top_p=0.95, max_tokens=max_tokens), seed=0,
    )  # fmt: skip


def passed(texts: dict[str, list[str]], problems: ProblemSet) -> float:
    """Share of the texts that pass."""
    jobs = [
        (p, [Completion(problem=p.id, index=i, text=t) for i, t in enumerate(texts[p.id])])
        for p in problems.problems
    ]
    grades = [g for batch in grade_many(jobs, PoolOptions(workers=2)) for g in batch]
    return sum(g.outcome == "passed" for g in grades) / len(grades)


def ours(model: Path, plan: SamplingPlan, problems: dict[str, Problem]) -> tuple[float, dict[str, list[str]]]:
    texts: dict[str, list[str]] = {}
    with TransformersSampler(model, plan, problems, device="cpu") as sampler:
        started = time.perf_counter()
        for batch in sampler.sample(remaining(plan, [])):
            texts.setdefault(batch.problem, []).extend(c.text for c in batch.completions)
        return time.perf_counter() - started, texts


def generated(
    model: Path, plan: SamplingPlan, problems: dict[str, Problem], batch: int | None
) -> tuple[float, dict[str, list[str]]]:
    """Problem after problem with `generate`. batch None: all candidates at once, ended by the end token alone and cut
    afterwards. Else EvalPlus's provider: batches of that many, and its stop texts at every token.
    """
    from transformers import StoppingCriteria, StoppingCriteriaList

    tokenizer, network = load_tokenizer(model), load_model(model, "cpu")
    protocol, ends = find_protocol(plan.protocol), stop_ids(model)
    decoding = plan.decoding
    assert decoding is not None

    class EndOfFunction(StoppingCriteria):  # type: ignore[misc]
        def __init__(self, start: int, stops: tuple[str, ...]) -> None:
            self.start, self.stops = start, stops
            self.ended: dict[int, int] = {}

        def __call__(self, input_ids: torch.Tensor, scores: object, **_: object) -> bool:
            texts = tokenizer.batch_decode(input_ids[:, self.start :])
            for i, text in enumerate(texts):
                if i not in self.ended and any(stop in text for stop in self.stops):
                    self.ended[i] = len(text)
            return len(self.ended) == len(texts)

    texts: dict[str, list[str]] = {}
    started = time.perf_counter()
    for name in plan.problems:
        prompt = render(protocol, problems[name], tokenizer, stop_ids=ends)
        ids = torch.tensor([prompt.token_ids])
        left = plan.samples_per_problem or 0
        while left:
            count = min(left, batch or left)
            criteria = EndOfFunction(ids.shape[1], (tokenizer.eos_token, *prompt.stops))
            with torch.inference_mode():
                rows = network.generate(
                    ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=decoding.temperature,
                    top_p=decoding.top_p, top_k=0, max_new_tokens=decoding.max_tokens, num_return_sequences=count,
                    pad_token_id=tokenizer.pad_token_id,
                    stopping_criteria=StoppingCriteriaList([criteria] if batch else []),
                )  # fmt: skip
            for text in tokenizer.batch_decode(rows[:, ids.shape[1] :], skip_special_tokens=True):
                cuts = [at for stop in prompt.stops if (at := text.find(stop)) >= 0]
                texts.setdefault(name, []).append(prompt.opening + (text[: min(cuts)] if cuts else text))
            left -= count
    return time.perf_counter() - started, texts


def compare_speed(options: argparse.Namespace, problems: ProblemSet) -> None:
    by_id = {p.id: p for p in problems.problems}
    plan = make_plan(options.model, problems, options.n, options.protocol, options.max_tokens)
    ways: dict[str, Callable[[], tuple[float, dict[str, list[str]]]]] = {
        "ours": lambda: ours(options.model, plan, by_id),
        "generate(num_return_sequences=n)": lambda: generated(options.model, plan, by_id, None),
        f"EvalPlus's provider, batches of {EVALPLUS_BATCH}": lambda: generated(
            options.model, plan, by_id, EVALPLUS_BATCH
        ),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    share = {}
    for _ in range(options.rounds):
        for name, way in ways.items():
            took, texts = way()
            seconds[name].append(took)
            share[name] = passed(texts, problems)
            print(f"  {name}: {took:.1f} s, pass@1 {100 * share[name]:.1f} %", flush=True)
    base = statistics.median(seconds["ours"])
    print("| way | median s | all rounds | times ours | pass@1 |\n|---|---|---|---|---|")
    for name, each in seconds.items():
        median = statistics.median(each)
        print(
            f"| {name} | {median:.1f} | {' '.join(f'{s:.1f}' for s in each)} | {median / base:.2f} | {100 * share[name]:.1f} % |"
        )


def passes(options: argparse.Namespace, problems: ProblemSet) -> None:
    """Passes through the model and seconds, by how many turns a group has: where the next candidates take free places."""
    by_id = {p.id: p for p in problems.problems}
    plan = make_plan(options.model, problems, options.n, options.protocol, options.max_tokens)
    for turns in (1, 2, TURNS) * options.rounds:
        with TransformersSampler(
            options.model, plan, by_id, device="cpu", batching=Batching(turns=turns)
        ) as sampler:
            count = [0]
            sampler._model.register_forward_hook(lambda *_, count=count: count.__setitem__(0, count[0] + 1))
            started = time.perf_counter()
            tokens = sum(b.timing.completion_tokens for b in sampler.sample(remaining(plan, [])) if b.timing)
            took = time.perf_counter() - started
            print(f"turns {turns}: {count[0]} passes for {tokens} tokens, {took:.1f} s", flush=True)


def overhead(options: argparse.Namespace, problems: ProblemSet) -> None:
    """What sampling takes beside the model's forward passes, as a share of these."""
    by_id = {p.id: p for p in problems.problems}
    plan = make_plan(options.model, problems, options.n, options.protocol, options.max_tokens)
    for _ in range(options.rounds):
        with TransformersSampler(options.model, plan, by_id, device="cpu") as sampler:
            began: list[float] = []
            spent: list[float] = []
            sampler._model.register_forward_pre_hook(
                lambda *_, began=began: began.append(time.perf_counter())
            )
            sampler._model.register_forward_hook(
                lambda *_, began=began, spent=spent: spent.append(time.perf_counter() - began[-1])
            )
            started = time.perf_counter()
            tokens = sum(b.timing.completion_tokens for b in sampler.sample(remaining(plan, [])) if b.timing)
            took = time.perf_counter() - started
            print(
                f"{tokens} tokens, {len(spent)} passes, {took:.2f} s, of which in the model {sum(spent):.2f} s: "
                f"overhead {100 * (took / sum(spent) - 1):.0f} %",
                flush=True,
            )


def vllm(options: argparse.Namespace, problems: ProblemSet) -> None:
    """Tokens per second of our backend and of the bare engine on the same requests."""
    by_id = {p.id: p for p in problems.problems}
    plan = make_plan(options.model, problems, options.n, options.protocol, options.max_tokens)
    with VllmSampler(options.model, plan, by_id, load=LOAD) as sampler:
        requests = [r for want in remaining(plan, []) for r in sampler._requests(want)]
    order = {
        "load": {"model": str(options.model.absolute()), "seed": 0, **LOAD},
        "requests": requests,
        "rounds": options.rounds,
    }
    with tempfile.TemporaryFile() as log:
        done = subprocess.run([vllm_python(), "-P", str(BARE)], input=json.dumps(order) + "\n", stdout=subprocess.PIPE,
                              stderr=log, text=True, check=True)  # fmt: skip
    bare = [tokens / seconds for seconds, tokens in map(json.loads, done.stdout.splitlines())]
    rates = []
    for _ in range(options.rounds):
        with VllmSampler(options.model, plan, by_id, load=LOAD) as sampler:
            batches = list(sampler.sample(remaining(plan, [])))
        timings = [b.timing for b in batches if b.timing is not None]
        rates.append(sum(t.completion_tokens for t in timings) / sum(t.wall_seconds for t in timings))
    ratio = statistics.median(rates) / statistics.median(bare)
    print(
        f"vLLM, tokens/s: ours {[round(r) for r in rates]}, bare LLM.generate {[round(r) for r in bare]}, ratio of medians {ratio:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=ROOT / "examples" / "models" / "demo-instruct-3m")
    parser.add_argument("--protocol", default="chat")
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--problems", type=int, default=40)
    parser.add_argument("--max-tokens", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["transformers", "passes", "overhead", "vllm"])
    options = parser.parse_args()
    whole = load_problem_set("starter")
    problems = ProblemSet(
        name=whole.name, version=whole.version, sha256=whole.sha256, licence=whole.licence,
        problems=whole.problems[: options.problems],
    )  # fmt: skip
    if options.only == "passes":
        passes(options, problems)
        return
    if options.only == "overhead":
        overhead(options, problems)
        return
    if options.only != "vllm":
        compare_speed(options, problems)
    if options.only != "transformers" and os.environ.get("ASSAY_VLLM_PYTHON"):
        vllm(options, problems)


if __name__ == "__main__":
    main()
