"""Answers that LiveCodeBench's makers passed, on the sample tests that their problems' statements print: each has to pass here.

    python benchmarks/stated_samples.py EVAL_ALL.json.gz [--platform atcoder]

The file is one of LiveCodeBench/submissions (`eval_all.json`): statement, program and verdict of each problem. Samples of AtCoder and
Codeforces stand behind "Sample Input" and "Sample Output", LeetCode's behind "Input:" and "Output:", as assignments to the parameters.
"""

import argparse
import ast
import gzip
import itertools
import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

from modelassay.grading import Grader
from modelassay.problems import from_io

Tests = list[tuple[Any, Any]]
_HEAD = re.compile(r"Sample (Input|Output) ?\d*:?[ \t]*$", re.M)
_EXAMPLE = re.compile(r"^Input: ?(.*?)\n+Output: ?(.*?)$", re.M | re.S)


def stdin_tests(statement: str) -> Tests:
    """Inputs and outputs of a statement. An output ends at the first empty line, unless nothing but lines of it follow."""
    places = [*_HEAD.finditer(statement)]
    blocks = [
        (here[1], statement[here.end() : there.start() if there else None].strip("\n"))
        for here, there in zip(places, [*places[1:], None], strict=True)
    ]
    return [
        (_single_spaced(given.rstrip()) + "\n", right.split("\n\n")[0])
        for (kind, given), (answer, right) in itertools.pairwise(blocks)
        if (kind, answer) == ("Input", "Output")
    ]


def _single_spaced(text: str) -> str:
    """Without the empty line that stands between any two lines of Codeforces's samples, as they were copied."""
    lines = text.split("\n")
    return "\n".join(lines[::2]) if len(lines) > 2 and not any(lines[1::2]) else text


def function_tests(statement: str) -> Tests:
    """Lists of arguments and values; examples that are no literals are left out."""
    found = []
    for given, right in _EXAMPLE.findall(statement):
        try:
            call = ast.parse(f"f({_literal(given)})", mode="eval").body
            assert isinstance(call, ast.Call)
            arguments = [ast.literal_eval(keyword.value) for keyword in call.keywords]
            found.append((arguments, ast.literal_eval(_literal(right))))
        except (SyntaxError, ValueError):
            continue
    return found


def _literal(text: str) -> str:
    for theirs, ours in (("true", "True"), ("false", "False"), ("null", "None")):
        text = re.sub(rf"\b{theirs}\b", ours, text)
    return text.strip()


def problem_of(row: dict[str, Any]) -> tuple[Any, int]:
    """The problem that a row's samples make, and how many there are."""
    starter = row["starter_code"]
    name = re.search(r"def (\w+)\(self", starter)
    tests = function_tests(row["question_content"]) if name else stdin_tests(row["question_content"])
    more = {"fn_name": name[1]} if name else {}
    if not tests:
        return None, 0
    inputs, outputs = [t[0] for t in tests], [t[1] for t in tests]
    if name:
        outputs = [json.dumps(value) for value in outputs]
    made = from_io("", inputs, outputs, task_id=row["question_id"], comparison="livecodebench", **more)
    return made, len(tests)


def main() -> None:
    """Counts by platform, and every answer that does not pass."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--platform")
    asked = parser.parse_args()
    rows = json.loads(gzip.decompress(asked.file.read_bytes()))
    counts: Counter[tuple[str, str]] = Counter()
    started = time.perf_counter()
    with Grader(workers=2) as grader:
        for row in rows:
            place = row["platform"]
            if row["graded_list"] != [True] or asked.platform not in (None, place):
                continue
            problem, tests = problem_of(row)
            counts[place, "answers"] += 1
            if problem is None:
                counts[place, "without samples that can be read"] += 1
                continue
            counts[place, "tests"] += tests
            grade = grader.grade(problem, row["code_list"])[0]
            counts[place, grade.outcome] += 1
            if grade.outcome != "passed":
                print(row["question_id"], row["question_title"], grade.outcome, grade.detail)
    for (place, what), count in sorted(counts.items()):
        print(f"{place}: {count} {what}")
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
