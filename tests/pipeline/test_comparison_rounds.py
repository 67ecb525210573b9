"""Sampling in rounds: a study that stops asking once each comparison is decided."""

import json
from pathlib import Path

import pytest

from modelassay.pipeline.run.comparison_rounds import round_size
from support.running import Assay, demo_study

ROUNDS = "[sequential]\nk = 1\n[estimates]"


def study(root: Path, folder: Path, *, limit: int = 40, n: int = 16) -> None:
    (folder / "s.toml").write_text(demo_study(root, limit=limit, n=n).replace("[estimates]", ROUNDS))


def completions(folder: Path) -> dict[str, set[str]]:
    """Model → problems with candidates."""
    found = {}
    for path in (folder / "assay-work" / "runs").glob("*/completions.jsonl"):
        found[path.parent.name.split("--")[0]] = {json.loads(line)["problem"] for line in path.open()}
    return found


def test_a_decided_race_stops_both_models_and_stays_decided(assay: Assay, root: Path, tmp_path: Path) -> None:
    """Models far apart are told apart on a part of the problems, the same for both; a rerun asks nothing more."""
    study(root, tmp_path)

    done = assay("study", "s.toml", "--json")
    asked = completions(tmp_path)
    again = assay("study", "s.toml", "--json")

    assert done.returncode == 0, done.stderr
    (comparison,) = json.loads(done.stdout)["comparisons"]
    assert comparison["verdict"] == "better"
    assert comparison["interval"]["method"] == "betting"
    assert asked["demo-base-0.5m"] == asked["demo-instruct-3m"]
    assert len(asked["demo-base-0.5m"]) == comparison["problems"] < 40
    assert any("sampling stopped after" in w for w in json.loads(done.stdout)["warnings"])
    assert json.loads(again.stdout)["comparisons"] == [comparison]
    assert completions(tmp_path) == asked


def test_a_race_against_its_equal_asks_everything(assay: Assay, root: Path, tmp_path: Path) -> None:
    """No difference is no decision before the last problem, unless it is seen to be a tie."""
    study(root, tmp_path, limit=9, n=4)
    text = (tmp_path / "s.toml").read_text()
    base = root / "examples/models/demo-base-0.5m"
    text = text.replace(str(root / "examples/models/demo-instruct-3m"), str(base)).replace(
        'protocol = "chat"', 'protocol = "completion"'
    )
    (tmp_path / "s.toml").write_text(text)

    done = assay("study", "s.toml", "--json")

    (comparison,) = json.loads(done.stdout)["comparisons"]
    assert comparison["verdict"] == "tie"
    assert comparison["problems"] == 9


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


def recorded(folder: Path, passes: dict[str, list[bool]]) -> None:
    """A study of recorded candidates that stops problem by problem, k = 2."""
    rows = [
        {"task_id": problem, "text": "Give one.", "test_list": [f"assert f{number}() == 1"]}
        for number, problem in enumerate(passes)
    ]
    (folder / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    samples = [
        {"task_id": problem, "solution": f"def f{number}():\n    return {int(ok)}\n"}
        for number, (problem, verdicts) in enumerate(passes.items())
        for ok in verdicts
    ]
    (folder / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in samples))
    (folder / "s.toml").write_text(
        """
title = "stops"
[estimates]
k = [2]
[sequential]
stop = "problems"
candidates_per_round = 10
[[benchmarks]]
file = "p.jsonl"
[[models]]
name = "recorded"
backend = "replay"
[[models.recordings]]
benchmark = "p.jsonl"
samples = "s.jsonl"
"""
    )


def test_easy_and_hopeless_problems_stop_early(assay: Assay, tmp_path: Path) -> None:
    """Ten passes decide, forty failures decide, a rate near the edge stays open to the end."""
    edge = [i % 10 < 3 for i in range(60)]  # two of rate 0.3 solve it about every other time
    recorded(tmp_path, {"easy": [True] * 60, "hopeless": [False] * 60, "edge": edge})

    done = assay("study", "s.toml", "--json")

    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    decided = {d["problem"]: d for d in run["decided"]}
    assert decided["easy"]["solved"] is True
    assert decided["easy"]["graded"] == 10
    assert decided["hopeless"]["solved"] is False
    assert decided["hopeless"]["graded"] < 60
    assert decided["edge"]["solved"] is None
    assert decided["edge"]["graded"] == 60
    assert run["estimates"] == []


def test_whole_problem_backends_do_not_stop_within_one(assay: Assay, root: Path, tmp_path: Path) -> None:
    """What cannot be spared is said before anything is sampled."""
    study(root, tmp_path)
    path = tmp_path / "s.toml"
    path.write_text(path.read_text().replace("[sequential]", '[sequential]\nstop = "problems"'))

    done = assay("study", "s.toml")

    assert done.returncode == 1
    assert "transformers samples whole problems" in done.stderr
