"""Precomputed samples are read once; a study that goes on takes them from its own folder."""

import json
from pathlib import Path

import pytest

from modelassay.core.workdir import WorkDir
from modelassay.pipeline.plan.jobs import Job, plan_study
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_reader import read_study
from modelassay.pipeline.run import precomputed
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


class Said(Silent):
    """Keeps the notes."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Three samples of one problem, and one of a problem that is not asked."""
    problem = {
        "task_id": "p/0",
        "prompt": "def one():\n",
        "entry_point": "one",
        "test": "def check(c):\n    assert c() == 1\n",
    }
    rows = [{"task_id": name, "completion": "    return 1\n"} for name in ("p/0", "p/0", "q/0", "p/0")]
    (tmp_path / "problems.jsonl").write_text(json.dumps(problem) + "\n")
    (tmp_path / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "study.toml").write_text(STUDY)
    study = read_study(tmp_path / "study.toml")
    (job,) = plan_study(study, tmp_path, WorkDir(tmp_path / "work"), Source(None, True))
    return job


def test_a_second_run_reads_its_own_folder(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same samples, the same gaps, and the same notes, without the file being read."""
    first, second = Said(), Said()
    once = precomputed.replay_job(job, first)
    monkeypatch.setattr(precomputed, "read_precomputed", lambda *_: pytest.fail("read again"))
    again = precomputed.replay_job(job, second)

    assert list(again.completions) == list(once.completions)
    assert len(again.completions) == 3
    assert (again.missing, again.unknown, again.alarms) == (once.missing, once.unknown, once.alarms)
    assert second.lines == first.lines


def test_a_folder_that_lost_samples_is_filled_again(job: Job) -> None:
    """What it says of itself does not count where its samples are not all there."""
    precomputed.replay_job(job, Silent())
    path = job.run.completions
    path.write_text(path.read_text().splitlines(keepends=True)[0])

    assert len(precomputed.replay_job(job, Silent()).completions) == 3


def test_another_version_reads_again(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may read the file otherwise."""
    precomputed.replay_job(job, Silent())
    calls: list[Job] = []
    read = precomputed.read_precomputed

    def counted(job: Job, progress: Silent) -> tuple[precomputed.Sampled, list[str]]:
        calls.append(job)
        return read(job, progress)

    monkeypatch.setattr(precomputed, "__version__", "later")
    monkeypatch.setattr(precomputed, "read_precomputed", counted)
    precomputed.replay_job(job, Silent())

    assert calls == [job]
