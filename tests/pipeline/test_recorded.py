"""The main job on real input: published scores come out of the recorded samples to the decimal."""

import json
from pathlib import Path

import pytest

from modelassay.report.content import StudyReport, decode_study
from support.running import Assay, RecordedStudy

STARCODER = "bigcode/starcoder2-15b-instruct-v0.1"
# The makers' own verdicts, under shared/data/samples.
SAMPLES = {
    (
        "Qwen/Qwen2.5-Coder-1.5B",
        "humaneval+",
    ): "qwen2.5-coder-1.5b-base/humaneval/generated_eval_results.json",
    ("Qwen/Qwen2.5-Coder-1.5B", "mbpp+"): "qwen2.5-coder-1.5b-base/mbpp/generated_eval_results.json",
    (
        STARCODER,
        "humaneval+",
    ): f"starcoder2-15b-instruct/evalplus-{STARCODER[8:]}-humaneval_eval_results.json",
    (STARCODER, "mbpp+"): f"starcoder2-15b-instruct/evalplus-{STARCODER[8:]}-mbpp_eval_results.json",
}
# What the makers state for these very samples: base and plus, in percent.
PUBLISHED = {
    ("Qwen/Qwen2.5-Coder-1.5B", "humaneval+"): {"base": "43.9", "plus": "36.6"},
    ("Qwen/Qwen2.5-Coder-1.5B", "mbpp+"): {"base": "69.2", "plus": "58.6"},
    (STARCODER, "humaneval+"): {"base": "72.6", "plus": "63.4"},
    (STARCODER, "mbpp+"): {"base": "75.2", "plus": "61.2"},
}
# Every verdict of the makers' that ours differs from; docs/verdicts.md gives the reason for each.
EXPLAINED = {
    **{key: set[tuple[str, str]]() for key in PUBLISHED},
    (STARCODER, "mbpp+"): {("Mbpp/255", "plus")},
}


@pytest.fixture(scope="module")
def folder(benchmarks: Path, recorded: RecordedStudy | None) -> Path:
    """The work directory of examples/recorded.toml, run by the command as the README says."""
    assert recorded is not None
    return recorded.folder()


@pytest.fixture(scope="module")
def study(folder: Path) -> StudyReport:
    """What the study says."""
    path = folder / "study.json"
    return decode_study(path.read_bytes(), str(path))


def makers_verdicts(path: Path) -> dict[tuple[str, str], bool]:
    """By problem and suite; a problem passes the plus suite only when it passes both."""
    passed: dict[tuple[str, str], bool] = {}
    for problem, (row, *_) in json.loads(path.read_text("utf-8"))["eval"].items():
        base, plus = (row[f"{suite}_status"] in ("pass", "success") for suite in ("base", "plus"))
        passed[problem, "base"], passed[problem, "plus"] = base, base and plus
    return passed


def our_verdicts(folder: Path, model: str, benchmark: str) -> dict[tuple[str, str], bool]:
    """By problem and suite, from the run's grades."""
    (run,) = (folder / "runs").glob(f"{model.replace('/', '-')}--{benchmark}--*")
    rows = map(json.loads, (run / "grades.jsonl").read_text("utf-8").splitlines())
    return {(row["problem"], row["suite"]): row["outcome"] == "passed" for row in rows}


def percent(passed: dict[tuple[str, str], bool]) -> dict[str, str]:
    """pass@1 of both suites of greedy runs, rounded as the makers round it."""
    values = {s: [right for (_, suite), right in passed.items() if suite == s] for s in ("base", "plus")}
    return {suite: f"{100 * sum(rights) / len(rights):.1f}" for suite, rights in values.items()}


@pytest.mark.parametrize(("model", "benchmark"), PUBLISHED)
def test_published_scores_are_reproduced(
    folder: Path, shared: Path, study: StudyReport, model: str, benchmark: str
) -> None:
    """Verdict by verdict the makers', but for the explained ones; with those, the published score."""
    theirs = makers_verdicts(shared / "data" / "samples" / SAMPLES[model, benchmark])
    ours = our_verdicts(folder, model, benchmark)

    assert {key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)} == EXPLAINED[
        model, benchmark
    ]
    with_theirs = {key: theirs[key] if key in EXPLAINED[model, benchmark] else ours[key] for key in ours}
    assert percent(with_theirs) == PUBLISHED[model, benchmark]


@pytest.mark.parametrize(("model", "benchmark"), PUBLISHED)
def test_the_report_states_the_grades(folder: Path, study: StudyReport, model: str, benchmark: str) -> None:
    """The estimates are the share of the grades that passed, and no candidate lacks a grade."""
    run = next(r for r in study.runs if (r.model, r.benchmark) == (model, benchmark))

    measured = {e.suite: f"{100 * e.value:.1f}" for e in run.estimates if e.k == 1}

    assert measured == percent(our_verdicts(folder, model, benchmark))
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
