"""kill -9 of any process of ours, at any moment: the grades are those of an undisturbed run, and no process is left."""

import json
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.sources.problems.problem_sets import load_problem_set
from support.processes import children, kind, wait_until_gone
from support.running import COMMAND

ROUNDS = 10 if os.environ.get("ASSAY_SLOW") else 1
KILLS = 12  # in each round
BURN = "for _ in range(400_000):\n    pass\n"  # so that there is a candidate at nearly every moment
Grades = dict[tuple[str, int, str], str]


def samples() -> Iterator[dict[str, str]]:
    """Right, wrong, broken and raising programs of every problem, no two alike."""
    for problem in load_problem_set("starter").problems:
        wrong = f"def {problem.entry_point}(*given):\n    return ['wrong']\n"
        for program in (problem.reference, wrong, "def broken(:\n", wrong.replace("return", "raise")):
            for number in range(2):
                yield {"task_id": problem.id, "solution": f"{program}\n{BURN}# {number}\n"}


def start(folder: Path, out: str) -> subprocess.Popen[bytes]:
    """`assay grade` of the samples with two workers, again if it has been begun."""
    command = [*COMMAND, "grade", "samples.jsonl", "--benchmark", "starter", "--no-dedupe", "--workers", "2"]
    return subprocess.Popen(
        [*command, "--out", out], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def finish(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors.decode()


def grades(folder: Path) -> Grades:
    """(problem, index, suite) → outcome; each is there once."""
    rows = [json.loads(line) for line in (folder / "grades.jsonl").read_text().splitlines()]
    found = {(row["problem"], row["index"], row["suite"]): row["outcome"] for row in rows}
    assert len(found) == len(rows)
    return found


def victims(process: subprocess.Popen[bytes]) -> dict[str, list[int]]:
    """The processes there are, by what they are."""
    found = {"main": [process.pid]}
    for child in children(process.pid):
        found.setdefault(kind(child), []).append(child)
    return found


def wait_for_work(process: subprocess.Popen[bytes]) -> None:
    """Until a candidate runs, or the command has ended."""
    while process.poll() is None and "candidate" not in victims(process):
        time.sleep(0.01)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples and the grades that nobody disturbed."""
    folder = tmp_path_factory.mktemp("killed")
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in samples()))
    finish(start(folder, "calm"))
    return folder


@pytest.mark.parametrize("number", range(ROUNDS))
def test_whoever_is_killed_the_grades_are_the_same(calm: Path, number: int) -> None:
    """Twelve kills at random moments of main process, test runners, servers and samples; then to the end."""
    moments, killed, seen = random.Random(number), Counter[str](), set[int]()
    process = start(calm, f"out{number}")
    while sum(killed.values()) < KILLS and process.poll() is None:
        if moments.random() < 0.8:  # else it may still be starting
            wait_for_work(process)
        time.sleep(moments.uniform(0.0, 0.3))
        there = victims(process)
        what = moments.choice(sorted(there))
        below = children(process.pid)
        seen |= below
        try:
            os.kill(moments.choice(there[what]), 9)
        except ProcessLookupError:  # it has ended meanwhile
            continue
        killed[what] += 1
        if what == "main":
            process.communicate()
            assert wait_until_gone(below) == set()
            process = start(calm, f"out{number}")
    finish(process)

    assert grades(calm / f"out{number}") == grades(calm / "calm")
    assert wait_until_gone(seen) == set()
    assert len(killed) >= 3, killed  # else this has shown little
