"""EvalPlus itself on the same samples: the same verdicts, and the same score of what we export. Slow: ASSAY_SLOW=1."""

import json
import os
from pathlib import Path

import pytest

from support.evalplus import Verdicts, evaluate, evaluate_alone, install
from support.running import Assay

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("ASSAY_SLOW"), reason="installs evalplus; set ASSAY_SLOW=1"),
]
QWEN, STARCODER = "qwen2.5-coder-1.5b-base", "starcoder2-15b-instruct"
SAMPLES = {
    ("humaneval", QWEN): f"{QWEN}/humaneval/generated.jsonl",
    ("humaneval", STARCODER): f"{STARCODER}/evalplus-{STARCODER}-v0.1-humaneval.jsonl",
    ("mbpp", QWEN): f"{QWEN}/mbpp/generated.jsonl",
    ("mbpp", STARCODER): f"{STARCODER}/evalplus-{STARCODER}-v0.1-mbpp.jsonl",
}
# Where the two may differ, and why: docs/verdicts.md. EvalPlus gives a sample a minute of wall-clock time in all.
KNOWN: dict[tuple[str, str], set[str]] = {("mbpp", STARCODER): {"Mbpp/599"}, ("mbpp", QWEN): {"Mbpp/599"}}


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """EvalPlus's interpreter: ASSAY_EVALPLUS_ENV keeps the environment for the next time."""
    folder = os.environ.get("ASSAY_EVALPLUS_ENV")
    return install(Path(folder) if folder else tmp_path_factory.mktemp("evalplus"))


def our_verdicts(folder: Path) -> Verdicts:
    """(problem, index) → base, base and plus."""
    found: dict[tuple[str, int], dict[str, bool]] = {}
    for line in (folder / "grades.jsonl").read_text().splitlines():
        grade = json.loads(line)
        suites = found.setdefault((grade["problem"], grade["index"]), {})
        suites[grade["suite"]] = grade["outcome"] == "passed"
    return {key: (s["base"], s["base"] and s["plus"]) for key, s in found.items()}


@pytest.mark.parametrize(("dataset", "model"), SAMPLES)
def test_same_verdicts_on_real_samples(
    assay: Assay, shared: Path, benchmarks: Path, python: Path, tmp_path: Path, dataset: str, model: str
) -> None:
    """164 or 378 samples of a published model: base and plus verdict of each."""
    given = shared / "data" / "samples" / SAMPLES[dataset, model]
    samples = tmp_path / "samples.jsonl"
    samples.write_bytes(given.read_bytes())
    benchmark = f"{dataset}+"

    theirs, _ = evaluate(python, dataset, samples, benchmarks)
    graded = assay(
        "grade", samples, "--benchmark", benchmark, "--data", benchmarks, "--out", "out", timeout=1800
    )

    assert graded.returncode == 0, graded.stderr
    ours = our_verdicts(tmp_path / "out")
    assert ours.keys() == theirs.keys()
    differing = [key for key in ours if ours[key] != theirs[key]]
    alone = evaluate_alone(python, dataset, samples, differing) if differing else {}
    left = {key[0] for key in differing if ours[key] != alone[key]}
    assert left <= KNOWN.get((dataset, model), set())


def test_what_we_export_scores_the_same(
    assay: Assay, shared: Path, benchmarks: Path, python: Path, tmp_path: Path
) -> None:
    """Three samples of each problem, graded and exported, evaluated by evalplus's own command: our pass@1."""
    given = shared / "data" / "samples" / "codegen-16b-n100"
    (file,) = given.glob("HumanEval*.jsonl")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows:
        row["samples"] = row["samples"][:3]
    (tmp_path / "given.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    stops = [part for word in ("class", "def", "#", "if", "print") for part in ("--stop", word)]
    grade = (
        "grade",
        "given.jsonl",
        "--benchmark",
        "humaneval+",
        "--data",
        benchmarks,
        "--out",
        "run",
        "--json",
    )
    done = assay(*grade, *stops, timeout=1800)
    assert done.returncode == 0, done.stderr
    assert assay("export", "run", "--out", "samples.jsonl", "--data", benchmarks).returncode == 0

    theirs, said = evaluate(python, "humaneval", tmp_path / "samples.jsonl", benchmarks)

    assert our_verdicts(tmp_path / "run") == theirs
    suites = json.loads(done.stdout)["suites"]
    assert f"pass@1:\t{suites['base']['pass_at_k']['1']['value']:.3f}" in said
    assert f"pass@1:\t{suites['plus']['pass_at_k']['1']['value']:.3f}" in said
