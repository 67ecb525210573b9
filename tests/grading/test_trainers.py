"""The grader in a training loop: many callers, deadlines, cancellation, forks; our own faults are never a reward."""

import asyncio
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import DeadlineError, InputError, SandboxError, UnjudgeableError
from modelassay.core.measured import Grade, Outcome
from modelassay.core.problems import Asserts, Check, Problem, Suite
from modelassay.grading import Grader
from support.processes import children, wait_until_gone

RIGHT = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"
SLEEPS = "import random, time\ndef add(a, b):\n    while random.random() < 2:\n        time.sleep(0.001)\n"


def problem(name: str, *asserts: str, setup: str = "") -> Problem:
    """A problem `add` with these asserts."""
    oracle = Asserts(asserts=asserts or ("assert add(2, 3) == 5", "assert add(0, 0) == 0"), setup=setup)
    suites = (Suite(name="base", oracle=oracle),)
    return Problem(id=name, prompt="Add.", entry_point="add", suites=suites)


ADD = problem("add")
UNJUDGEABLE = Problem(
    id="broken", prompt="Add.", entry_point="add", suites=(Suite(name="base", oracle=Check(source="def check(:")),)
)  # fmt: skip


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    """One grader for all tests here that do not end it."""
    with Grader(workers=2) as opened:
        yield opened


def outcomes(grades: list[Grade]) -> list[str]:
    return [grade.outcome for grade in grades]


def test_a_batch_has_one_list_per_entry(grader: Grader) -> None:
    """In the order of the batch, whatever is done first, the same problem twice included."""
    batch = [(ADD, [RIGHT, WRONG]), (problem("other"), [WRONG]), (ADD, []), (ADD, [WRONG, WRONG, RIGHT])]

    graded = grader.grade_many(batch)

    assert [outcomes(grades) for grades in graded] == [
        ["passed", "failed"],
        ["failed"],
        [],
        ["failed", "failed", "passed"],
    ]
    assert [[g.index for g in grades] for grades in graded] == [[0, 1], [0], [], [0, 1, 2]]


@pytest.mark.parametrize(
    ("outcome", "passed", "tests", "reward"),
    [
        ("passed", 4, 4, 1.0),
        ("passed", None, None, 1.0),
        ("failed", 3, 4, 0.75),
        ("timed-out", 1, 4, 0.25),
        ("failed", 4, 4, 0.75),
        ("failed", None, None, 0.0),
        ("crashed", 3, 4, 0.0),
        ("out-of-memory", 3, 4, 0.0),
        ("refused", 3, 4, 0.0),
        ("no-program", 0, 4, 0.0),
    ],
)
def test_reward(outcome: Outcome, passed: int | None, tests: int | None, reward: float) -> None:
    """1 only for what passed; a share of counted tests for what failed by itself; nothing for what broke."""
    grade = Grade(problem="p", index=0, suite="base", outcome=outcome, tests_passed=passed, tests=tests)

    assert grade.reward == reward


def test_faults_of_ours_raise_or_leave_a_gap(grader: Grader) -> None:
    """A problem that cannot be graded is an exception, or None in its samples' places; the others keep their grades."""
    batch = [(ADD, [RIGHT]), (UNJUDGEABLE, [RIGHT, WRONG])]

    with pytest.raises(UnjudgeableError, match="broken not graded"):
        grader.grade_many(batch)
    first, second = grader.grade_many(batch, on_fault="none")

    assert [g and g.outcome for g in first] == ["passed"]
    assert second == [None, None]


def test_an_unknown_way_with_faults_is_refused(grader: Grader) -> None:
    """A misspelt `on_fault` must not turn faults into something else."""
    with pytest.raises(InputError, match="on_fault is 'zero'"):
        grader.grade_many([(ADD, [RIGHT])], on_fault="zero")  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("batch", "said"),
    [(ADD, "not a batch but Problem"), ([ADD], "entry 0 of the batch is no pair"), ([(ADD, [RIGHT]), (ADD, [RIGHT], 3)], "entry 1 of the batch")],
)  # fmt: skip
def test_what_is_no_batch_is_refused(grader: Grader, batch: Any, said: str) -> None:
    """With what a batch is."""
    with pytest.raises(InputError, match=f"{said}.* pairs"):
        grader.grade_many(batch)


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"workers": 0}, "workers is 0"), ({"limits": 5}, "not Limits but int"), ({"suites": "base"}, "suites is a text"), ({"comparison": "nope"}, "no comparison is called 'nope'.*lines")],
)  # fmt: skip
def test_settings_that_no_grader_can_have(settings: Any, said: str) -> None:
    """They are refused where they are given, and not passed over."""
    with pytest.raises(InputError, match=said):
        Grader(**settings)


