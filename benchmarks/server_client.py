"""Sampling through a server beside the server's own benchmark client, `vllm bench serve`, on the same prompts.

    ASSAY_VLLM_PYTHON=... python benchmarks/server_client.py [--server vllm] [--n 100] [--problems 5] [--rounds 3]
    ASSAY_VLLM_PYTHON=... ASSAY_LLAMA_PYTHON=... python benchmarks/server_client.py --server llama.cpp

One server with the model; in turn our client and vLLM's ask it for n answers to each prompt, with as many samples under
way at once and the same temperature, top-p and length. Ours asks vLLM for eight samples in a request, vLLM's for one. Printed are tokens per second as the server counts them. Ours are
of sampling alone; what the first requests of a run take (which settings, the probe) is told apart.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from modelassay.core.decoding import Decoding  # noqa: E402
from modelassay.core.measured import SamplingPlan  # noqa: E402
from modelassay.core.problems import Problem  # noqa: E402
from modelassay.sampling.model_files import load_tokenizer, stop_ids  # noqa: E402
from modelassay.sampling.openai_server import Endpoint, OpenAISampler  # noqa: E402
from modelassay.sampling.protocols import find_protocol  # noqa: E402
from modelassay.sampling.sampler import remaining  # noqa: E402
from modelassay.sources.problems.problem_sets import load_problem_set  # noqa: E402
from support.served import VARIABLES, Served  # noqa: E402

DECODING = Decoding(temperature=0.8, top_p=0.95, max_tokens=160)
# As `vllm bench serve`, whose command the CPU build breaks: it looks for a package named vllm.
BENCH = (
    "import argparse; from vllm.benchmarks.serve import add_cli_args, main; "
    "parser = argparse.ArgumentParser(); add_cli_args(parser); main(parser.parse_args())"
)
TOGETHER = 16  # samples under way at once
PER_PLACE = {"vllm": 2, "llama.cpp": 1}  # of ours: a request for several samples takes half as many places


def make_plan(names: list[str], n: int, seed: int) -> SamplingPlan:
    """A plan of its own for every round, so that nothing is asked twice with one seed."""
    chosen = find_protocol("chat")
    return SamplingPlan(
        model="served", model_sha256="", backend="openai", benchmark="starter", benchmark_version="1",
        benchmark_sha256="0" * 64, problems=tuple(names), protocol=chosen.name, protocol_sha256=chosen.sha256,
        samples_per_problem=n, decoding=DECODING, seed=seed,
    )  # fmt: skip


def ours(
    server: Served, model: Path, plan: SamplingPlan, problems: dict[str, Problem], prompts: Path
) -> tuple[float, float]:
    """Tokens per second, and the seconds before the first sample was asked for. prompts: where they are written."""
    tokenizer, ends = load_tokenizer(model), stop_ids(model)
    endpoint = Endpoint(server.address, server.model, concurrency=TOGETHER // PER_PLACE[server.kind])
    started = time.perf_counter()
    with OpenAISampler(endpoint, plan, problems, tokenizer=tokenizer, stop_ids=ends) as sampler:
        settled = time.perf_counter()
        batches = list(sampler.sample(remaining(plan, [])))
        seconds = time.perf_counter() - settled
        texts = [sampler.rendered[name].text for name in plan.problems]
    lines = [json.dumps({"prompt": text}) for text in texts for _ in range(plan.samples_per_problem or 0)]
    prompts.write_text("\n".join(lines) + "\n")
    tokens = sum(c.completion_tokens or 0 for batch in batches for c in batch.completions)
    return tokens / seconds, settled - started


def theirs(server: Served, model: Path, prompts: Path, count: int, python: str) -> float:
    """Output tokens per second of `vllm bench serve`."""
    extra = {"top_k": 0, "min_p": 0.0, "add_special_tokens": False}
    command = [
        python, "-P", "-c", BENCH, "--backend", "openai", "--base-url", server.address, "--endpoint", "/v1/completions", "--model", server.model, "--tokenizer", str(model),
        "--dataset-name", "custom", "--dataset-path", str(prompts), "--skip-chat-template", "--custom-output-len",
        str(DECODING.max_tokens), "--num-prompts", str(count), "--max-concurrency", str(TOGETHER), "--temperature",
        str(DECODING.temperature), "--top-p", str(DECODING.top_p), "--extra-body", json.dumps(extra),
        "--disable-shuffle", "--disable-tqdm", "--save-result", "--result-dir", str(prompts.parent),
        "--result-filename", "theirs.json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    said: dict[str, Any] = json.loads((prompts.parent / "theirs.json").read_text())
    if said["completed"] < 0.95 * count:  # a few it counts as failed, why was not looked into
        raise SystemExit(f"vllm bench serve completed {said['completed']} of {count}")
    if said["completed"] < count:
        print(f"vllm bench serve completed {said['completed']} of {count}")
    return float(said["output_throughput"])


def main() -> None:
    """Rounds in turn, and the ratio of the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=ROOT / "examples" / "models" / "demo-instruct-3m")
    parser.add_argument("--server", choices=["vllm", "llama.cpp"], default="vllm")
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--problems", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    python = os.environ[VARIABLES["vllm"]]
    problems = {p.id: p for p in load_problem_set("starter", offline=True).problems[: options.problems]}
    rates: dict[str, list[float]] = {"ours": [], "theirs": []}
    with tempfile.TemporaryDirectory() as name:
        prompts = Path(name) / "prompts.jsonl"
        server = Served(options.server, os.environ[VARIABLES[options.server]], Path(name), options.model)
        server.start()
        try:
            for seed in range(options.rounds):
                plan = make_plan(list(problems), options.n, seed)
                rate, before = ours(server, options.model, plan, problems, prompts)
                rates["ours"].append(rate)
                rates["theirs"].append(
                    theirs(server, options.model, prompts, options.n * len(problems), python)
                )
                print(
                    f"ours {rate:.0f} tokens/s after {before:.2f} s, theirs {rates['theirs'][-1]:.0f}",
                    flush=True,
                )
        finally:
            server.kill()
    ratio = statistics.median(rates["ours"]) / statistics.median(rates["theirs"])
    print(f"{options.server}: ratio of medians {ratio:.2f}")


if __name__ == "__main__":
    main()
