"""Grading beside sampling: a study's wall time against that of its two parts.

    python benchmarks/pipelining.py SAMPLES --data DIR [--rounds 3] [--delay 0.1] [--per-problem 20]

SAMPLES: recorded samples of HumanEval, such as CodeGen-16B's. A server process gives them as answers, each after DELAY
seconds, 16 at once. In turn: `assay sample` from it, `assay grade` of what came, and `assay study`,
which does both. All on one machine, so the server takes its share of the cores, too.
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

from modelassay.sampling.replay import read_samples
from modelassay.sources.problems.problem_sets import load_problem_set

ASSAY = [sys.executable, "-m", "modelassay.cli.main"]
STUDY = """
title = "pipelining"
[sampling]
samples_per_problem = {n}
[estimates]
k = [1]
[[benchmarks]]
name = "humaneval"
[[models]]
name = "recorded"
backend = "openai"
endpoint = "{endpoint}"
protocol = "completion"
"""


def run(folder: Path, *arguments: str) -> float:
    """Seconds of a command; its own words when it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        [*ASSAY, *arguments], cwd=folder, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    return time.perf_counter() - started


def answers_to(samples: Path, data: Path) -> dict[str, list[str]]:
    """HumanEval's prompt → recorded answers. By problem: recordings may have been made with other prompts."""
    problems = load_problem_set("humaneval", data=data, offline=True)
    prompts = {p.id: p.prompt for p in problems.problems}
    found: dict[str, list[str]] = {}
    for completion in read_samples(samples, problems).completions:
        found.setdefault(prompts[completion.problem], []).append(completion.text)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("ASSAY_DATA"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--delay", type=float, default=0.1)
    parser.add_argument("--per-problem", type=int, default=20)
    options = parser.parse_args()
    times: dict[str, list[float]] = {"sample": [], "grade": [], "study": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "answers.json").write_text(json.dumps(answers_to(options.samples, options.data)))
        server = Path(__file__).with_name("answering.py")
        command = [sys.executable, str(server), "answers.json", str(options.delay)]
        serving = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            assert serving.stdout is not None
            endpoint = f"http://127.0.0.1:{serving.stdout.readline().strip()}"
            n, data = str(options.per_problem), ("--data", str(options.data))
            (folder / "s.toml").write_text(STUDY.format(n=n, endpoint=endpoint))
            for number in range(options.rounds):
                work = f"w{number}"
                asked = ("sample", "recorded", "--benchmark", "humaneval", "--n", n, "--endpoint", endpoint)
                times["sample"].append(run(folder, *asked, "--workdir", work, *data))
                (made,) = (folder / work / "runs").glob("*/completions.jsonl")
                graded = ("grade", str(made), "--benchmark", "humaneval", "--out", f"g{number}", *data)
                times["grade"].append(run(folder, *graded))
                times["study"].append(run(folder, "study", "s.toml", "--workdir", f"s{number}", *data))
        finally:
            serving.kill()
    medians = {what: statistics.median(seconds) for what, seconds in times.items()}
    for what, seconds in times.items():
        print(f"{what:8} {medians[what]:6.1f} s  ({min(seconds):.1f}-{max(seconds):.1f})")
    longer, both = max(medians["sample"], medians["grade"]), medians["sample"] + medians["grade"]
    print(
        f"study / longer of the two {medians['study'] / longer:.2f}, study / sum {medians['study'] / both:.2f}"
    )


if __name__ == "__main__":
    main()
