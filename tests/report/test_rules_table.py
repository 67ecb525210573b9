"""The report shows the scores under every rule that the outputs were judged by."""

from pathlib import Path

from typer.testing import CliRunner

from modelassay.cli.main import app

FOLDER = Path(__file__).parents[2] / "examples" / "own-problems"


def test_the_report_shows_the_scores_under_each_rule(tmp_path: Path) -> None:
    """Both rules stand in the table with their scores, and what the programs differ in below it."""
    answers, problems = str(FOLDER / "answers.jsonl"), str(FOLDER / "stdin.jsonl")
    graded = [
        "grade",
        answers,
        "--problems",
        problems,
        "--out",
        str(tmp_path / "run"),
        "--comparison",
        "lines,float",
    ]
    assert CliRunner().invoke(app, graded).exit_code == 0
    made = CliRunner().invoke(app, ["report", str(tmp_path / "run"), "--workdir", str(tmp_path / "work")])
    assert made.exit_code == 0, made.output
    page = (tmp_path / "work" / "report.md").read_text("utf-8")
    table = page.partition("The same outputs under several rules of comparison")[2].partition("\n### ")[0]
    assert "lines" in table
    assert "float" in table
    assert "differ" in table or "agree" in table
    assert "rules of comparison" in (tmp_path / "work" / "report.html").read_text("utf-8")