def test_a_deadline_that_is_no_number(grader: Grader) -> None:
    """An error of ours."""
    deadline: Any = "soon"
    with pytest.raises(InputError, match="deadline_seconds is 'soon'"):
        grader.grade(ADD, [RIGHT], deadline_seconds=deadline)


def test_a_deadline_stops_what_is_at_work(grader: Grader) -> None:
    """What is done by then has its grade, the rest none; nothing of it holds up the next batch."""
    loops = [f"{SLEEPS}    # {n}\n" for n in range(4)]
    grader.grade(ADD, [RIGHT])
    began = time.monotonic()

    (mixed,) = grader.grade_many([(ADD, [RIGHT, *loops])], on_fault="none", deadline_seconds=0.7)
    with pytest.raises(DeadlineError):
        grader.grade(ADD, loops, deadline_seconds=0.1)
    assert outcomes(grader.grade(ADD, [RIGHT])) == ["passed"]

    assert None in mixed
    assert all(g is None or g.outcome in ("passed", "timed-out") for g in mixed)
    assert time.monotonic() - began < 20  # each loop alone takes a second of CPU


def test_a_deadline_of_nothing_gives_no_verdict(grader: Grader) -> None:
    """A deadline that has passed already is a fault of the caller's clock, and no failure of a sample."""
    assert grader.grade_many([(ADD, [RIGHT])], on_fault="none", deadline_seconds=0.0) == [[None]]


def test_threads_share_a_grader(grader: Grader) -> None:
    """Sixteen threads, each with its own batches: every one gets its own verdicts."""
    wrong: list[object] = []

    def work(number: int) -> None:
        for turn in range(5):
            texts = [f"{RIGHT if (n + number) % 2 else WRONG}# {number} {turn} {n}\n" for n in range(6)]
            expected = ["passed" if (n + number) % 2 else "failed" for n in range(6)]
            if (got := outcomes(grader.grade(problem(f"{number}"), texts))) != expected:
                wrong.append((number, turn, got))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_an_event_loop_goes_on(grader: Grader) -> None:
    """Batches of one loop are graded together, and the loop is free meanwhile."""

    async def main() -> tuple[list[list[str]], int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.005)
                ticks += 1

        ticking = asyncio.create_task(tick())
        batches = [grader.grade_async([(ADD, [f"{RIGHT}# {n}\n", WRONG])]) for n in range(20)]
        found = await asyncio.gather(*batches)
        ticking.cancel()
        return [outcomes(grades) for ((grades),) in found], ticks

    found, ticks = asyncio.run(main())

    assert found == [["passed", "failed"]] * 20
    assert ticks > 0


def test_a_cancelled_task_stops_its_batch() -> None:
    """The sandbox is free again at once, and other batches have their verdicts."""

    async def main(grader: Grader) -> list[str]:
        loops = [f"{SLEEPS}    # {n}\n" for n in range(40)]
        task = asyncio.create_task(grader.grade_async([(ADD, loops)]))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        (grades,) = await grader.grade_async([(ADD, [RIGHT])])
        return outcomes(grades)

    with Grader() as fresh:
        began = time.monotonic()
        assert asyncio.run(main(fresh)) == ["passed"]
        assert time.monotonic() - began < 15  # forty loops take a second of CPU each
        assert fresh.statistics.waiting == 0


def test_close_fails_what_is_open() -> None:
    """A batch of another thread ends with an error of ours, and the next call starts anew."""
    caught: list[Exception] = []
    fresh = Grader()
    fresh.grade(ADD, [RIGHT])

    def work() -> None:
        try:
            fresh.grade(ADD, [f"{SLEEPS}    # {n}\n" for n in range(40)])
        except SandboxError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not fresh.statistics.waiting:
        time.sleep(0.01)
    fresh.close()
    thread.join(10)

    assert ["closed" in str(error) for error in caught] == [True]
    assert outcomes(fresh.grade(ADD, [RIGHT])) == ["passed"]
    fresh.close()


