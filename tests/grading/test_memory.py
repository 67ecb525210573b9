"""What one process held is in no other's memory: programs, tests, answers and references, of any length."""

import os
import re
import signal
from collections import Counter
from collections.abc import Callable

import pytest

from modelassay.core.measured import Completion
from modelassay.core.problems import Asserts, Check, Pairs, Problem, Programs, Suite
from modelassay.grading import Grader
from modelassay.grading.sandbox.limits import Limits
from support.processes import children, kind, look_while, memory

LENGTHS = (8, 30, 100, 300, 420, 500, 600, 800, 1_000, 2_000, 5_000, 20_000, 100_000)
WAITER = """
import signal
def give(n):
    'A sample that waits.'
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    signal.sigtimedwait([signal.SIGUSR1], 30)
    return n
"""
WAITS = b"A sample that waits."
PATIENT = Limits(call_seconds=60.0)
PLANTED = re.compile(rb"plant[e]d-[a-z]+-\d+-x")


def planted(what: str, length: int) -> str:
    """A text that nothing else holds."""
    return f"planted-{what}-{length}-" + "x" * length


def found_in(kinds: set[str], act: Callable[[], object]) -> dict[str, set[bytes]]:
    """The planted texts in the memory of each kind of process below this one, while `act` is going on.

    Samples wait until they have been looked at three times, the last time some time after they began. Others, as the process
    of a reference, which may hold what it knows, are passed over.
    """
    found: dict[str, set[bytes]] = {}
    looks: Counter[int] = Counter()

    def look() -> None:
        for pid in children(os.getpid()):
            try:
                what = kind(pid)
                held = memory(pid) if what in kinds else b""
                if held and (what != "candidate" or WAITS in held):
                    found.setdefault(what, set()).update(PLANTED.findall(held))
                    looks[pid] += 1
                if what == "candidate" and looks[pid] >= 3:
                    os.kill(pid, signal.SIGUSR1)
            except OSError:
                continue

    look_while(act, look, 0.1)
    return found


@pytest.fixture(autouse=True)
def needs_another_process_memory() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can read the memory of the sandbox's processes")


def problems() -> list[Problem]:
    """One of each form of tests. Their tests, references and answers hold planted texts of all lengths."""
    expected = [planted("answer", length) for length in LENGTHS]
    reference = "".join(f"# {planted('reference', length)}\n" for length in LENGTHS)
    reference += f"def give(n):\n    return {expected!r}[n]\n"
    asserts = tuple(f"assert give({n}) == {value!r}" for n, value in enumerate(expected))
    check = f"# {planted('test', 300)}\ndef check(candidate):\n" + "".join(
        f"    {line.replace('give', 'candidate')}\n" for line in asserts
    )
    fed_back = (
        "def check(candidate):\n    assert candidate(len(candidate(0)) - len(candidate(0)))\n"
        + check[check.index("    ") :]
    )
    printed = "import contextlib, io\n" + check.replace(
        "def check(candidate):\n",
        "def check(candidate):\n    with contextlib.redirect_stdout(io.StringIO()) as out:\n        candidate(0)\n"
        "    assert out.getvalue() == ''\n",
    )
    pairs = Pairs(inputs=tuple([n] for n in range(len(expected))), reference=reference)
    oracles: list[tuple[Check | Asserts | Pairs, ...]] = [
        (Check(source=check),),
        (Check(source=fed_back),),
        (Asserts(asserts=asserts),),
        (pairs, pairs),  # a base suite and one that goes on from it
        (Check(source=printed),),  # run beside the sample, without the values that it expects
    ]
    return [
        Problem(
            id=f"give/{number}", prompt="", entry_point="give",
            suites=tuple(Suite(name=("base", "plus")[i], oracle=o) for i, o in enumerate(suites)),
            reference=None if number == 4 else reference,
        )
        for number, suites in enumerate(oracles)
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(5), ids=["check", "fed back", "asserts", "pairs", "sealed"])
def test_no_process_holds_what_another_got(number: int) -> None:
    """Right programs, references, tests and answers were there before; the next sample's process has none of them.

    Planted are: in each program before, a comment; in the reference, comments and the values that it returns; in the tests,
    a comment and the values that they expect: each in 13 lengths, from 8 to 100,000 characters.
    """
    problem, right = problems()[number], problems()[0].reference
    texts = [f"# {planted('program', length)}\n{right}" for length in LENGTHS]
    completions = [
        Completion(problem=problem.id, index=index, text=text, form="program")
        for index, text in enumerate([*texts, *[WAITER] * 2])
    ]
    with Grader(PATIENT, dedupe=False) as grader:
        grades = grader.grade(problem, completions[: len(texts)])
        assert {grade.outcome for grade in grades} == {"passed"}
        found = found_in(
            {"candidate", "supervisor", "forks", "server"},
            lambda: grader.grade(problem, completions[len(texts) :]),
        )

    assert {"candidate", "supervisor", "forks"} <= found.keys()
    assert {what: texts for what, texts in found.items() if texts} == {}


def test_no_process_of_a_test_holds_what_another_got() -> None:
    """Of whole programs by input and output: neither an expected output, nor the reference, nor a program graded before."""
    right = "n = int(input())\nprint('plan' + f'ted-answer-{n}-' + 'x' * n)\n"
    tests = Programs(
        inputs=tuple(f"{length}\n" for length in LENGTHS),
        outputs=tuple(planted("answer", length) for length in LENGTHS),
        time_limit_seconds=60.0,
    )
    problem = Problem(
        id="printed", prompt="", entry_point="", suites=(Suite(name="base", oracle=tests),),
        reference=f"# {planted('reference', 300)}\n{right}",
    )  # fmt: skip
    # The text is bound to a name: as a statement of its own the compiler would leave it out, and the process would not hold it.
    waiter = WAITER.replace("def give(n):\n    ", "if 1:\n    told = ").replace("    return n\n", "")
    with Grader(PATIENT, dedupe=False) as grader:
        before = grader.grade(problem, [f"# {planted('program', length)}\n{right}" for length in LENGTHS])
        assert {grade.outcome for grade in before} == {"passed"}
        found = found_in(
            {"candidate", "supervisor", "forks", "server"}, lambda: grader.grade(problem, [waiter] * 2)
        )

    assert {"candidate", "supervisor", "forks"} <= found.keys()
    assert {what: texts for what, texts in found.items() if texts} == {}


def test_no_reference_is_run_where_samples_were() -> None:
    """The process of a reference, and the server that it comes from, hold no program that was graded before it."""
    problem, right = problems()[2], problems()[0].reference
    slow = Problem(
        id="slow", prompt="", entry_point="give", reference=WAITER,
        suites=(Suite(name="base", oracle=Asserts(asserts=("assert give(1) == 1",))),),
    )  # fmt: skip
    with Grader(PATIENT, dedupe=False) as grader:
        grader.grade(problem, [f"# {planted('program', length)}\n{right}" for length in LENGTHS])
        found = found_in({"candidate", "forks"}, lambda: grader.grade(slow, [WAITER]))

    assert found == {"candidate": set(), "forks": set()}


def test_the_test_can_find_what_is_there() -> None:
    """A sample's own text is found in its own memory, so the search looks where it should."""
    problem = problems()[2]
    text = f"# {planted('mine', 300)}\n{WAITER}"
    with Grader(PATIENT, dedupe=False) as grader:
        found = found_in({"candidate", "forks"}, lambda: grader.grade(problem, [text]))

    assert any(b"mine" in one for one in found["candidate"])
    assert found["forks"] == set()
