"""Sampling in rounds: a study that stops asking once each comparison is decided."""

import json
from pathlib import Path

import pytest

from modelassay.pipeline.races import round_size
from support.running import Assay, demo_study

ROUNDS = "[sequential]\nk = 1\nproblems_per_round = 6\n[estimates]"


def study(root: Path, folder: Path) -> None:
    (folder / "s.toml").write_text(demo_study(root, limit=40, n=16).replace("[estimates]", ROUNDS))


def completions(folder: Path) -> dict[str, set[str]]:
    """Model → problems with candidates."""
    found = {}
    for path in (folder / "assay-work" / "runs").glob("*/completions.jsonl"):
        found[path.parent.name.split("--")[0]] = {json.loads(line)["problem"] for line in path.open()}
    return found


def test_a_decided_race_stops_both_models(assay: Assay, root: Path, tmp_path: Path) -> None:
    """Models far apart are told apart on a part of the problems, the same for both."""
    study(root, tmp_path)

    done = assay("study", "s.toml", "--json")

    assert done.returncode == 0, done.stderr
    (comparison,) = json.loads(done.stdout)["comparisons"]
    asked = completions(tmp_path)
    assert comparison["verdict"] == "better"
    assert comparison["interval"]["method"] == "betting"
    assert asked["demo-base-0.5m"] == asked["demo-instruct-3m"]
    assert len(asked["demo-base-0.5m"]) == comparison["problems"] < 40
    assert any("sampling stopped after" in w for w in json.loads(done.stdout)["warnings"])


def test_resuming_a_decided_race_asks_nothing(assay: Assay, root: Path, tmp_path: Path) -> None:
    """The same rounds are run again from what is on disk."""
    study(root, tmp_path)
    first = assay("study", "s.toml", "--json")
    before = completions(tmp_path)

    again = assay("study", "s.toml", "--json")

    assert json.loads(again.stdout)["comparisons"] == json.loads(first.stdout)["comparisons"]
    assert completions(tmp_path) == before


def test_a_race_against_its_equal_asks_everything(assay: Assay, root: Path, tmp_path: Path) -> None:
    """No difference is no decision before the last problem, unless it is seen to be a tie."""
    study(root, tmp_path)
    text = (tmp_path / "s.toml").read_text()
    base = root / "examples/models/demo-base-0.5m"
    text = text.replace(str(root / "examples/models/demo-instruct-3m"), str(base)).replace(
        'protocol = "chat"', 'protocol = "completion"'
    )
    (tmp_path / "s.toml").write_text(text)

    done = assay("study", "s.toml", "--json")

    (comparison,) = json.loads(done.stdout)["comparisons"]
    assert comparison["verdict"] == "tie"
    assert comparison["problems"] == 40


def test_rounds_need_a_baseline(assay: Assay, root: Path, tmp_path: Path) -> None:
    """There is nothing to race with."""
    study(root, tmp_path)
    path = tmp_path / "s.toml"
    path.write_text(path.read_text().replace('baseline = "demo-base-0.5m"', ""))

    done = assay("study", "s.toml")

    assert done.returncode == 1
    assert "needs a baseline" in done.stderr


@pytest.mark.parametrize(
    ("samples", "size"), [(None, 10), (1, 256), (20, 12), (50, 10), (100, 10), (300, 10)]
)
def test_rounds_are_whole_batches(samples: int | None, size: int) -> None:
    """A batch of the transformers backend is sampled whole, so a round that splits one wastes candidates."""
    assert round_size(samples) == size
