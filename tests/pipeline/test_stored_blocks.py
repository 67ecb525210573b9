"""A study whose results lie in a store, too: another machine goes on with them, and nothing counts twice."""

from pathlib import Path

import pytest

from modelassay.core.measured import Completion, Grade, Manifest
from modelassay.core.store import encode_line, read_records, write_records
from modelassay.sources.object_store import ObjectStore
from support.clusters import study_text
from support.running import Assay

pytest.importorskip("fsspec")

PROBLEMS = "".join(
    f'{{"task_id": "p/{n}", "prompt": "def add{n}(a, b):\\n", "entry_point": "add{n}", '
    f'"test": "def check(candidate):\\n    assert candidate(2, 3) == {5 + n}\\n"}}\n'
    for n in range(5)
)
SAMPLES = "".join(
    f'{{"task_id": "p/{n}", "completion": "    return a + b + {n if i % 2 else -1}  # {i}\\n"}}\n'
    for i in range(4)
    for n in range(5)
)
STUDY = """
title = "small"
[estimates]
k = [1, 2]
[[benchmarks]]
file = "problems.jsonl"
[[models]]
name = "recorded"
backend = "replay"
[[models.recordings]]
benchmark = "problems.jsonl"
samples = "samples.jsonl"
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of recorded samples of five problems."""
    (tmp_path / "problems.jsonl").write_text(PROBLEMS)
    (tmp_path / "samples.jsonl").write_text(SAMPLES)
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path / "study.toml"


def ran(assay: Assay, study: Path, name: str) -> Path:
    """The one run's folder of a study in that work directory."""
    workdir = study.parent / name
    done = assay(
        "study", str(study), "--workdir", str(workdir), "--store", str(study.parent / "store"), "--offline"
    )
    assert done.returncode == 0, done.stderr
    (run,) = (workdir / "runs").iterdir()
    return run


def objects(study: Path) -> set[Path]:
    return {p for p in (study.parent / "store").rglob("*") if p.is_file()}


def test_another_machine_takes_what_is_there(assay: Assay, study: Path) -> None:
    """Samples, grades and estimates to the byte, CPU times included: nothing was graded again, nothing written again."""
    first = ran(assay, study, "one")
    held = objects(study)
    second = ran(assay, study, "two")

    assert held
    assert objects(study) == held
    for name in ("completions.jsonl", "estimates.jsonl"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert sorted((first / "grades.jsonl").open()) == sorted((second / "grades.jsonl").open())


def test_the_order_of_blocks_does_not_count(assay: Assay, study: Path) -> None:
    """A block of each problem, as several machines write them: their names are hashes, and samples come in the plan's order."""
    pytest.importorskip("torch")
    study.write_text(study_text(n=10, problems=5))
    first = ran(assay, study, "one")
    samples = read_records(first / "completions.jsonl", Completion)
    for block in (study.parent / "store" / first.name / "samples").iterdir():
        block.unlink()
    store = ObjectStore(str(study.parent / "store"))
    for problem in dict.fromkeys(c.problem for c in samples):
        lines = [encode_line(c) for c in samples if c.problem == problem]
        store.put(f"{first.name}/samples", b"".join(lines))
    second = ran(assay, study, "two")

    assert (first / "completions.jsonl").read_bytes() == (second / "completions.jsonl").read_bytes()


def test_another_plan_is_refused(assay: Assay, study: Path) -> None:
    """A store whose plan of that name is another one is not read."""
    from msgspec.structs import replace

    first = ran(assay, study, "one")
    plan = read_records(first / "manifest.jsonl", Manifest)[-1].plan
    store = ObjectStore(str(study.parent / "store"))
    other = study.parent / "plan.jsonl"
    write_records(other, [replace(plan, benchmark_version="other")])
    store.put(f"{plan.run_name}/plan", other.read_bytes())

    workdir = study.parent / "two"
    done = assay("study", str(study), "--workdir", str(workdir), "--store", store.url, "--offline")
    assert (done.returncode, "it holds another plan" in done.stderr) == (1, True)


def test_duckdb_reads_the_compacted_run(assay: Assay, study: Path) -> None:
    """All samples and grades in one Parquet file beside the blocks, and what a query says is what the run says."""
    pytest.importorskip("pyarrow")
    duckdb = pytest.importorskip("duckdb")
    first = ran(assay, study, "one")
    table = f"'{study.parent / 'store' / first.name / 'samples.parquet'}'"

    query = (
        f"select count(*), count(distinct (problem, sample)), sum(passed::int), any_value(model) from {table}"
    )
    grades = read_records(first / "grades.jsonl", Grade)
    assert duckdb.sql(query).fetchall() == [(20, 20, sum(g.outcome == "passed" for g in grades), "recorded")]
