"""One model under several protocols: a run each, and how far they lie apart; own problems in a study."""

import json
from pathlib import Path

from support.running import Assay, demo_study

OWN = '''
def last_digit(n: int) -> int:
    """The last digit of a whole number that is not negative."""
    return n % 10


assert last_digit(1234) == 4
assert last_digit(0) == 0
'''


def test_spread_over_protocols(assay: Assay, root: Path, tmp_path: Path) -> None:
    """--protocols asks every model under each; a model meets the baseline under its own protocol."""
    text = demo_study(root, limit=4, n=8).replace("max_tokens = 80", "max_tokens = 80\npreflight = false")
    (tmp_path / "s.toml").write_text(text)

    done = assay("study", "s.toml", "--protocols", "completion,evalplus-base", "--json")

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert sorted((r["model"], r["protocol"]) for r in report["runs"]) == [
        ("demo-base-0.5m", "completion"), ("demo-base-0.5m", "evalplus-base"),
        ("demo-instruct-3m", "completion"), ("demo-instruct-3m", "evalplus-base"),
    ]  # fmt: skip
    assert {(c["baseline"], c["candidate"]) for c in report["comparisons"]} == {
        ("demo-base-0.5m · evalplus-base", "demo-instruct-3m · evalplus-base"),
        ("demo-base-0.5m · completion", "demo-instruct-3m · completion"),
    }
    spread = next(s for s in report["spreads"] if s["model"] == "demo-instruct-3m" and s["k"] == 1)
    assert spread["difference"] == abs(spread["values"]["evalplus-base"] - spread["values"]["completion"])
    assert "Spread over protocols" in (tmp_path / "assay-work" / "report.html").read_text()


def test_own_problems_in_a_study(assay: Assay, root: Path, tmp_path: Path) -> None:
    """A Python file of functions with asserts is a benchmark; the run keeps it, so its report can be remade."""
    text = demo_study(root, n=4).replace('name = "starter"\nproblems = 6', 'file = "mine.py"')
    (tmp_path / "s.toml").write_text(text)
    (tmp_path / "mine.py").write_text(OWN)

    done = assay("study", "s.toml", "--json")
    (tmp_path / "mine.py").unlink()
    again = assay("report", "assay-work", "--json")

    assert done.returncode == 0, done.stderr
    assert {r["benchmark"] for r in json.loads(done.stdout)["runs"]} == {"mine"}
    assert again.returncode == 0, again.stderr


def test_a_subset_stands_in_the_manifest(assay: Assay, root: Path, tmp_path: Path) -> None:
    """Which problems were asked, of how many, and how they were chosen."""
    done = assay("sample", root / "examples/models/demo-base-0.5m", "--n", "2", "--limit", "3", "--json")
    run = tmp_path / json.loads(done.stdout)["run"]
    graded = assay("grade", run / "completions.jsonl", "--benchmark", "starter", "--out", "g", "--json")

    assert graded.returncode == 0, graded.stderr
    text = demo_study(root, limit=3, n=2)
    (tmp_path / "s.toml").write_text(text)
    assert assay("study", "s.toml").returncode == 0
    manifests = (tmp_path / "assay-work/runs").glob("*/manifest.jsonl")
    made = [json.loads(path.read_text()) for path in manifests]
    assert {(len(m["plan"]["problems"]), m["benchmark_problems"], m["problems_chosen"]) for m in made} == {
        (3, 40, "at random")
    }


def test_a_protocol_that_cannot_ask_is_found_before_any_sampling(
    assay: Assay, root: Path, tmp_path: Path
) -> None:
    """The second model's protocol does not fit: the first is not sampled for nothing."""
    text = demo_study(root, n=2).replace('"completion"', '"chat"')
    (tmp_path / "s.toml").write_text("\n".join(reversed_models(text)))

    done = assay("study", "s.toml")

    assert done.returncode == 1
    assert "demo-base-0.5m: this model has no chat template" in done.stderr
    assert not list((tmp_path / "assay-work").glob("runs/*/completions.jsonl"))


def reversed_models(text: str) -> list[str]:
    """The study with its last model first."""
    head, *models = text.split("[[models]]")
    return [head, *(f"[[models]]{m}" for m in reversed(models))]
