"""What says nothing is one clear fault in bounded time; what is paused, or writes a lot beside its work, is no fault."""

import os
import signal
import threading
import time
from collections.abc import Callable

from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading.patience import Patience
from modelassay.grading.pool import Pool, PoolOptions, Tally
from modelassay.grading.workers import WORDS_KEPT
from support.processes import candidates, children, kind

RIGHT = "def f(x):\n    return x\n"
SLOW = "import time\ndef f(x):\n    time.sleep({seconds})\n    return x\n# {number}\n"
CHECK = "def check(candidate):\n    assert candidate(1) == 1\n"


def problem(source: str) -> Problem:
    return Problem(
        id="f/0", prompt="", entry_point="f", suites=(Suite(name="base", oracle=Check(source=source)),)
    )


def graded(
    source: str, texts: list[str], options: PoolOptions, look: Callable[[Pool], None] | None = None
) -> tuple[list[Grade], Tally]:
    """Grades of some programs, none of them taken for another, and what was counted."""
    tally = Tally()
    given = [Completion(problem="f/0", index=i, text=t, form="program") for i, t in enumerate(texts)]
    with Pool(options) as pool:
        grades = [g for batch in pool.grade([(problem(source), given)], tally) for g in batch]
        if look:
            look(pool)
    return grades, tally


def signalled(kinds: set[str], *steps: tuple[int, float]) -> threading.Thread:
    """Sends signals to the processes of some kinds below this one, once a sample runs, each with a pause after it."""

    def send() -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and not candidates(os.getpid()):
            time.sleep(0.02)
        time.sleep(0.2)
        chosen = [pid for pid in children(os.getpid()) if kind(pid) in kinds]
        for number, pause in steps:
            for pid in chosen:
                os.kill(pid, number)
            time.sleep(pause)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_a_test_runner_that_does_nothing_is_one_fault() -> None:
    """It is stopped once, the program it was at has no grade and says why, and the others are graded."""
    options = PoolOptions(dedupe=False, patience=Patience(stuck=3.0, alive=0.5))
    started = time.monotonic()
    thread = signalled({"runner"}, (signal.SIGSTOP, 0.0))

    grades, tally = graded(CHECK, [SLOW.format(seconds=0.9, number=n) for n in range(2)], options)

    thread.join()
    assert [(g.index, g.outcome) for g in grades] == [(1, "passed")]
    assert (tally.ungraded, tally.retried) == (1, 1)
    assert "did nothing for too long and was stopped" in tally.troubles["f/0"]
    assert time.monotonic() - started < 60


def test_tests_that_wait_for_nobody_are_one_fault() -> None:
    """Before they have asked anything: no sample's fault. Afterwards they did not end on what it returned."""
    options = PoolOptions(dedupe=False, patience=Patience(still=1.0))
    waiting = "import time\ndef check(candidate):\n    time.sleep(900)\n"
    after = "import time\ndef check(candidate):\n    if candidate(1) != 1:\n        time.sleep(900)\n"

    grades, tally = graded(waiting, [RIGHT, RIGHT], options)
    assert (grades, tally.ungraded) == ([], 2)
    assert tally.unjudgeable == {"f/0": "its tests did nothing for 1 s"}

    grades, tally = graded(after, [RIGHT, RIGHT.replace("return x", "return 2")], options)
    assert [g.outcome for g in grades] == ["passed", "timed-out"]


def test_what_tests_write_to_stderr_is_read_and_bounded() -> None:
    """Any amount of it: nobody waits for a reader, and no more than the last words are kept."""
    kept: list[int] = []

    def look(pool: Pool) -> None:
        for worker in pool._workers:
            worker.drain()
            kept.append(len(worker._words))

    noisy = (
        "import os\ndef check(candidate):\n    os.write(2, b'w' * 100_000)\n    assert candidate(1) == 1\n"
    )
    grades, tally = graded(noisy, [f"{RIGHT}# {n}\n" for n in range(40)], PoolOptions(dedupe=False), look)

    assert {g.outcome for g in grades} == {"passed"}
    assert (len(grades), tally.retried) == (40, 0)
    assert kept == [WORDS_KEPT]


def test_a_pause_of_everything_is_nobodys_idleness() -> None:
    """A sample that may do nothing for 1 s sleeps for less, and all below the caller is paused for longer meanwhile."""
    thread = signalled(
        {"runner", "server", "supervisor", "forks", "candidate"}, (signal.SIGSTOP, 2.5), (signal.SIGCONT, 0.0)
    )

    grades, tally = graded(
        CHECK, [SLOW.format(seconds=0.6, number=n) for n in range(3)], PoolOptions(dedupe=False)
    )

    thread.join()
    assert [g.outcome for g in grades] == ["passed"] * 3
    assert tally.ungraded == 0
