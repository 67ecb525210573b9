"""What one process held is in no other's memory: programs, tests, answers and references, of any length."""

import os
import re
import threading
import time
from collections.abc import Callable

import pytest

from modelassay.core.measured import Asserts, Check, Completion, Pairs, Problem, Suite
from modelassay.grading import Grader
from support.processes import children, kind, memory

LENGTHS = (8, 30, 100, 300, 420, 500, 600, 800, 1_000, 2_000, 5_000, 20_000, 100_000)
PLANTED = re.compile(rb"plant[e]d-[a-z]+-\d+-x")


def planted(what: str, length: int) -> str:
    """A text that nothing else holds."""
    return f"planted-{what}-{length}-" + "x" * length


def found_in(kinds: set[str], act: Callable[[], object]) -> dict[str, set[bytes]]:
    """The planted texts in the memory of each kind of process below this one, while `act` is going on."""
    done = threading.Event()
    found: dict[str, set[bytes]] = {}

    def look() -> None:
        while not done.is_set():
            for pid in children(os.getpid()):
                try:
                    what = kind(pid)
                    if what in kinds:
                        found.setdefault(what, set()).update(PLANTED.findall(memory(pid)))
                except OSError:
                    continue
            time.sleep(0.05)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        act()
    finally:
        done.set()
        thread.join()
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
    oracles: list[Check | Asserts | Pairs] = [
        Check(source=check),
        Check(source=fed_back),
        Asserts(asserts=asserts),
        Pairs(inputs=tuple([n] for n in range(len(expected))), reference=reference),
    ]
    return [
        Problem(
            id=f"give/{number}", prompt="", entry_point="give",
            suites=(Suite(name="base", oracle=oracle),), reference=reference,
        )
        for number, oracle in enumerate(oracles)
    ]  # fmt: skip


SLEEPER = "import time\ndef give(n):\n    time.sleep(0.4)\n    return n\n"


@pytest.mark.parametrize("number", range(4))
def test_no_process_holds_what_another_got(number: int) -> None:
    """Right programs, references, tests and answers were there before; the next sample's process has none of them."""
    problem = problems()[number]
    assert problem.reference is not None
    texts = [f"# {planted('program', length)}\n{problem.reference}" for length in LENGTHS]
    completions = [
        Completion(problem=problem.id, index=index, text=text, form="program")
        for index, text in enumerate([*texts, *[SLEEPER] * 2])
    ]
    with Grader(dedupe=False) as grader:
        grades = grader.grade(problem, completions[: len(texts)])
        assert {grade.outcome for grade in grades} == {"passed"}
        found = found_in(
            {"candidate", "supervisor", "forks", "server"},
            lambda: grader.grade(problem, completions[len(texts) :]),
        )

    assert {"candidate", "supervisor", "forks"} <= found.keys()
    assert {what: texts for what, texts in found.items() if texts} == {}


def test_the_test_can_find_what_is_there() -> None:
    """A sample's own text is found in its own memory, so the search looks where it should."""
    problem = problems()[2]
    text = f"# {planted('mine', 300)}\n{SLEEPER}"
    with Grader(dedupe=False) as grader:
        found = found_in({"candidate", "forks"}, lambda: grader.grade(problem, [text]))

    assert any(b"mine" in one for one in found["candidate"])
    assert found["forks"] == set()
