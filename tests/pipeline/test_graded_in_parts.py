"""A problem of very many samples that are run one by one is graded in parts, so that memory does not grow with it."""

import json
from pathlib import Path

import pytest

from modelassay.core.workdir import WorkDir
from modelassay.pipeline.plan.jobs import Job, plan_study
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_file import GradingEntry
from modelassay.pipeline.plan.study_reader import read_study
from modelassay.pipeline.run import grades
from modelassay.pipeline.run.precomputed import replay_job
from modelassay.pipeline.run.progress import Silent

STUDY = """
title = "small"
[[benchmarks]]
file = "problems.jsonl"
[[models]]
name = "recorded"
backend = "replay"
[[models.recordings]]
benchmark = "problems.jsonl"
samples = "samples.jsonl"
"""
SAMPLES = 8
EACH = GradingEntry(workers=1, dedupe=False)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Eight samples of one problem, every third wrong."""
    problem = {
        "task_id": "p/0",
        "prompt": "def one():\n",
        "entry_point": "one",
        "test": "def check(c):\n    assert c() == 1\n",
    }
    rows = [{"task_id": "p/0", "completion": f"    return {2 - (i % 3 > 0)}\n"} for i in range(SAMPLES)]
    (tmp_path / "problems.jsonl").write_text(json.dumps(problem) + "\n")
    (tmp_path / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "study.toml").write_text(STUDY)
    (job,) = plan_study(
        read_study(tmp_path / "study.toml"), tmp_path, WorkDir(tmp_path / "work"), Source(None, True)
    )
    return job


def test_every_sample_has_its_own_outcome(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, whatever part it was in."""
    monkeypatch.setattr(grades, "TOGETHER", 3)
    graded = grades.grade_job(job, replay_job(job, Silent()).completions, EACH, Silent())

    expected = [(i, "passed" if i % 3 else "failed") for i in range(SAMPLES)]
    assert [(g.index, g.outcome) for g in graded.grades] == expected
    assert (graded.executed, graded.ungraded) == (SAMPLES, 0)


def test_what_is_graded_is_on_disk_before_the_problem_is_done(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a kill loses a part at most."""
    monkeypatch.setattr(grades, "TOGETHER", 3)
    sizes: list[int] = []

    class Watched(Silent):
        def advance(self, units: int = 1) -> None:
            sizes.append(len(job.run.grades.read_text().splitlines()))

    grades.grade_job(job, replay_job(job, Silent()).completions, EACH, Watched())

    assert sorted(sizes) == sizes
    assert sizes[-1] == SAMPLES
    assert len(sizes) == 3


def test_a_grade_of_another_text_is_given_again(job: Job) -> None:
    """And grades of samples that are not there are dropped."""
    completions = replay_job(job, Silent()).completions
    grades.grade_job(job, completions, EACH, Silent())
    lines = [json.loads(line) for line in job.run.grades.read_text().splitlines()]
    lines[2]["text_sha256"] = "0" * 16
    lines.append({**lines[7], "index": 99})
    job.run.grades.write_text("".join(json.dumps(line) + "\n" for line in lines))

    graded = grades.grade_job(job, completions, EACH, Silent())

    assert graded.executed == 1
    assert [g.index for g in graded.grades] == list(range(SAMPLES))
    assert len(job.run.grades.read_text().splitlines()) == SAMPLES
