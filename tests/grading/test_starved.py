"""Verdicts on a machine that is so busy that a sample hardly runs: those of a machine that is not."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.core.measured import Completion
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.sandbox.scheduling import Idleness
from support.processes import candidates

CALL_SECONDS = 0.25
NICE = 16  # a busy loop beside it leaves a sample 3 % of a CPU
BUSY = "import time\ndef f(x):\n    end = time.process_time() + 0.06\n    while time.process_time() < end: pass\n    return x\n"
TURNS = (
    "import threading, time\ndef f(x):\n    def work():\n        end = time.thread_time() + 0.025\n"
    "        while time.thread_time() < end: pass\n    threads = [threading.Thread(target=work) for _ in range(3)]\n"
    "    for t in threads: t.start()\n    for t in threads: t.join()\n    return x\n"
)
SLEEPS = "import time\ndef f(x):\n    time.sleep(30)\n    return x\n"


def test_what_is_idle() -> None:
    """Waiting is no idleness, is settled when it is over, and cannot be saved up; a disk is waited for so long and no longer."""
    seen = Idleness()
    for look in ((1.0, 0.02, 0.0, "R"), (2.0, 0.04, 1.90, "S")):  # all but 0.06 s of it waiting
        seen.note(*look)
    assert (round(seen.whole, 6), round(seen.in_call, 6)) == (0.06, 0.06)

    seen.note(2.5, 0.54, 9.0, "S")  # threads that waited side by side
    seen.note(3.5, 0.54, 9.0, "S")
    assert (round(seen.whole, 6), round(seen.in_call, 6)) == (1.06, 1.06)

    seen.begin_call()
    for second in range(60):
        seen.note(4.5 + second, 0.54, 9.0, "D")
    assert (round(seen.whole, 6), round(seen.in_call, 6)) == (31.06, 30.0)


def problem() -> Problem:
    check = "def check(candidate):\n    assert candidate(1) == 1\n"
    return Problem(
        id="s/0", prompt="", entry_point="f", suites=(Suite(name="base", oracle=Check(source=check)),)
    )


@contextlib.contextmanager
def starved(cpu: int) -> Iterator[list[int]]:
    """Each sample that comes up meanwhile shares one CPU with a busy loop, at a thirtieth of its weight."""
    loop = os.fork()
    if loop == 0:
        os.sched_setaffinity(0, {cpu})
        while True:
            pass
    over, found = threading.Event(), list[int]()

    def look() -> None:
        while not over.wait(0.005):
            for pid in candidates(os.getpid()) - set(found):
                with contextlib.suppress(OSError):
                    os.sched_setaffinity(pid, {cpu})
                    os.setpriority(os.PRIO_PROCESS, pid, NICE)
                    if (group := Path(f"/proc/{pid}/autogroup")).exists():
                        group.write_text(str(NICE))
                    found.append(pid)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
        os.kill(loop, 9)
        os.waitpid(loop, 0)


@pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="this kernel does not count waiting for a CPU"
)
@pytest.mark.parametrize(
    ("program", "outcome"),
    [(BUSY, "passed"), (TURNS, "passed"), (SLEEPS, "timed-out")],
    ids=["busy", "turns", "sleeps"],
)
def test_a_sample_that_hardly_gets_a_cpu(program: str, outcome: str) -> None:
    """What it waits for a CPU is not idleness; what it sleeps is, there as elsewhere."""
    started = time.monotonic()

    with Grader(Limits(call_seconds=CALL_SECONDS)) as grader, starved(min(os.sched_getaffinity(0))) as found:
        (grade,) = grader.grade(problem(), [Completion(problem="s/0", index=0, text=program, form="program")])

    assert found
    assert grade.outcome == outcome, grade.detail
    assert "CPU" not in grade.detail
    assert time.monotonic() - started < 60
