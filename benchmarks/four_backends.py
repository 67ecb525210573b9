"""One model, one plan, four backends and more: do their pass@k agree?

    ASSAY_VLLM_PYTHON=... ASSAY_LLAMA_PYTHON=... ASSAY_SERVE_PYTHON=... python benchmarks/four_backends.py [--model DIR] [--n 20] [--problems 40] [--seed 1]

A study of one model through transformers, vLLM in process, vLLM's server, llama.cpp's server (32-bit floats) and
`transformers serve`, with the problems, seed and settings of one [sampling] table. Printed are pass@k with intervals for this set of problems, and each
backend's paired difference from transformers. Ends with 1 where an interval of a difference leaves 0 out. A backend whose
interpreter is not named (`make test-backends` makes them) is left out, by name. `--workdir` keeps the study, which resumes.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from modelassay.core.measured import Comparison, Estimate  # noqa: E402
from modelassay.core.store import read_records  # noqa: E402
from modelassay.core.workdir import WorkDir  # noqa: E402
from support.served import VARIABLES, Served  # noqa: E402

STUDY = """
title = "One model through several backends"
baseline = "transformers"
[sampling]
samples_per_problem = {n}
temperature = {temperature}
top_p = 0.95
max_tokens = 160
seed = {seed}
[estimates]
k = [1, 10]
target = "this benchmark"
[[benchmarks]]
name = "starter"
problems = {problems}
"""
VLLM = "vllm = {max_model_len = 512, kv_cache_memory_bytes = 1073741824, enforce_eager = true}"


def entry(name: str, model: Path, protocol: str, more: str) -> str:
    """A model of the study."""
    return f'[[models]]\nname = "{name}"\npath = "{model}"\nprotocol = "{protocol}"\n{more}\n'


def entries(options: argparse.Namespace, stack: contextlib.ExitStack, folder: Path) -> list[str]:
    """The model behind every backend that is there, servers started."""
    written = [entry("transformers", options.model, options.protocol, 'backend = "transformers"')]
    for kind in ("vllm", "llama.cpp", "transformers"):
        program = os.environ.get(VARIABLES[kind])
        if not program:
            print(f"{kind}: {VARIABLES[kind]} is not set, left out")
            continue
        if kind == "vllm":
            more = f'backend = "vllm"\npython = "{program}"\n{VLLM}'
            written.append(entry("vllm", options.model, options.protocol, more))
        log = folder / kind
        log.mkdir()
        server = Served(kind, program, log, options.model)
        stack.callback(server.kill)
        server.start()
        more = f'backend = "openai"\nendpoint = "{server.address}"\nserved_name = "{server.model}"'
        written.append(entry(f"{kind} server", options.model, options.protocol, more))
    return written


def main() -> int:
    """Run the study, and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=ROOT / "examples" / "models" / "demo-instruct-3m")
    parser.add_argument("--protocol", default="chat")
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--problems", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workdir", type=Path)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        study, work = folder / "study.toml", options.workdir or folder / "work"
        head = STUDY.format(
            n=options.n, temperature=options.temperature, problems=options.problems, seed=options.seed
        )
        study.write_text(head + "".join(entries(options, stack, folder)))
        command = [sys.executable, "-m", "modelassay.cli.main", "study", str(study), "--workdir", str(work)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return told(WorkDir(work))


def told(work: WorkDir) -> int:
    """Print the estimates and differences; 1 where a difference is more than chance allows."""
    print("| backend | k | pass@k | interval |\n|---|---|---|---|")
    for run in sorted(work.runs.iterdir()):
        for e in read_records(run / "estimates.jsonl", Estimate):
            print(
                f"| {run.name.split('--')[0]} | {e.k} | {e.value:.4f} | {e.interval.low:.4f} to {e.interval.high:.4f} |"
            )
    apart = 0
    print("\n| backend minus transformers | k | difference | interval |\n|---|---|---|---|")
    for c in read_records(work.comparisons, Comparison):
        low, high = c.interval.low, c.interval.high
        apart += not low <= 0 <= high
        print(f"| {c.candidate} | {c.k} | {c.difference:+.4f} | {low:+.4f} to {high:+.4f} |")
    return min(apart, 1)


if __name__ == "__main__":
    sys.exit(main())
