"""A plan done in parts and merged is what one machine would have made."""

import json
import shutil
from pathlib import Path

import pytest

from modelassay.core.measured import Grade
from modelassay.core.store import read_records
from support.running import Assay

MODEL = Path(__file__).parents[2] / "examples" / "models" / "demo-base-0.5m"
PROBLEMS = [
    {"task_id": f"p/{n}", "prompt": f"def add{n}(a, b):\n", "entry_point": f"add{n}",
     "test": f"def check(candidate):\n    assert candidate(2, 3) == {5 + n}\n"}
    for n in range(5)
]  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Five problems, and four samples of each, of which half are right."""
    problems, samples = tmp_path / "problems.jsonl", tmp_path / "samples.jsonl"
    problems.write_text("".join(json.dumps(row) + "\n" for row in PROBLEMS))
    rows = [
        {"task_id": f"p/{n}", "completion": f"    return a + b + {n if i % 2 else -1}  # {i}\n"}
        for i in range(4)
        for n in range(5)
    ]
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return problems, samples


def run(assay: Assay, *words: object) -> str:
    done = assay(*map(str, words))
    assert done.returncode == 0, done.stderr
    return done.stdout


def grades(folder: Path) -> list[tuple[str, int, str, str]]:
    found = read_records(folder / "grades.jsonl", Grade)
    return sorted((g.problem, g.index, g.outcome, g.text_sha256) for g in found)


@pytest.mark.parametrize("parts", [3, 8])
def test_graded_in_parts(assay: Assay, files: tuple[Path, Path], tmp_path: Path, parts: int) -> None:
    """Samples to the byte, grades but for their CPU time, and estimates to the byte; more parts than problems included."""
    problems, samples = files
    run(assay, "grade", samples, "--problems", problems, "--out", tmp_path / "whole")
    folders = [tmp_path / f"part-{n}" for n in range(1, parts + 1)]
    for n, folder in enumerate(folders, 1):
        run(assay, "grade", samples, "--problems", problems, "--shard", f"{n}/{parts}", "--out", folder)
    told = json.loads(
        run(assay, "merge", *reversed(folders), folders[0], "--out", tmp_path / "merged", "--json")
    )
    for made in ("whole", "merged"):
        run(assay, "estimate", tmp_path / made, "--k", "1")

    assert (told["candidates"], told["graded"], told["lacking"]) == (20, 20, 0)
    for name in ("completions.jsonl", "estimates.jsonl"):
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert grades(tmp_path / "merged") == grades(tmp_path / "whole")


def test_a_part_done_twice_counts_once(assay: Assay, files: tuple[Path, Path], tmp_path: Path) -> None:
    """Where a machine was taken for lost and its part done again elsewhere."""
    problems, samples = files
    for name, shard in (("a", "1/2"), ("b", "2/2"), ("again", "2/2")):
        run(assay, "grade", samples, "--problems", problems, "--shard", shard, "--out", tmp_path / name)

    told = json.loads(
        run(assay, "merge", *(tmp_path / n for n in ("a", "b", "again")), "--out", tmp_path / "m", "--json")
    )

    assert (told["candidates"], told["graded"], told["differing"]) == (20, 20, 0)
    assert told["repeated"] == sum(1 for _ in (tmp_path / "b" / "completions.jsonl").open())


def test_a_folder_of_another_part_is_refused(assay: Assay, files: tuple[Path, Path], tmp_path: Path) -> None:
    """At once, and with no word of what the other part holds."""
    problems, samples = files
    run(assay, "grade", samples, "--problems", problems, "--shard", "1/2", "--out", tmp_path / "a")
    refused = assay(
        "grade", str(samples), "--problems", str(problems), "--shard", "2/2", "--out", str(tmp_path / "a")
    )

    assert refused.returncode == 1
    assert "it holds shard 1/2, not shard 2/2" in refused.stderr
    assert "samples" not in refused.stderr.replace(str(samples), "")


def test_graded_again_nothing_is_read_again(assay: Assay, files: tuple[Path, Path], tmp_path: Path) -> None:
    """The samples are those of the folder, which says what the first grading said, and nothing is run."""
    problems, samples = files
    words = ["grade", str(samples), "--problems", str(problems), "--out", str(tmp_path / "a")]
    first, before = assay(*words), (tmp_path / "a" / "completions.jsonl").stat()
    second, after = assay(*words), (tmp_path / "a" / "completions.jsonl").stat()

    assert (first.returncode, second.returncode) == (0, 0)
    assert "20 precomputed samples" in first.stderr
    assert "20 precomputed samples" in second.stderr
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_what_is_missing_is_named(assay: Assay, files: tuple[Path, Path], tmp_path: Path) -> None:
    """A part that is not there stops the merge, unless that is allowed, and then it is said."""
    problems, samples = files
    run(assay, "grade", samples, "--problems", problems, "--shard", "1/2", "--out", tmp_path / "a")

    refused = assay("merge", str(tmp_path / "a"), "--out", str(tmp_path / "m"))
    allowed = assay("merge", str(tmp_path / "a"), "--out", str(tmp_path / "m"), "--partial")

    assert (refused.returncode, "shard 2/2 is not among the folders" in refused.stderr) == (1, True)
    assert (allowed.returncode, "shard 2/2 is not among the folders" in allowed.stderr) == (0, True)


def test_other_plans_are_not_merged(assay: Assay, files: tuple[Path, Path], tmp_path: Path) -> None:
    """Other samples are another plan; a folder holds one part of one plan."""
    problems, samples = files
    other = tmp_path / "other.jsonl"
    shutil.copy(samples, other)
    other.write_text(other.read_text().replace("# 3", "# three"))
    run(assay, "grade", samples, "--problems", problems, "--shard", "1/2", "--out", tmp_path / "a")
    run(assay, "grade", other, "--problems", problems, "--shard", "2/2", "--out", tmp_path / "b")

    merged = assay("merge", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "m"))
    words = ["grade", str(samples), "--problems", str(problems), "--out", str(tmp_path / "a")]
    second = assay(*words, "--shard", "2/2")
    whole = assay(*words)

    assert (merged.returncode, "another plan" in merged.stderr) == (1, True)
    assert (second.returncode, "it holds shard 1/2, not shard 2/2" in second.stderr) == (1, True)
    assert (whole.returncode, "it holds a part of a plan" in whole.stderr) == (1, True)


@pytest.mark.parametrize("parts", [2, 6])
def test_sampled_in_parts(assay: Assay, tmp_path: Path, parts: int) -> None:
    """The demo model's samples are the same to the byte, with more parts than problems, too."""
    pytest.importorskip("torch")
    plan = [
        "sample",
        MODEL,
        "--benchmark",
        "starter",
        "--limit",
        "4",
        "--n",
        "3",
        "--max-tokens",
        "24",
        "--no-preflight",
    ]
    run(assay, *plan, "--out", tmp_path / "whole")
    folders = [tmp_path / f"part-{n}" for n in range(1, parts + 1)]
    for n, folder in enumerate(folders, 1):
        run(assay, *plan, "--shard", f"{n}/{parts}", "--out", folder)
        run(assay, "grade", folder)
    run(assay, "merge", *folders, "--out", tmp_path / "merged")
    for made in ("whole", "merged"):
        run(assay, "grade", tmp_path / made)

    def sample_lines(folder: str) -> list[str]:
        return sorted((tmp_path / folder / "completions.jsonl").read_text().splitlines())

    assert sample_lines("merged") == sample_lines("whole")
    assert grades(tmp_path / "merged") == grades(tmp_path / "whole")
    assert (tmp_path / "merged" / "estimates.jsonl").read_bytes() == (
        tmp_path / "whole" / "estimates.jsonl"
    ).read_bytes()


def test_a_part_needs_a_folder(assay: Assay) -> None:
    """Two parts in one folder would be in each other's way."""
    done = assay("sample", str(MODEL), "--shard", "1/2")

    assert (done.returncode, "--shard needs a folder of its own" in done.stderr) == (2, True)
