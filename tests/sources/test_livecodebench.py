"""LiveCodeBench by release and window of contest dates, over files in its form."""

import json
from datetime import date
from pathlib import Path

import pytest

from modelassay.core.errors import InputError, MissingError
from modelassay.sources.problems.catalogue import find_release, parse_benchmark
from modelassay.sources.problems.livecodebench import Window, parse_version
from modelassay.sources.problems.problem_sets import benchmark_table, load_problem_set


def release(folder: Path, *dates: str) -> Path:
    """A data folder with a first release, one problem for each date, and a second file with one more."""
    place = folder / "livecodebench"
    place.mkdir()
    tests = json.dumps([{"input": "1\n", "output": "1\n", "testtype": "stdin"}])
    rows = [
        {
            "question_id": f"q{n}", "question_content": "Echo.", "contest_date": f"{day}T00:00:00", "starter_code": "",
            "public_test_cases": tests, "private_test_cases": tests, "metadata": "{}",
        }
        for n, day in enumerate(dates)
    ]  # fmt: skip
    (place / "test.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows[:-1]))
    (place / "test2.jsonl").write_text(json.dumps(rows[-1]) + "\n")
    return folder


@pytest.mark.parametrize(
    ("version", "ids"),
    [
        ("v1", ["q0", "q1"]),
        ("v2", ["q0", "q1", "q2"]),
        ("v2:2024-10..2024-12", ["q1"]),
        ("v2:2024-09-30..", ["q0", "q1", "q2"]),
        ("v2:..2024-09-30", ["q0"]),
        ("v2:2024-12-31..2025-01", ["q1", "q2"]),
    ],
)
def test_a_window_chooses_by_contest_date(tmp_path: Path, version: str, ids: list[str]) -> None:
    """Its last month or day is inside."""
    folder = release(tmp_path, "2024-09-30", "2024-12-31", "2025-01-01")
    name, asked = parse_benchmark(f"livecodebench@{version}")
    found = load_problem_set(name, asked, data=folder)
    assert [p.id for p in found.problems] == ids
    assert (found.name, found.version) == ("livecodebench", version)
    assert all(p.date for p in found.problems)


def test_a_release_is_not_half_there(tmp_path: Path) -> None:
    """Which files are needed is said, and how to get them."""
    folder = release(tmp_path, "2024-09-30", "2024-12-31")
    with pytest.raises(MissingError, match=r"test3\.jsonl.*hf download"):
        load_problem_set("livecodebench", "v3", data=folder)


@pytest.mark.parametrize("written", ["v6:2024-10", "v6:2025-01..2024-12", "v6:2024-13..", "v6:x..y"])
def test_a_window_that_is_none_is_refused(written: str) -> None:
    """With the form it has."""
    with pytest.raises(InputError):
        parse_version(written)


def test_december_ends_with_the_year() -> None:
    """The day after the last one starts the next month."""
    assert parse_version("v6:2024-10..2024-12")[1] == Window(date(2024, 10, 1), date(2025, 1, 1))


def test_no_other_set_has_windows() -> None:
    """A window of one that has no dates would be a silent nothing."""
    with pytest.raises(InputError):
        find_release("humaneval+", "0.1.10:2024-10..2024-12")


def test_sets_that_were_never_seen_whole_say_so(tmp_path: Path) -> None:
    """They have no hash, and a copy of them is taken by its name."""
    rows = {f"{row.name}@{row.version}": row for row in benchmark_table(tmp_path)}
    assert not rows["lbpp@1"].seen
    assert rows["lbpp@1"].sha256 == ""
    assert rows["humaneval-pro@1.0"].seen
    with pytest.raises(MissingError, match="never seen"):
        load_problem_set("lbpp", data=tmp_path)
    (tmp_path / "lbpp.jsonl").write_text(
        '{"task_id": "a", "text": "Twice.", "test_list": ["assert f(1) == 2"]}\n'
    )
    found = load_problem_set("lbpp", data=tmp_path)
    assert (len(found.problems), len(found.sha256)) == (1, 64)
