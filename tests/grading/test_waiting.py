"""Samples that lie about what they wait for: they end as others that do nothing, and cost no more."""

import time

import pytest

from modelassay.core.measured import Completion
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading.patience import Patience
from modelassay.grading.pool import PoolOptions, Tally, grade_many
from modelassay.grading.sandbox.limits import Limits

# Says over and over that it waits for the next call (3: WAITING), and that one more is done (0: STEPS), while it sleeps.
LIES = """
import gc, sys, threading, time
def page():
    frame = sys._getframe()
    while frame is not None:
        counter = getattr(frame.f_locals.get("self"), "_counter", None)
        if counter is not None:
            return counter
        frame = frame.f_back
def lie(counter, steps):
    while True:
        counter[3] = 1
        counter[0] += steps
        time.sleep(0.02)
def begin(steps, begun=[]):
    if begun: return
    begun.append(1)
    threading.Thread(target=lie, args=(page(), steps), daemon=True).start()
"""
IN_THE_CALL = LIES + "def f(x):\n    begin({steps})\n    time.sleep(900)\n"
IN_EACH_CALL = LIES + "def f(x):\n    begin({steps})\n    time.sleep(0.4)\n    return x\n"
WITHOUT_READING = LIES + (
    "def never(descriptor, size):\n    time.sleep(900)\n"
    "def f(x):\n    import os\n    begin({steps})\n    os.read = never\n    return x\n"
)
CHECK = "def check(candidate):\n    for n in range(60):\n        assert candidate(candidate([n] * {size}))[0] == n\n"


def graded(program: str, size: int) -> tuple[str, str, float]:
    """Outcome, its detail, and the seconds that it took."""
    asked = Problem(
        id="w/0",
        prompt="",
        entry_point="f",
        suites=(Suite(name="base", oracle=Check(source=CHECK.format(size=size))),),
    )
    limits = Limits(call_seconds=0.5, floor_seconds=2.0)
    options, tally = PoolOptions(limits=limits, patience=Patience(stuck=20.0)), Tally()
    started = time.monotonic()
    completion = Completion(problem="w/0", index=0, text=program, form="program")
    grades = [g for batch in grade_many([(asked, [completion])], options, tally) for g in batch]
    assert not tally.troubles
    return grades[0].outcome, grades[0].detail, time.monotonic() - started


@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize(
    ("program", "size"),
    [(IN_THE_CALL, 1), (IN_EACH_CALL, 1), (WITHOUT_READING, 200_000)],
    ids=["once", "often", "unread"],
)
def test_a_sample_that_says_it_waits(program: str, size: int, steps: int) -> None:
    """It is timed out as idle, whatever it says about calls that it has answered, within a few times its limits."""
    outcome, detail, seconds = graded(program.replace("{steps}", str(steps)), size)

    assert (outcome, "idle" in detail) == ("timed-out", True), detail
    assert seconds < 15


def test_a_sample_cannot_take_an_assertion_away() -> None:
    """A context manager that says that it has handled the tests' own failure has not; other exceptions it may handle."""
    manager = (
        "class f:\n    def __init__(self, x): self.x = x\n    def __enter__(self): return {}\n"
        "    def __exit__(self, *rest): return True\n"
    )
    source = "def check(candidate):\n    with candidate(4) as found:\n        assert found == 4\n    with candidate(4):\n        raise KeyError(4)\n"
    asked = Problem(
        id="w/1", prompt="", entry_point="f", suites=(Suite(name="base", oracle=Check(source=source)),)
    )
    given = [
        Completion(problem="w/1", index=i, text=manager.format(value), form="program")
        for i, value in enumerate(("self.x", "0"))
    ]

    (grades,) = grade_many([(asked, given)])

    assert [g.outcome for g in grades] == ["passed", "failed"], grades
