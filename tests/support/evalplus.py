"""EvalPlus itself, in an environment of its own: its command's verdicts on a file of samples."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

# What its evaluation needs of its dependencies; the others are for sampling.
_NEEDED = (
    "appdirs", "fire", "multipledispatch", "psutil", "tempdir", "termcolor", "tqdm", "wget", "rich", "numpy", "datasets",
    "tree-sitter", "tree-sitter-python", "stop-sequencer",
)  # fmt: skip
FILES = {
    "humaneval": ("HUMANEVAL_OVERRIDE_PATH", "humanevalplus/v0.1.10/HumanEvalPlus.jsonl.gz"),
    "mbpp": ("MBPP_OVERRIDE_PATH", "mbppplus/v0.2.0/MbppPlus.jsonl.gz"),
}
Verdicts = dict[
    tuple[str, int], tuple[bool, bool]
]  # (problem, place among its samples) → base, base and plus


def install(folder: Path) -> Path:
    """The interpreter of an environment with evalplus 0.3.1 from the package index."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *_NEEDED], check=True)
        subprocess.run([*pip, "--no-deps", "evalplus==0.3.1"], check=True)
    return python


def evaluate(python: Path, dataset: str, samples: Path, benchmarks: Path) -> tuple[Verdicts, str]:
    """The verdicts of `evalplus.evaluate`, and what it printed. Its caches stay beside the samples.

    Its time limits are of wall-clock time, one second for most calls; a longer one keeps what else the machine does
    out of the verdicts.
    """
    variable, file = FILES[dataset]
    problems = samples.parent / f"{dataset}.jsonl"
    problems.write_bytes(gzip.decompress((benchmarks / file).read_bytes()))
    environment = {**os.environ, variable: str(problems), "XDG_CACHE_HOME": str(samples.parent / "cache")}
    command = [str(python), "-m", "evalplus.evaluate", "--dataset", dataset, "--samples", str(samples)]
    done = subprocess.run(
        [*command, "--parallel", "2"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads(samples.with_name(samples.name.replace(".jsonl", "_eval_results.json")).read_text())
    verdicts = {
        (task, place): (
            row["base_status"] == "pass",
            row["base_status"] == "pass" and row["plus_status"] == "pass",
        )
        for task, rows in results["eval"].items()
        for place, row in enumerate(rows)
    }
    return verdicts, done.stdout + done.stderr
