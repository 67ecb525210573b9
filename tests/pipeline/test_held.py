"""Two commands at once on one run: the second is refused in one line, and both files stay whole."""

import json
from pathlib import Path

import pytest

from modelassay.core.errors import InputError
from modelassay.pipeline.run.held import held
from support.running import Assay


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
