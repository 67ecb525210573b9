"""A fault of ours below test code is no verdict on a sample: it is tried again, then counted, and tests cannot hide it."""

import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.measured import Completion
from modelassay.core.problems import Asserts, Check, Problem, Suite
from modelassay.grading.boundary.wire import FRAME, framed, unpack
from modelassay.grading.boundary.writer import Writer
from modelassay.grading.oracles import test_calls, test_links
from modelassay.grading.oracles.conversation import Conversation
from modelassay.grading.oracles.sealed import SealedCode
from modelassay.grading.patience import Patience
from modelassay.grading.pool import PoolOptions, Tally, grade_many
from modelassay.grading.prepared import too_long
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.sandbox.process_start import SandboxSettings
from modelassay.grading.sandbox.sandbox import Sandbox
from modelassay.grading.test_runner import SuiteRunner
from modelassay.grading.work import describe
from support.processes import candidates, children, kind

PLAIN = "def check(candidate):\n    assert candidate([1]) == [1]\n"
SWALLOWING = """
def check(candidate):
    try:
        found = candidate([1])
    except BaseException:
        found = [1]
    assert found == [1]
"""
SEALED = """
import contextlib, io
def check(candidate):
    with contextlib.redirect_stdout(io.StringIO()):
        assert candidate([1]) == [1]
"""
RIGHT = "def f(x):\n    return x\n"


def problem(source: str, *, reference: str | None = None) -> Problem:
    suites = (Suite(name="base", oracle=Check(source=source)),)
    return Problem(id="f/0", prompt="", entry_point="f", suites=suites, reference=reference)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings()) as sandbox:
        yield sandbox


@pytest.fixture
def said(sandbox: Sandbox) -> Iterator[Callable[[Problem, str], dict[str, Any]]]:
    """What a test runner in this very process says of a program."""
    before = signal.signal(signal.SIGVTALRM, too_long)
    limits = {name: getattr(Limits(), name) for name in Limits().__struct_fields__}

    def ask(asked: Problem, text: str) -> dict[str, Any]:
        ours, theirs = socket.socketpair()
        runner = SuiteRunner(theirs, limits, sandbox, allow_weak=True, patience=Patience())
        try:
            ours.sendall(
                framed(("problem", 1, describe(asked))) + framed(("grade", 1, [(0, text, "program")]))
            )
            ours.shutdown(socket.SHUT_WR)
            runner.serve()
        finally:
            runner.end_references()
            theirs.close()
        heard = b"".join(iter(lambda: ours.recv(1 << 16), b""))
        messages: list[dict[str, Any]] = []
        while heard:
            end = FRAME.size + FRAME.unpack_from(heard)[0]
            messages.append(unpack(heard[FRAME.size : end]))
            heard = heard[end:]
        ours.close()
        return next(message for message in messages if "how" in message)

    yield ask
    signal.signal(signal.SIGVTALRM, before)


def bug(*_: Any, **__: Any) -> Any:
    raise KeyError("a bug")


