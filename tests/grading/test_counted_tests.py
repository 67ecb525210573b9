"""How many tests a sample passed, where they are counted: asserts and inputs, not what happens within a `check`."""

from collections.abc import Iterator, Sequence

import pytest

from modelassay.core.measured import Grade
from modelassay.core.problems import Asserts, Check, Pairs, Problem, Suite
from modelassay.grading import Grader

PROMPT = 'def add(a, b):\n    """The sum."""\n'
RIGHT = "def add(a, b):\n    return a + b\n"
HALF = "def add(a, b):\n    return a + b if a < 5 else 0\n"
NOTHING = "I cannot."


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    """One grader for all tests here."""
    with Grader() as opened:
        yield opened


def counts(grader: Grader, suites: Sequence[Suite], program: str) -> list[tuple[int | None, int | None]]:
    problem = Problem(id="p", prompt=PROMPT, entry_point="add", reference=RIGHT, suites=tuple(suites))
    return [(g.tests_passed, g.tests) for g in grades(grader, problem, program)]


def grades(grader: Grader, problem: Problem, program: str) -> list[Grade]:
    return grader.grade(problem, [program])


ASSERTS = Suite(
    name="base",
    oracle=Asserts(asserts=("assert add(1, 2) == 3", "assert add(4, 4) == 8", "assert add(9, 1) == 10")),
)


@pytest.mark.parametrize(("program", "passed"), [(RIGHT, 3), (HALF, 2), (NOTHING, 0)])
def test_each_assert_is_a_test(grader: Grader, program: str, passed: int) -> None:
    """Those before the first that fails are passed, whether it fails by its value or by an exception."""
    assert counts(grader, [ASSERTS], program) == [(passed, 3)]


def test_asserts_are_counted_where_tests_run_beside_the_sample(grader: Grader) -> None:
    """In the sealed mode, too."""
    printed = "import contextlib, io\ndef shown(a):\n    with contextlib.redirect_stdout(io.StringIO()) as out:\n        add(a, 1)\n    return out.getvalue()\n"
    reference = "def add(a, b):\n    print(a)\n    return a + b\n"
    asserts = ("assert shown(1) == '1\\n'", "assert shown(7) == '7\\n'")
    problem = Problem(
        id="p", prompt=PROMPT, entry_point="add", reference=reference,
        suites=(Suite(name="base", oracle=Asserts(asserts=asserts, setup=printed)),),
    )  # fmt: skip
    once = "def add(a, b):\n    print(1)\n    return a + b\n"
    (right,), (wrong,) = grades(grader, problem, reference), grades(grader, problem, once)
    assert (right.mode, right.tests_passed, right.tests) == ("sealed", 2, 2)
    assert (wrong.mode, wrong.tests_passed, wrong.tests) == ("sealed", 1, 2)


@pytest.mark.parametrize(
    ("program", "passed"), [(RIGHT, (2, 4)), (HALF, (2, 3)), ("def add(a, b):\n    return 3\n", (1, 1))]
)
def test_each_input_is_a_test_of_every_suite_that_has_it(
    grader: Grader, program: str, passed: tuple[int, int]
) -> None:
    """A suite that goes on where the one before ends counts that one's inputs, too."""
    base = ((1, 2), (2, 2))
    suites = [
        Suite(name=name, oracle=Pairs(inputs=inputs, reference=RIGHT))
        for name, inputs in (("base", base), ("plus", (*base, (3, 3), (6, 6))))
    ]
    assert counts(grader, suites, program) == [(passed[0], 2), (passed[1], 4)]


def test_what_happens_within_a_check_is_not_counted(grader: Grader) -> None:
    """A function with asserts may loop and branch: no number of tests says anything of it."""
    check = Check(source="def check(f):\n    assert f(1, 2) == 3\n    assert f(2, 2) == 4\n")
    assert counts(grader, [Suite(name="base", oracle=check)], RIGHT) == [(None, None)]
