"""The example problems of each kind: their references pass, and a study takes them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from modelassay.cli.main import app
from modelassay.core.measured import Grade
from modelassay.grading import Grader
from modelassay.problems import load
from modelassay.report.samples import seen_of

FOLDER = Path(__file__).parents[2] / "examples" / "own-problems"
KINDS = (
    "functions.py",
    "checks.jsonl",
    "asserts.jsonl",
    "classes.jsonl",
    "stdin.jsonl",
    "methods.jsonl",
    "turns",
)


@pytest.mark.parametrize("name", KINDS)
def test_references_of_each_kind_pass(name: str) -> None:
    """And nothing passes that is not there."""
    with Grader() as grader:
        for problem in load(FOLDER / name).problems:
            assert problem.reference is not None
            outcomes = [g.outcome for g in grader.grade(problem, [problem.reference, "pass\n"])]
            assert outcomes[0] == "passed"
            assert outcomes[1] != "passed"


def test_a_study_takes_programs_by_input_and_output(tmp_path: Path) -> None:
    """From samples to the report, which names the test that failed."""
    said = CliRunner().invoke(app, ["study", str(FOLDER / "study.toml"), "--workdir", str(tmp_path)])
    assert said.exit_code == 0, said.output
    report = (tmp_path / "report.md").read_text()
    assert "divisor" in report
    grades = next(tmp_path.glob("runs/*/grades.jsonl")).read_text()
    assert "test 3 of 3, input '1\\\\n-1 1\\\\n': got '2\\\\n', expected '0\\\\n'" in grades


def test_the_report_counts_tests_before_the_first_failure() -> None:
    """Where they are counted, and only for what did not pass."""
    failed = Grade(
        problem="a", index=0, suite="base", outcome="failed", detail="test 2 of 3", tests_passed=1, tests=3
    )
    assert seen_of(failed).detail == "1 of 3 tests passed. test 2 of 3"
    passed = Grade(problem="a", index=0, suite="base", outcome="passed", tests_passed=3, tests=3)
    assert seen_of(passed).detail == ""
