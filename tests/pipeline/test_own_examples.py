"""The example problems of each kind: their references pass, and a study takes them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from modelassay.cli.main import app
from modelassay.core.measured import Grade
from modelassay.grading import Grader
from modelassay.grading.sandbox.limits import Limits
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


WRONG_FRAMES = {
    "frames/fill_down": "def fill_down(frame): return frame.reset_index(drop=True).ffill()",
    "frames/share_in_group": "def share_in_group(f): return f['amount'] / f.groupby('group')['amount'].transform('sum')",
    "frames/column_means": "import numpy as np\ndef column_means(t): return np.nan_to_num(np.nanmean(t, axis=0)).astype(t.dtype)",
    "frames/by_levels": "def by_levels(f): return f.groupby(['year', 'kind'])['value'].sum().astype(float)",
}  # fmt: skip


def test_types_index_and_missing_values_count_in_frames() -> None:
    """References pass across the trust boundary; another index, name or dtype, or 0 for NaN, does not."""
    pytest.importorskip("pandas")
    with Grader(workers=1, limits=Limits(packages=("pandas",))) as grader:
        for problem in load(FOLDER / "frames.jsonl").problems:
            assert problem.reference is not None
            grades = grader.grade(problem, [problem.reference, WRONG_FRAMES[problem.id]])
            assert [(g.outcome, g.mode) for g in grades] == [("passed", "border"), ("failed", "border")], (
                problem.id
            )


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
