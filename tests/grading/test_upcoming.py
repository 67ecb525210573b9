"""The next sample runs while the tests look at the one before; what is said about one run concerns no other."""

import time
from collections.abc import Iterator

import pytest

from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader
from modelassay.grading.extraction.extract import DEFAULT
from modelassay.grading.patience import Patience
from modelassay.grading.prepared import Prepared, run_suite
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.sandbox.process_start import SandboxSettings
from modelassay.grading.sandbox.sandbox import Sandbox
from modelassay.grading.upcoming import Upcoming
from modelassay.grading.work import describe
from support.channels import LIMIT

RIGHT = "def f(x):\n    return x\n"
ENDLESS = b"import time\nwhile True:\n    time.process_time()\n"


def problem(source: str) -> Problem:
    suites = (Suite(name="base", oracle=Check(source=source)),)
    return Problem(id="f/0", prompt="", entry_point="f", suites=suites, reference=RIGHT)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings()) as sandbox:
        yield sandbox


@pytest.fixture
def prepared(sandbox: Sandbox) -> Prepared:
    limits = {name: getattr(Limits(), name) for name in Limits().__struct_fields__}
    asked = describe(problem("def check(candidate):\n    assert candidate(1) == 1\n"))
    made = Prepared({**asked, "rules": sorted(DEFAULT)}, limits, Patience())
    made.learn(sandbox)
    return made


def outcome(upcoming: Upcoming, sandbox: Sandbox, prepared: Prepared, program: str) -> str:
    conversation = upcoming.conversation(sandbox, prepared, program.encode(), look=True)
    try:
        return run_suite(prepared.suites[0][1], conversation, 60.0).outcome
    finally:
        conversation.finish()


def samples(*programs: str) -> list[tuple[int, str, str]]:
    return [(number, program, "program") for number, program in enumerate(programs)]


def test_the_next_sample_is_begun_before_the_tests_have_looked(sandbox: Sandbox, prepared: Prepared) -> None:
    """On a busy machine answers are read before their sample has ended; a few tries, then, for one whose end comes first."""
    other = "def f(x):\n    return 1\n"
    for _ in range(50):
        upcoming = Upcoming(prepared, samples(RIGHT, other))
        turns = iter(upcoming)
        next(turns)
        first = upcoming.conversation(sandbox, prepared, RIGHT.encode(), look=True)
        first.load()
        if not first.is_latest:
            break
        first.finish()
    begun = sandbox.latest
    assert run_suite(prepared.suites[0][1], first, 60.0).outcome == "passed"
    next(turns)
    second = upcoming.conversation(sandbox, prepared, other.encode(), look=True)
    assert second.is_latest
    assert sandbox.latest is begun
    assert run_suite(prepared.suites[0][1], second, 60.0).outcome == "passed"
    second.finish()


def test_a_sample_that_did_not_end_well_lets_the_next_wait(sandbox: Sandbox, prepared: Prepared) -> None:
    crashing = "import os\ndef f(x):\n    os._exit(3)\n"
    upcoming = Upcoming(prepared, samples(crashing, RIGHT))
    next(iter(upcoming))
    first = upcoming.conversation(sandbox, prepared, crashing.encode(), look=True)
    assert run_suite(prepared.suites[0][1], first, 60.0).outcome == "crashed"
    assert first.is_latest


def test_a_sample_whose_early_run_was_ended_is_run_again(sandbox: Sandbox, prepared: Prepared) -> None:
    upcoming = Upcoming(prepared, samples(RIGHT, RIGHT))
    turns = iter(upcoming)
    next(turns)
    assert outcome(upcoming, sandbox, prepared, RIGHT) == "passed"
    sandbox.run(b"x = 1\n", [], LIMIT, lockstep=False).finish()  # in place of the second
    next(turns)
    assert outcome(upcoming, sandbox, prepared, RIGHT) == "passed"


def test_samples_whose_tests_ask_more_than_was_sent_ahead_have_their_own_verdicts() -> None:
    """Where a test asks again by what was answered, the next one, begun already, makes room and comes in its turn."""
    asks = (
        "def check(candidate):\n    if candidate(1) == 2:\n        assert candidate(candidate(5)) == 7\n"
        "    else:\n        assert candidate(1) == 1\n"
    )
    programs = [RIGHT, "def f(x):\n    return x + 1\n", "def f(x):\n    return 3\n", "f = 1\n"] * 6
    with Grader(dedupe=False) as grader:
        found = [grade.outcome for grade in grader.grade(problem(asks), programs)]
    assert found == ["passed", "passed", "failed", "error"] * 6


def test_a_command_about_a_run_that_has_ended_ends_no_other(sandbox: Sandbox) -> None:
    first = sandbox.run(b"x = 1\n", [], LIMIT, lockstep=False)
    first.finish()
    second = sandbox.run(b"import time\ntime.sleep(0.3)\n", [], LIMIT, lockstep=False)
    sandbox.stop_candidate(first)
    assert second.answer(0) == b"k"


def test_a_sample_that_is_stopped_before_it_was_forked_ends_at_once(sandbox: Sandbox) -> None:
    sandbox.layers()
    for _ in range(20):
        begun = time.monotonic()
        sandbox.run(ENDLESS, [], LIMIT, lockstep=False, look=False).finish()
        assert time.monotonic() - begun < LIMIT.cpu_seconds / 2
