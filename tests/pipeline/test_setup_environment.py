"""`assay setup`: which packages, from pinned versions, and where grading then finds them."""

import sys
from pathlib import Path

import pytest

from modelassay.core.errors import InputError, OfflineError
from modelassay.grading import Grader
from modelassay.grading.sandbox.environments import NoEnvironmentError, environment
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.sandbox.packages import package_paths
from modelassay.pipeline.setup_environment import VARIABLE, chosen, pinned, python_of, setup
from modelassay.problems import load

ASSERTS = Path(__file__).parents[2] / "examples" / "own-problems" / "asserts.jsonl"


def test_every_package_is_pinned() -> None:
    """So that two people who set it up have the same."""
    assert all(requirement.count("==") == 1 for requirement in pinned("bigcodebench").values())


def test_some_of_the_packages_can_be_chosen() -> None:
    """Names are compared as package indexes do."""
    assert chosen({"scikit-learn": "scikit-learn==1.3.1", "lxml": "lxml==4.9.3"}, ("scikit_learn",)) == [
        "scikit-learn==1.3.1"
    ]
    with pytest.raises(InputError, match="none of its packages"):
        chosen({"lxml": "lxml==4.9.3"}, ("torch",))


def test_nothing_is_fetched_offline(tmp_path: Path) -> None:
    """Offline it is an error, and no folder is made."""
    with pytest.raises(OfflineError):
        setup("bigcodebench", tmp_path / "env", (), offline=True, note=print)
    assert not (tmp_path / "env").exists()


def test_the_setting_is_for_its_set_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other sets are graded by the interpreter that `assay` runs by."""
    monkeypatch.setenv(VARIABLE, "/somewhere/python")
    assert python_of("bigcodebench@0.1.4") == "/somewhere/python"
    assert python_of("humaneval") is None


def test_what_is_no_interpreter_is_refused(tmp_path: Path) -> None:
    """A path that is no program, or no Python, is named."""
    with pytest.raises(NoEnvironmentError, match="is no program"):
        environment(str(tmp_path / "python"))
    with pytest.raises(NoEnvironmentError, match="does not answer"):
        environment("/bin/true")


def test_tests_and_samples_run_by_another_interpreter() -> None:
    """The same verdicts by an interpreter that is named, here the one of these tests."""
    problem = load(ASSERTS).problems[0]
    assert problem.reference is not None
    with Grader(workers=1, limits=Limits(python=sys.executable)) as grader:
        outcomes = [g.outcome for g in grader.grade(problem, [problem.reference, "pass\n"]) if g is not None]
    assert outcomes[0] == "passed"
    assert outcomes[1] != "passed"


def test_a_missing_interpreter_is_an_error_before_anything_is_graded() -> None:
    """With the path in it."""
    problem = load(ASSERTS).problems[0]
    with (
        pytest.raises(InputError, match="/nowhere/python"),
        Grader(limits=Limits(python="/nowhere/python")) as grader,
    ):
        grader.grade(problem, ["pass"])


def test_all_that_is_installed_is_shown_but_the_installers() -> None:
    """`*` means every package of the environment."""
    names = {Path(path).name for path in package_paths(("*",))}
    assert "msgspec" in names
    assert not names & {"pip", "setuptools", "__pycache__"}


def test_a_home_is_all_that_samples_find_in_their_environment() -> None:
    """Libraries that look for one find /tmp, by an interpreter of its own; nothing of the user's is there."""
    problem = load(ASSERTS).problems[0]
    assert problem.reference is not None
    program = (
        f"{problem.reference}\nimport os\nassert dict(os.environ) == {{'HOME': '/tmp'}}, dict(os.environ)\n"
    )
    with Grader(workers=1, limits=Limits(python=sys.executable)) as grader:
        (grade,) = grader.grade(problem, [program])
    assert grade.outcome == "passed", grade.detail
