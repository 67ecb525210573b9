"""A study that asks for best of n and for a split by date: from its file to its pages."""

import json
import subprocess
from pathlib import Path

import pytest

from modelassay.report.content import StudyReport, decode_study
from support.running import COMMAND

STUDY = """
title = "dated"
baseline = "old"
[estimates]
k = [1, 2]
best_of_n = true
cutoff = 2023-09-01
[[benchmarks]]
file = "p.jsonl"
[[models]]
name = "old"
backend = "replay"
recordings = [{benchmark = "p.jsonl", samples = "old.jsonl"}]
[[models]]
name = "new"
backend = "replay"
recordings = [{benchmark = "p.jsonl", samples = "new.jsonl"}]
"""
RIGHT, WRONG = "    return x + {0}\n", "    return x - {0} - 1\n"


def problem(number: int, when: str | None) -> str:
    """One problem whose prompt shows one test."""
    row = {
        "task_id": f"own/{number}", "entry_point": "f", "canonical_solution": RIGHT.format(number),
        "prompt": f'def f(x):\n    """Add {number}.\n    >>> f(1)\n    {number + 1}\n    """\n',
        "test": f"def check(candidate):\n    assert candidate(3) == {number + 3}\n",
    }  # fmt: skip
    return json.dumps(row if when is None else row | {"date": when}) + "\n"


def samples(solved: int) -> str:
    """Two samples of six problems: one is right for the first so many, the other never."""
    texts = [(n, RIGHT if n < solved and i else WRONG) for n in range(6) for i in range(2)]
    return "".join(json.dumps({"task_id": f"own/{n}", "completion": t.format(n)}) + "\n" for n, t in texts)


def assay(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `assay` in the folder of this file's study."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Problems of before and after the cutoff, one without a date; old solves the same share of both parts."""
    path = tmp_path_factory.mktemp("dated")
    dates = ["2023-05-01", "2023-08-31T00:00:00", "2023-06-01", "2023-09-01", "2024-01-05", None]
    (path / "p.jsonl").write_text("".join(problem(n, when) for n, when in enumerate(dates)))
    (path / "old.jsonl").write_text(samples(6))
    (path / "new.jsonl").write_text(samples(3))
    (path / "study.toml").write_text(STUDY)
    return path


@pytest.fixture(scope="module")
def report(folder: Path) -> StudyReport:
    """The study's record."""
    done = assay(folder, "study", "study.toml")
    assert done.returncode == 0, done.stderr
    data = (folder / "assay-work" / "study.json").read_bytes()
    return decode_study(data)


def test_the_split_by_date_is_in_the_report(report: StudyReport) -> None:
    """New solves half before the cutoff and none after; the baseline half of both, so all of it is left."""
    found = next(s for s in report.splits if (s.model, s.k) == ("new", 1))

    assert (found.before.value, found.after.value, found.difference) == (0.5, 0.0, -0.5)
    assert (found.before.problems, found.after.problems, found.undated) == (3, 2, 1)
    assert (found.baseline, found.against) == ("old", -0.5)


def test_best_of_n_is_in_the_report_with_intervals(report: StudyReport, folder: Path) -> None:
    """One of two samples is right and passes the prompt's test: public tests find it, chance half of the time."""
    run = next(r for r in report.runs if r.model == "old")
    assert run.best_of_n is not None
    last = run.best_of_n.points[-1]

    assert (last.n, last.shown, last.oracle, last.anybody) == (2, 6.0, 6.0, 3.0)
    assert last.intervals["shown"].low < 1.0 == last.intervals["shown"].high
    assert last.gains["shown"].value == pytest.approx(0.5)
    text = (folder / "assay-work" / "report.md").read_text("utf-8")
    assert "### Best of n: one answer picked from n samples" in text
    assert "### Before and after a date" in text


def test_a_run_is_split_by_a_date_of_the_command_line(report: StudyReport, folder: Path) -> None:
    """`assay estimate RUN --cutoff` says the same of one run; a day beyond all dates is an error with its remedy."""
    run = folder / "assay-work" / "runs" / next(r.id for r in report.runs if r.model == "new")

    (found,) = json.loads(assay(folder, "estimate", run, "--cutoff", "2023-09-01", "--json").stdout)
    late = assay(folder, "estimate", run, "--cutoff", "2030-01-01")

    assert (found["difference"], found["undated"], found["cutoff"]) == (-0.5, 1, "2023-09-01")
    assert late.returncode == 1
    assert "choose a cutoff that lies between the problems' dates" in late.stderr


def test_a_report_over_runs_shows_the_curves_that_were_made(report: StudyReport, folder: Path) -> None:
    """The curve lies in the run's folder; grades that changed since are not held against it."""
    run = folder / "assay-work" / "runs" / next(r.id for r in report.runs if r.model == "old")
    done = assay(folder, "report", run, "--workdir", "again")

    assert done.returncode == 0, done.stderr
    again = decode_study((folder / "again" / "study.json").read_bytes())
    assert again.runs[0].best_of_n == next(r for r in report.runs if r.model == "old").best_of_n


def test_a_date_that_is_none_names_file_and_line(folder: Path) -> None:
    """September is a month; the line and the form it should have are said."""
    (folder / "bad.jsonl").write_text(problem(0, "2023-09-01") + problem(1, "September"))

    done = assay(folder, "grade", "old.jsonl", "--problems", "bad.jsonl", "--out", "bad")

    assert done.returncode == 1
    assert "bad.jsonl:2: `date` is no date: 'September'" in done.stderr
    assert '"2023-09-01"' in done.stderr
