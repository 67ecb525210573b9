"""`assay grade` on problems judged by input and output, from files to the summary."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from modelassay.cli.main import app

ROWS = [
    {"task_id": "sum", "prompt": "Add.", "inputs": ["1 2\n", "2 2\n"], "outputs": ["3\n", "4\n"]},
    {
        "task_id": "third",
        "prompt": "A third.",
        "inputs": ["1\n", "2\n"],
        "outputs": ["0.333333\n", "0.666667\n"],
    },
]
ANSWERS = {"sum": "print(sum(map(int, input().split())))", "third": "print(int(input()) / 3)"}


def graded(folder: Path, *options: str) -> dict[str, Any]:
    problems, samples = folder / "own.jsonl", folder / "samples.jsonl"
    problems.write_text("".join(json.dumps(r) + "\n" for r in ROWS))
    samples.write_text(
        "".join(json.dumps({"task_id": t, "completion": a}) + "\n" for t, a in ANSWERS.items())
    )
    out = folder / "out"
    said = CliRunner().invoke(
        app, ["grade", str(samples), "--problems", str(problems), "--out", str(out), "--json", *options]
    )
    assert said.exit_code == 0, said.output
    summary: dict[str, Any] = json.loads(said.stdout)
    lines = (out / "grades.jsonl").read_text().splitlines()
    return {**summary, "grades": {g["problem"]: g for g in map(json.loads, lines)}}


def test_the_rule_is_printed_with_the_score(tmp_path: Path) -> None:
    """And the grades count tests."""
    summary = graded(tmp_path)
    assert summary["comparison"] == "lines"
    assert summary["outcomes"] == {"passed": 1, "failed": 1}
    grades = summary["grades"]
    assert (grades["third"]["tests_passed"], grades["third"]["tests"]) == (0, 2)


def test_another_rule_grades_anew(tmp_path: Path) -> None:
    """Grades under one rule are not taken for those under another."""
    graded(tmp_path)
    summary = graded(tmp_path, "--comparison", "float")
    assert summary["comparison"] == "float"
    assert summary["outcomes"] == {"passed": 2}


def test_an_unknown_rule_is_a_wrong_usage(tmp_path: Path) -> None:
    """With the names there are."""
    file = tmp_path / "x.jsonl"
    file.write_text("{}\n")
    said = CliRunner().invoke(app, ["grade", str(file), "--problems", str(file), "--comparison", "near"])
    assert said.exit_code == 2


@pytest.mark.parametrize(("options", "passed"), [((), 0), (("--all-tests",), 1)])
def test_all_tests_are_run_when_asked(tmp_path: Path, options: tuple[str, ...], passed: int) -> None:
    """Otherwise up to the first failure."""
    ROWS[1]["outputs"] = ["0\n", "0.6666666666666666\n"]
    assert graded(tmp_path, *options)["grades"]["third"]["tests_passed"] == passed
    ROWS[1]["outputs"] = ["0.333333\n", "0.666667\n"]


def test_two_rules_are_shown_side_by_side(tmp_path: Path) -> None:
    """The first one counts; which samples the rules disagree on is said, and by what."""
    summary = graded(tmp_path, "--comparison", "lines,float")
    assert summary["comparison"] == "lines"
    assert summary["suites"]["base"]["pass_at_k"]["1"]["value"] == 0.5
    scores = {s["comparison"]: s["pass_at_k"]["1"]["value"] for s in summary["comparisons"]}
    assert scores == {"lines": 0.5, "float": 1.0}
    assert summary["disagreement"]["reasons"] == {"numbers within 1e-6": 1}
    assert summary["grades"]["third"]["under"] == {"float": "passed"}


def test_one_rule_has_nothing_beside_it(tmp_path: Path) -> None:
    """No second score is made up."""
    summary = graded(tmp_path)
    assert (summary["comparisons"], summary["disagreement"]) == ([], None)
