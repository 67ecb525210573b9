"""Problems that cannot be graded here: named with the reason, and never a candidate's failure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.core.errors import InputError, UnjudgeableError
from modelassay.core.problems import Asserts, Check, Problem, Suite
from modelassay.grading import Grader

PROMPT = 'def add(a, b):\n    """The sum."""\n'
RIGHT = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    """One grader for all tests here."""
    with Grader() as opened:
        yield opened


def problem(test: str, reference: str | None = None, setup: str = "") -> Problem:
    oracle = Check(source=test, setup=setup) if "def check" in test else Asserts(asserts=(test,), setup=setup)
    return Problem(
        id="p",
        prompt=PROMPT,
        entry_point="add",
        reference=reference,
        suites=(Suite(name="base", oracle=oracle),),
    )


@pytest.mark.parametrize(
    ("test", "reference", "setup", "said"),
    [
        (
            "def check(c):\n    assert c(1, 2) == 4\n",
            RIGHT,
            "",
            "reference does not pass its own tests: failed",
        ),
        (
            "assert add(1, 2) == 3",
            "def add(a, b):\n    raise ValueError(a)\n",
            "",
            "reference does not pass.*ValueError",
        ),
        ("assert add(1, 2) == 3", "def add(a, b)\n", "", "reference does not pass.*SyntaxError"),
        (
            "assert add(1, 2) == 3",
            None,
            "import nobody_has_this",
            "not installed here: ModuleNotFoundError.*nobody_has",
        ),
        (
            "def check(c):\n    import nobody_has_this\n    assert c(1, 2) == 3\n",
            None,
            "",
            "not installed here",
        ),
        ("assert add(1, 2) == 3", None, "limit = int('x')", "cannot be set up here: ValueError"),
        (
            "def check(c):\n    assert c(1, 2) == int(open('/no/such/file').read())\n",
            None,
            "",
            "a file or a service",
        ),
        (
            "def check(c):\n    import unittest\n    raise unittest.SkipTest('needs a GPU')\n",
            None,
            "",
            "skip themselves",
        ),
    ],
)
def test_faults_of_the_problem_are_named(
    grader: Grader, test: str, reference: str | None, setup: str, said: str
) -> None:
    """A right candidate and a wrong one both get no grade; the grader goes on with other problems."""
    for text in (RIGHT, WRONG):
        with pytest.raises(UnjudgeableError, match=said):
            grader.grade(problem(test, reference, setup), [text])
    assert grader.grade(problem("assert add(1, 2) == 3", RIGHT), [RIGHT])[0].outcome == "passed"


def test_what_the_reference_passes_is_the_candidates_to_pass(grader: Grader) -> None:
    """A file that a test looks for is missing because of what the candidate gave: its failure."""
    test = "def check(c):\n    open('/dev/null' if c(1, 2) == 3 else '/no/such/file').close()\n"
    outcomes = [g.outcome for g in grader.grade(problem(test, RIGHT), [RIGHT, WRONG])]
    assert outcomes == ["passed", "failed"]


def test_errors_of_candidates_stay_theirs(grader: Grader) -> None:
    """An ImportError that the candidate raises is no fault of the tests."""
    missing = "import nobody_has_this\n" + RIGHT
    late = "def add(a, b):\n    import nobody_has_this\n"
    grades = grader.grade(problem("assert add(1, 2) == 3"), [missing, late])
    assert [(g.outcome, g.at_load) for g in grades] == [("error", True), ("error", False)]


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (None, 'give ""'),
        ({"role": "assistant", "content": "x"}, "content"),
        ([{"role": "assistant"}], "last message"),
        (b"x", "decode"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_give(grader: Grader, given: object, hint: str) -> None:
    """Chat messages and nulls are no candidates."""
    with pytest.raises(InputError, match=f"sample 1 is not a text.*{hint}"):
        grader.grade(problem("assert add(1, 2) == 3"), [RIGHT, given])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("given", "samples", "said"),
    [
        (None, [RIGHT], "not a problem but NoneType"),
        ({"task_id": "p"}, [RIGHT], "not a problem but dict.*modelassay.problems"),
        ("problem", RIGHT, "not a list of samples but str.*\\[text\\]"),
        ("problem", None, "not a list of samples but NoneType"),
    ],
)
def test_what_is_no_problem_and_no_list_is_named(
    grader: Grader, given: object, samples: object, said: str
) -> None:
    """A text in place of a list is not taken for a sample per character, and each error says what to give."""
    asked = problem("assert add(1, 2) == 3") if given == "problem" else given
    with pytest.raises(InputError, match=said):
        grader.grade(asked, samples)  # type: ignore[arg-type]


def test_what_tests_write_is_not_found_by_the_next() -> None:
    """Each sample's tests begin in an empty folder, and nothing of it is left in the end."""
    source = (
        "import os\ndef check(candidate):\n    with open('log.txt', 'x') as file:\n        file.write(candidate(1))\n"
        "    assert open('log.txt').read() == '1', os.getcwd()\n"
    )
    asked = Problem(
        id="p", prompt="def f(x):\n", entry_point="f", reference="def f(x):\n    return str(x)\n",
        suites=(Suite(name="base", oracle=Check(source=source)),),
    )  # fmt: skip
    with Grader() as grader:
        grades = grader.grade(
            asked, [f"def f(x):\n    return {what}\n" for what in ("str(x)", "'2'", "f'{x}'")]
        )
    assert [g.outcome for g in grades] == ["passed", "failed", "passed"]
    folder = Path(grades[1].detail.rpartition(" ")[2].rstrip(")'\""))
    assert folder.name.startswith("assay-tests-")
    assert not folder.exists()


def test_the_tests_folder_goes_with_its_test_runner() -> None:
    """Also where tests have written nothing."""
    source = "import os\ndef check(candidate):\n    assert candidate(1) == 2, os.getcwd()\n"
    asked = Problem(
        id="p",
        prompt="def f(x):\n",
        entry_point="f",
        suites=(Suite(name="base", oracle=Check(source=source)),),
    )
    with Grader() as grader:
        (grade,) = grader.grade(asked, ["def f(x):\n    return 1\n"])
        folder = Path(grade.detail.rpartition(" ")[2])
        assert folder.is_dir()
    assert not folder.exists()


def test_tests_may_ask_for_their_file(grader: Grader) -> None:
    """It stands in the folder that they begin in, as of a file of tests that is run where it lies."""
    source = (
        "import os\ndef check(candidate):\n    assert candidate(os.path.dirname(__file__)) == os.getcwd()\n"
    )
    asked = Problem(
        id="p",
        prompt="def f(x):\n",
        entry_point="f",
        suites=(Suite(name="base", oracle=Check(source=source)),),
    )
    assert [
        g.outcome for g in grader.grade(asked, ["def f(x):\n    return x\n", "def f(x):\n    return '/'\n"])
    ] == ["passed", "failed"]
