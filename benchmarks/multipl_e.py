"""Verdicts on answers to MultiPL-E's problems, beside the same programs compiled and run plainly with their tests behind them.

    python benchmarks/multipl_e.py ROWS.jsonl [--key gpt_solution] [--first 0] [--count 30]

ROWS: the set's rows, each with an answer under KEY (SandboxFusion's have one). Plainly: without any isolation, status 0 is passed, 15 s
of CPU time for each command.
Runs programs that a model wrote on this machine as you: only for answers that you have read, or in a machine of their own.
"""

import argparse
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from modelassay.core.problems import LanguageTests, Problem
from modelassay.grading import Grader
from modelassay.grading.languages.answers import program_in
from modelassay.grading.sandbox.toolchains import Toolchain, toolchain
from modelassay.sources.problems.custom_problems import read_problems

SECONDS = 15  # of CPU time; ten times that of wall time, since a busy machine is no fault of the answer
FILES = {"js": "program.js", "cpp": "program.cpp", "java": "Problem.java"}


def commands(tools: Toolchain) -> list[list[str]]:
    """What compiles and runs the file of a program in its folder."""
    match tools.language:
        case "js":
            return [[tools.programs["node"], FILES["js"]]]
        case "cpp":
            return [[tools.programs["g++"], "-std=c++17", FILES["cpp"], "-o", "program"], ["./program"]]
        case _:
            jar = tools.libraries["javatuples.jar"]
            compiler = [tools.programs["javac"], "-cp", jar, FILES["java"]]
            return [compiler, [tools.programs["java"], "-ea", "-cp", f".:{jar}", "Problem"]]


def passes_plainly(tools: Toolchain, program: str, tests: str) -> bool:
    """Whether the program with its tests behind it ends with status 0."""
    with tempfile.TemporaryDirectory() as folder:
        # The brace that the tests of C++ and Java begin with is the program's own here.
        behind = tests if tools.language == "js" else tests.replace("}", "", 1)
        Path(folder, FILES[tools.language]).write_text(f"{program}\n{behind}", "utf-8")
        for command in commands(tools):
            try:
                done = subprocess.run(
                    command, cwd=folder, capture_output=True, timeout=10 * SECONDS, check=False,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)),
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                return False
            if done.returncode:
                return False
    return True


def compared(grader: Grader, problem: Problem, answer: str) -> tuple[bool, bool, Any]:
    """Whether it passes here, whether plainly, and the grade."""
    oracle = problem.suites[0].oracle
    assert isinstance(oracle, LanguageTests)
    found = program_in(
        oracle.language, problem.prompt, problem.entry_point, answer, "unknown", oracle.stop_texts
    )
    ((grade,),) = grader.grade_many([(problem, [answer])], on_fault="none")
    plain = passes_plainly(toolchain(oracle.language), found.source or "", oracle.tests)
    return grade is not None and grade.outcome == "passed", plain, grade


def main() -> None:
    """Compare one answer after the other; print those that differ, and the counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=Path)
    parser.add_argument("--key", default="gpt_solution")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.rows.read_text("utf-8").splitlines()]
    chosen = slice(options.first, options.first + options.count)
    pairs = list(zip(read_problems(options.rows).problems, rows, strict=True))[chosen]
    here = there = differ = left_out = 0
    started = time.perf_counter()
    with Grader(workers=1) as grader:
        for done, (problem, row) in enumerate(pairs, start=1):
            ours, plain, grade = compared(grader, problem, row[options.key])
            here, there, left_out = here + ours, there + plain, left_out + (grade is None)
            if ours != plain:
                differ += 1
                print(
                    f"{problem.id}: here {grade and (grade.outcome, grade.detail)}, plainly {plain}",
                    flush=True,
                )
            if done % 10 == 0 or done == len(pairs):
                print(
                    f"{done} of {len(pairs)} answers: {here} pass here, {there} plainly, {differ} differ, "
                    f"{left_out} problems left out; {time.perf_counter() - started:.0f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main()
