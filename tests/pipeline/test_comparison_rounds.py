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


def precomputed(folder: Path, passes: dict[str, list[bool]], settings: str = "[sequential]") -> None:
    """A study of precomputed samples: model → whether its one sample of each problem passes; the first is the baseline."""
    count = len(next(iter(passes.values())))
    rows = [
        {"task_id": f"p{i}", "prompt": "def f(x):\n", "entry_point": "f",
         "test": f"def check(c):\n    assert c(1) == {i}\n"}
        for i in range(count)
    ]  # fmt: skip
    (folder / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = [f'title = "sequential"\nbaseline = "{next(iter(passes))}"\n[estimates]\nk = [1]\n{settings}\n']
    study.append('[[benchmarks]]\nfile = "p.jsonl"\n')
    for model, marks in passes.items():
        samples = [
            {"task_id": f"p{i}", "completion": f"    return {i if mark else -1}\n"}
            for i, mark in enumerate(marks)
        ]
        (folder / f"{model}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in samples))
        study.append(f'[[models]]\nname = "{model}"\nbackend = "replay"\n[[models.recordings]]\n')
        study.append(f'benchmark = "p.jsonl"\nsamples = "{model}.jsonl"\n')
    (folder / "s.toml").write_text("".join(study))


def test_a_decided_race_stops_both_models_and_stays_decided(assay: Assay, tmp_path: Path) -> None:
    """Models far apart are told apart on a part of the problems, the same for both; a rerun asks nothing more."""
    precomputed(
        tmp_path, {"weak": [i % 5 == 0 for i in range(60)], "strong": [i % 10 > 0 for i in range(60)]}
    )

    done = assay("study", "s.toml", "--json")
    asked = completions(tmp_path)
    again = assay("study", "s.toml", "--json")

    assert done.returncode == 0, done.stderr
    (comparison,) = json.loads(done.stdout)["comparisons"]
    assert comparison["verdict"] == "better"
    assert comparison["interval"]["method"] == "betting"
    assert comparison["interval"]["target"] == "problems like these"
    assert comparison["probability_better"] >= 0.98
    assert asked["weak"] == asked["strong"]
    assert len(asked["weak"]) == comparison["problems"] < 60
    assert any("sampling stopped after" in w for w in json.loads(done.stdout)["warnings"])
    assert json.loads(again.stdout)["comparisons"] == [comparison]
    assert completions(tmp_path) == asked


def test_a_race_that_chance_alone_would_decide_ends_inconclusive(assay: Assay, tmp_path: Path) -> None:
    """One problem more of twenty is no better model, though it is the whole of the set."""
    precomputed(tmp_path, {"one": [i < 10 for i in range(20)], "other": [i < 11 for i in range(20)]})

    done = assay("study", "s.toml", "--json")

    (comparison,) = json.loads(done.stdout)["comparisons"]
    assert comparison["verdict"] == "not enough data"
    assert comparison["problems"] == 20
    assert comparison["interval"]["low"] < 0 < comparison["interval"]["high"]
    assert "inconclusive after 20 of 20 problems" in done.stderr


def test_a_race_about_the_fixed_set_says_so(assay: Assay, tmp_path: Path) -> None:
    """Who asks about these problems alone gets a verdict that says so, and never a plain better."""
    fixed = '[sequential]\ntarget = "fixed problem set"'
    precomputed(tmp_path, {"weak": [False] * 20, "strong": [i < 15 for i in range(20)]}, fixed)

    done = assay("study", "s.toml", "--json")

    (comparison,) = json.loads(done.stdout)["comparisons"]
    assert comparison["verdict"] == "ahead on this set"
    assert comparison["interval"]["target"] == "this benchmark"
    assert "ahead on this set" in (tmp_path / "assay-work" / "report.md").read_text()


def test_a_comparison_that_grew_is_known_as_a_further_look(assay: Assay, tmp_path: Path) -> None:
    """Ten problems, then twenty of the same: the second look is taken at a stricter level, the same data are no look."""
    marks = {"one": [i % 2 == 0 for i in range(20)], "other": [i % 4 > 0 for i in range(20)]}
    folders = {}
    for size in (10, 20):
        precomputed(tmp_path, {name: side[:size] for name, side in marks.items()})
        for name in marks:
            folders[name, size] = f"graded/{name}-{size}"
            (tmp_path / f"{name}-{size}.jsonl").write_text((tmp_path / f"{name}.jsonl").read_text())
            graded = assay(
                "grade", f"{name}-{size}.jsonl", "--problems", "p.jsonl", "--out", folders[name, size]
            )
            assert graded.returncode == 0, graded.stderr

    looks = [
        json.loads(assay("compare", folders["one", size], folders["other", size], "--json").stdout)[0]
        for size in (10, 20, 10)
    ]

    assert [c["look"] for c in looks] == [1, 2, 1]
    assert [round(c["interval"]["level"], 4) for c in looks] == [0.96, 0.995, 0.96]


def test_rounds_need_a_baseline(assay: Assay, root: Path, tmp_path: Path) -> None:
    """There is nothing to compare with."""
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