def test_statistics_count() -> None:
    """Samples, programs run, and what has no verdict."""
    with Grader() as fresh:
        fresh.grade_many([(ADD, [RIGHT, RIGHT, WRONG]), (UNJUDGEABLE, [RIGHT])], on_fault="none")
        found = fresh.statistics

    assert (found.batches, found.samples, found.waiting, found.ungraded) == (1, 4, 0, 1)
    assert found.outcomes == {"passed": 2, "failed": 1}
    assert found.executed >= 2


def test_a_grader_can_be_pickled() -> None:
    """Its settings travel, its processes do not."""
    with Grader(workers=2, suites=["base"]) as one:
        one.grade(ADD, [RIGHT])
        other = pickle.loads(pickle.dumps(one))
    try:
        assert other.statistics.samples == 0
        assert outcomes(other.grade(ADD, [RIGHT, WRONG])) == ["passed", "failed"]
    finally:
        other.close()


# A file of its own, since a spawned process imports its functions by name.
SPAWNING = """
import multiprocessing
from modelassay.core.problems import Asserts, Problem, Suite
from modelassay.grading import Grader
suites = (Suite(name="base", oracle=Asserts(asserts=("assert add(2, 3) == 5",))),)
problem = Problem(id="add", prompt="Add.", entry_point="add", suites=suites)
def outcome(grader, sign):
    return grader.grade(problem, [f"def add(a, b):\\n    return a {sign} b\\n"])[0].outcome
if __name__ == "__main__":
    with Grader() as grader, multiprocessing.get_context("spawn").Pool(2) as pool:
        print(outcome(grader, "+"), *pool.starmap(outcome, [(grader, sign) for sign in "+-+"]))
"""


def test_spawned_processes_have_their_own(tmp_path: Path) -> None:
    """A grader that is sent to spawned workers grades in each of them."""
    script = tmp_path / "spawning.py"
    script.write_text(SPAWNING)

    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)

    assert done.stdout.split() == ["passed", "passed", "failed", "passed"], done.stderr


# A script of its own, for a test run may have threads that do not survive a fork. Both sides grade while the other does.
FORKING = """
import os, sys, threading
{first}
from modelassay.core.problems import Asserts, Problem, Suite
from modelassay.grading import Grader
suites = (Suite(name="base", oracle=Asserts(asserts=("assert add(2, 3) == 5",))),)
problem = Problem(id="add", prompt="Add.", entry_point="add", suites=suites)
right = "def add(a, b):\\n    return a + b\\n"
grader = Grader(workers=2)
def passed(n):
    grades = grader.grade(problem, [f"{{right}}# {{n}} {{i}}\\n" for i in range(20)])
    return len(grades) == 20 and all(g.outcome == "passed" for g in grades)
assert passed(0)
busy = threading.Thread(target=lambda: [passed(n) for n in range(1, 30)])
busy.start()
children = []
for n in range(4):
    if (child := os.fork()) == 0:
        os._exit(0 if passed(100 + n) and passed(200 + n) else 1)
    children.append(child)
assert all(os.waitpid(child, 0)[1] == 0 for child in children)
busy.join()
assert passed(99)
print("well")
"""


@pytest.mark.parametrize(
    "first", ["", "import torch; torch.ones(512, 512) @ torch.ones(512, 512)"], ids=["bare", "torch"]
)
def test_forked_children_open_anew(first: str) -> None:
    """Forked while the parent grades in another thread: neither disturbs the other, with torch's threads there, too."""
    if first:
        pytest.importorskip("torch")
    done = subprocess.run(
        [sys.executable, "-c", FORKING.format(first=first)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert (done.stdout, done.returncode) == ("well\n", 0), done.stderr


def test_test_runners_end_with_the_process_that_started_them() -> None:
    """A forked child that lives on keeps none of its parent's processes alive."""
    code = (
        "import os, sys, time\n"
        "from modelassay.grading import Grader\n"
        "grader = Grader()\n"
        "grader.__enter__()\n"
        "time.sleep(0.5)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    time.sleep(60)\n"
        "print(child, flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    below = children(process.pid) - {child}
    assert below
    process.kill()
    process.wait(10)
    try:
        assert wait_until_gone(below) == set()
    finally:
        os.kill(child, 9)
