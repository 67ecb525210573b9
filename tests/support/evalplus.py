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
    """The verdicts of `evalplus.evaluate`, and what it printed. Its caches stay beside the samples."""
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


_ALONE = """
import json, sys
from evalplus.data import get_mbpp_plus, get_human_eval_plus
from evalplus.evaluate import check_correctness
from evalplus.gen.util import trusted_exec
dataset, samples, tasks = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
problems = get_mbpp_plus() if dataset == "mbpp" else get_human_eval_plus()
texts = {}
for row in map(json.loads, open(samples)):
    texts.setdefault(row["task_id"], []).append(row)
for task, place in tasks:
    problem, row, expected = problems[task], texts[task][place], {}
    solution = row.get("solution") or problem["prompt"] + row["completion"]
    for suite in ("base", "plus"):
        expected[suite], expected[suite + "_time"] = trusted_exec(
            problem["prompt"] + problem["canonical_solution"], problem[suite + "_input"], problem["entry_point"],
            record_time=True,
        )
    found = check_correctness(dataset, place, problem, solution, expected, False, True, "", 30.0, 4.0)
    base = found["base"][0] == "pass"
    print(json.dumps([task, place, base, base and found["plus"][0] == "pass"]))
"""


def evaluate_alone(python: Path, dataset: str, samples: Path, tasks: list[tuple[str, int]]) -> Verdicts:
    """The verdicts of evalplus's own check on single samples, one after the other, with half a minute for a call.

    Its command grades by wall-clock time, many at once; what differs only for that is equal here.
    """
    variable, _ = FILES[dataset]
    environment = {**os.environ, variable: str(samples.parent / f"{dataset}.jsonl")}
    command = [str(python), "-c", _ALONE, dataset, str(samples), json.dumps(tasks)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return {(task, place): (base, plus) for task, place, base, plus in rows}