@pytest.mark.parametrize(
    ("owner", "name"),
    [(test_calls.TestCalls, "_written"), (test_calls.TestCalls, "_changed"), (Conversation, "ask"), (Writer, "instance"), (test_links.TestLinks, "known")],
    ids=lambda v: getattr(v, "__name__", v),
)  # fmt: skip
@pytest.mark.parametrize("source", [PLAIN, SWALLOWING], ids=["plain", "swallowing"])
def test_a_bug_of_ours_is_no_verdict(
    said: Callable[[Problem, str], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, source: str,
) -> None:  # fmt: skip
    """Wherever it is below the tests, also where tests take every exception for an answer."""
    source = source.replace("[1])", "Node())").replace("[1]", "True")
    source = "class Node:\n    def __init__(self): self.seen = 0\n" + source
    program = "def f(x):\n    x.seen = 1\n    return True\n"
    assert said(problem(source), program)["grades"][0][1] == "passed"
    monkeypatch.setattr(owner, name, bug)

    answer = said(problem(source), program)

    assert "grades" not in answer
    assert answer["fault"].startswith("an internal error: KeyError: 'a bug' (grading/")
    assert not answer["again"]  # another process of ours would have the same bug


def test_a_bug_in_the_sealed_mode_is_no_verdict(
    said: Callable[[Problem, str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends the test runner, which the caller notices."""
    assert said(problem(SEALED), RIGHT)["mode"] == "sealed"
    monkeypatch.setattr(SealedCode, "_holds", bug)

    with pytest.raises(KeyError):
        said(problem(SEALED), RIGHT)


def test_a_bug_while_the_reference_runs_is_not_the_problems(
    said: Callable[[Problem, str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The problem is not called unjudgeable for it."""
    monkeypatch.setattr(test_calls.TestCalls, "_written", bug)

    nested = PLAIN.replace("[1]", "[[1]]")  # simple calls are not written that way

    answer = said(problem(nested, reference=RIGHT), RIGHT)

    assert "internal error" in answer["fault"]
    assert "unjudgeable" not in answer


WRONG = {
    "has no length": ("assert len(candidate(1)) == 1", "class E:\n    pass\ndef f(x):\n    return E()\n"),
    "has no such attribute": ("assert candidate(1).__slots__ == 1", "class E:\n    pass\ndef f(x):\n    return E()\n"),
    "cannot be formatted": ("assert f'{candidate(1):.2f}' == '1.00'", "def f(x):\n    return object()\n"),
    "is not entered": ("with candidate(1):\n        pass", "class E:\n    __enter__ = 5\ndef f(x):\n    return E()\n"),
    "is no number": ("import statistics\n    assert statistics.mean(candidate(1)) == 1", "def f(x):\n    return object()\n"),
    "an endless iterator": ("assert sum(candidate(1)) == 1", "import itertools\ndef f(x):\n    return iter(itertools.count)\n"),
    "raises, and is raised again": (
        "try:\n        candidate(1)\n    except Exception as e:\n        kept = e\n"
        "    try:\n        candidate(2)\n    except Exception:\n        pass\n    raise kept",
        "def f(x):\n    raise ValueError(x)\n",
    ),
    "raises what cannot be made again": (
        "candidate(1)",
        "class E(UnicodeEncodeError):\n    def __init__(self): self.args = ('a', 'b', 10 ** 100, 1, 'c')\n"
        "def f(x):\n    raise E\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line", "program"), WRONG.values(), ids=WRONG.keys())
def test_what_a_sample_brings_about_stays_its_own(
    said: Callable[[Problem, str], dict[str, Any]], line: str, program: str
) -> None:
    """Exceptions that our objects raise for tests to see, or for what a sample sends, are failures as before."""
    answer = said(problem(f"def check(candidate):\n    {line}\n"), program)

    assert answer["grades"][0][1] in ("failed", "error"), answer


# --- a sandbox that goes -----------------------------------------------------------------------------------
def name(pid: int) -> str:
    """What a process calls itself."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:  # it has ended
        return ""


def kill_a_supervisor(killed: list[int]) -> None:
    """The one of the first process that runs a sample, once."""
    end = time.monotonic() + 30
    while not killed and time.monotonic() < end:
        if any(name(pid) == "sample" for pid in candidates(os.getpid())):
            for pid in [child for child in children(os.getpid()) if kind(child) == "supervisor"][:1]:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
        time.sleep(0.02)


def test_the_limit_of_one_verdict_ends_with_it(said: Callable[[Problem, str], dict[str, Any]]) -> None:
    """What the process does afterwards is not ended by the CPU limit of the tests."""
    before = resource.getrlimit(resource.RLIMIT_CPU)

    assert said(problem(PLAIN), RIGHT)

    assert resource.getrlimit(resource.RLIMIT_CPU) == before


@pytest.mark.parametrize("source", [PLAIN, SWALLOWING, "asserts"], ids=["plain", "swallowing", "asserts"])
def test_a_sandbox_that_is_killed_below_test_code_is_no_verdict(source: str) -> None:
    """The sample is run again in another one, whatever the tests make of the exception."""
    oracle = Asserts(asserts=("assert f([1]) == [1]",)) if source == "asserts" else Check(source=source)
    asked = Problem(id="f/0", prompt="", entry_point="f", suites=(Suite(name="base", oracle=oracle),))
    slow = (
        "import ctypes, time\ndef f(x):\n    ctypes.CDLL(None).prctl(15, b'sample', 0, 0, 0)\n"
        "    time.sleep(0.5)\n    return [2]\n"
    )
    tally, killed = Tally(), list[int]()
    completion = Completion(problem="f/0", index=0, text=slow, form="program")
    killer = threading.Thread(target=kill_a_supervisor, args=(killed,))
    killer.start()
    grades = [g for batch in grade_many([(asked, [completion])], PoolOptions(), tally) for g in batch]
    killer.join()

    assert len(killed) == 1
    assert [(g.outcome, "sandbox" in g.detail) for g in grades] == [("failed", False)]


@pytest.mark.parametrize(
    "leave",
    [
        "os._exit(3)", "os._exit(0)", "posix._exit(3)", "os.abort()", "sys.exit(3)", "os.kill(os.getpid(), 9)",
        "os.kill(os.getpid(), signal.SIGTERM)", "os.killpg(0, 9)", "signal.raise_signal(9)",
        "signal.pthread_kill(threading.get_ident(), 9)",
    ],
)  # fmt: skip
def test_tests_that_end_their_process(leave: str) -> None:
    """A verdict where that says that the sample is wrong; one clear fault where nothing has been asked; no restart."""
    begun, wrong, tally = "import os, posix, signal, sys, threading\n", "def f(x):\n    return 0\n", Tally()
    given = [Completion(problem="f/0", index=i, text=t, form="program") for i, t in enumerate((RIGHT, wrong))]
    some = problem(f"{begun}def check(candidate):\n    if candidate(1) != 1:\n        {leave}\n")
    always = problem(f"{begun}def check(candidate):\n    {leave}\n")

    (grades,) = grade_many([(some, given)], PoolOptions(), tally)
    assert [g.outcome for g in grades] == ["passed", "failed"]

    assert list(grade_many([(always, given)], PoolOptions(), tally)) in ([], [[]])
    assert (tally.retried, tally.ungraded) == (0, 2)
    assert "its tests end their own process (status " in tally.unjudgeable["f/0"]


def test_tests_that_signal() -> None:
    """A signal with a handler reaches it, and another process can be killed."""
    source = (
        "import os, signal\ndef check(candidate):\n    seen = []\n    signal.signal(signal.SIGUSR1, lambda *a: seen.append(1))\n"
        "    os.kill(os.getpid(), signal.SIGUSR1)\n    signal.raise_signal(signal.SIGUSR1)\n    child = os.fork()\n"
        "    if child == 0:\n        os.kill(os.getpid(), 9)\n    status = os.waitpid(child, 0)[1]\n"
        "    assert (len(seen), status, candidate(1)) == (2, 9, 1)\n"
    )
    given = [Completion(problem="f/0", index=0, text=RIGHT, form="program")]

    (grades,) = grade_many([(problem(source), given)])

    assert [g.outcome for g in grades] == ["passed"]


def test_tests_that_fork() -> None:
    """Only the test runner itself says what came of the tests; what they fork may end as it likes."""
    source = "import os\ndef check(candidate):\n    child = os.fork()\n    if child == 0:\n        {}\n    os.waitpid(child, 0)\n"
    for way in ("os._exit(1)", "assert False", "return"):
        asked = problem(source.format(way) + "    assert candidate(1) == 1\n")

        (grades,) = grade_many([(asked, [Completion(problem="f/0", index=0, text=RIGHT, form="program")])])

        assert [g.outcome for g in grades] == ["passed"]
