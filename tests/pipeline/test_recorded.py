"""The main job on real input: published scores come out of the recorded samples to the decimal."""

import json
import subprocess
from pathlib import Path

import pytest

from modelassay.report.content import StudyReport, decode_study
from support.running import COMMAND, Assay

# What the makers state for these very samples (their result files): base and plus, in percent.
PUBLISHED = {
    ("Qwen/Qwen2.5-Coder-1.5B", "humaneval+"): {"base": "43.9", "plus": "36.6"},
    ("Qwen/Qwen2.5-Coder-1.5B", "mbpp+"): {"base": "69.2", "plus": "58.6"},
    ("bigcode/starcoder2-15b-instruct-v0.1", "humaneval+"): {"base": "72.6", "plus": "63.4"},
    ("bigcode/starcoder2-15b-instruct-v0.1", "mbpp+"): {"base": "75.2", "plus": "61.2"},
}


@pytest.fixture(scope="module")
def study(root: Path, benchmarks: Path, tmp_path_factory: pytest.TempPathFactory) -> StudyReport:
    """examples/recorded.toml, run by the command as the README says."""
    folder = tmp_path_factory.mktemp("recorded")
    command = [
        *COMMAND,
        "study",
        str(root / "examples" / "recorded.toml"),
        "--data",
        str(benchmarks),
        "--offline",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=540, check=False)
    assert done.returncode == 0, done.stderr
    path = folder / "assay-work" / "study.json"
    return decode_study(path.read_bytes(), str(path))


@pytest.mark.parametrize(("model", "benchmark"), PUBLISHED)
def test_published_scores_are_reproduced(study: StudyReport, model: str, benchmark: str) -> None:
    """pass@1 of both suites, rounded as the makers round it."""
    run = next(r for r in study.runs if (r.model, r.benchmark) == (model, benchmark))

    measured = {e.suite: f"{100 * e.value:.1f}" for e in run.estimates if e.k == 1}

    assert measured == PUBLISHED[model, benchmark]
    assert run.ungraded == 0


def test_the_note_is_audited(study: StudyReport) -> None:
    """The note's baseline score is contradicted, with the maker's number as the closest evidence."""
    (audit,) = study.audits
    claims = {c.id: c for c in audit.claims}
    verdicts = {
        j.verdict
        for j in audit.judgements
        if claims[j.claim].hub_id == "deepseek-ai/deepseek-coder-1.3b-instruct"
        and claims[j.claim].written.strip("~% ") == "30.5"
    }

    assert verdicts == {"contradicted"}


def test_published_facts_stand_beside_the_measurement(study: StudyReport) -> None:
    """Each replayed model's run lists what was published for it, with its source."""
    run = next(r for r in study.runs if (r.model, r.benchmark) == ("Qwen/Qwen2.5-Coder-1.5B", "humaneval+"))

    assert {p.written for p in run.published} >= {"43.9", "36.6"}
    assert all(p.source for p in run.published)


def test_grades_of_a_file(assay: Assay, shared: Path, benchmarks: Path) -> None:
    """`assay grade` on the same samples says the same, in the form that other programs rely on."""
    samples = shared / "data" / "samples" / "qwen2.5-coder-1.5b-base" / "humaneval" / "generated.jsonl"

    done = assay(
        "grade",
        samples,
        "--benchmark",
        "humaneval+@0.1.9",
        "--out",
        "out",
        "--json",
        ASSAY_DATA=str(benchmarks),
    )

    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert {
        "benchmark",
        "version",
        "problems",
        "candidates",
        "executed",
        "suites",
        "outcomes",
        "ungraded",
        "seconds",
        "candidates_per_second",
    } <= set(summary)
    assert round(100 * summary["suites"]["base"]["pass_at_k"]["1"]["value"], 1) == 43.9
    assert round(100 * summary["suites"]["plus"]["pass_at_k"]["1"]["value"], 1) == 36.6
    assert sum(summary["outcomes"].values()) == summary["candidates"] == 164
