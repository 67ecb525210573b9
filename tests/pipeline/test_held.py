"""Two commands at once on one run: the second is refused in one line, and both files stay whole."""

import json
from pathlib import Path

import pytest

from modelassay.core.errors import InputError
from modelassay.core.workdir import WorkDir
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_file import Study
from modelassay.pipeline.run.held import held
from modelassay.pipeline.run.job import RunResult, run_job
from modelassay.pipeline.run.progress import Progress, Silent
from modelassay.pipeline.study import run_study
from support.running import Assay

STUDY = """
title = "two recordings"
[estimates]
k = [1]
[[benchmarks]]
file = "p.jsonl"
[[models]]
name = "first"
backend = "replay"
[[models.recordings]]
benchmark = "p.jsonl"
samples = "first.jsonl"
[[models]]
name = "second"
backend = "replay"
[[models.recordings]]
benchmark = "p.jsonl"
samples = "second.jsonl"
"""


def recorded_study(folder: Path) -> Path:
    """One problem and two models' samples of it."""
    row = {"task_id": "own/1", "prompt": "def add(a, b):\n", "entry_point": "add",
           "test": "def check(candidate):\n    assert candidate(2, 3) == 5\n"}  # fmt: skip
    (folder / "p.jsonl").write_text(json.dumps(row) + "\n")
    for name, sign in (("first", "+"), ("second", "-")):
        text = f"def add(a, b):\n    return a {sign} b\n"
        (folder / f"{name}.jsonl").write_text(json.dumps({"task_id": "own/1", "solution": text}) + "\n")
    (folder / "study.toml").write_text(STUDY)
    return folder


def test_a_folder_is_held_once(tmp_path: Path) -> None:
    """Until it is given back; nothing is left in it."""
    folder = tmp_path / "run"
    with (
        held([folder]),
        pytest.raises(InputError, match="another command is writing this run"),
        held([folder]),
    ):
        pass
    with held([folder]):
        assert list(folder.iterdir()) == []


def test_sampling_into_a_run_that_is_being_written_is_refused(
    assay: Assay, tmp_path: Path, root: Path
) -> None:
    """Before anything of it is touched."""
    pytest.importorskip("transformers")
    folder = tmp_path / "run"
    with held([folder]):
        model = root / "examples" / "models" / "demo-base-0.5m"
        done = assay("sample", model, "--benchmark", "starter", "--n", "1", "--limit", "1", "--out", folder)

    assert done.returncode == 1
    assert "another command is writing this run" in done.stderr
    assert list(folder.iterdir()) == []


def test_grading_a_run_that_is_being_graded_is_refused(assay: Assay, tmp_path: Path, root: Path) -> None:
    """Whether it is a run of ours or a folder for samples of another tool; afterwards the same command grades."""
    samples = tmp_path / "samples.jsonl"
    samples.write_text(json.dumps({"task_id": "starter/1", "solution": "def f():\n    pass\n"}) + "\n")
    folder = tmp_path / "graded"
    command = ("grade", samples, "--benchmark", "starter", "--out", folder)
    with held([folder]):
        refused = assay(*command)
    first = assay(*command)
    with held([folder]):
        again = assay("grade", folder)

    assert refused.returncode == again.returncode == 1
    assert "another command is writing this run" in refused.stderr
    assert "another command is writing this run" in again.stderr
    assert first.returncode == 0
    assert len((folder / "grades.jsonl").read_text().splitlines()) == 1


def test_a_study_holds_the_runs_it_has_begun(tmp_path: Path) -> None:
    """From their beginning to its report: another command that would write into one is refused."""
    refused = []

    def watched(job: Job, study: Study, progress: Progress) -> RunResult:
        for each in (WorkDir(tmp_path / "work").runs).iterdir():
            with pytest.raises(InputError, match="another command is writing this run"), held([each]):
                pass
            refused.append(each.name)
        return run_job(job, study, progress)

    folder = recorded_study(tmp_path)
    run_study(
        folder / "study.toml", WorkDir(tmp_path / "work"), Source(None, offline=True), Silent(), run=watched
    )

    assert len(set(refused)) == 2
    with held([WorkDir(tmp_path / "work").run_named(refused[0]).root]):
        pass


def test_a_study_does_not_touch_a_run_that_is_being_graded(tmp_path: Path) -> None:
    """It is refused as a whole where the run is there, in the same words."""
    folder, work, source = recorded_study(tmp_path), WorkDir(tmp_path / "work"), Source(None, offline=True)
    run_study(folder / "study.toml", work, source, Silent())
    run = next(work.runs.iterdir())

    with held([run]), pytest.raises(InputError, match="another command is writing this run"):
        run_study(folder / "study.toml", work, source, Silent())
