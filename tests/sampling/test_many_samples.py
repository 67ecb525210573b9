"""Files of samples that are larger than memory: read a line at a time, sorted on disk, and read as small ones are."""

import bz2
import gzip
import json
import lzma
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from modelassay.core.errors import InputError
from modelassay.core.measured import Completion
from modelassay.core.problems import Check, Problem, ProblemSet, Suite
from modelassay.core.stored_records import Stored
from modelassay.sampling.precomputed import gathering
from modelassay.sampling.precomputed.gathering import Gathering, Indices
from modelassay.sampling.precomputed.line_file import line_file
from modelassay.sampling.precomputed_samples import PrecomputedSamples
from modelassay.sampling.replay import read_samples

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstandard.compress,
}  # fmt: skip


def problem_set(number: int = 3) -> ProblemSet:
    listed = tuple(
        Problem(
            id=f"p/{n}", prompt=f"def f{n}():\n", entry_point=f"f{n}",
            suites=(Suite(name="base", oracle=Check(source="def check(candidate): pass")),),
        )
        for n in range(number)
    )  # fmt: skip
    return ProblemSet(name="mine", version="1", sha256="0" * 64, licence="none", problems=listed)


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def rows(number: int, problems: int = 3, width: int = 10) -> list[dict[str, Any]]:
    """Samples of all problems in turn."""
    return [
        {"task_id": f"p/{n % problems}", "completion": f"    return {n:0{width}}\n"} for n in range(number)
    ]


def said(read: PrecomputedSamples) -> tuple[Any, ...]:
    """All that was found."""
    troubles = [(t.line, t.message) for t in [*read.malformed, *read.unknown]]
    return (
        read.format,
        list(read.completions),
        read.missing,
        troubles,
        read.assumptions,
        read.nulls,
        read.sha256,
    )


@pytest.mark.parametrize("ending", PACKED)
def test_lines_are_read_as_whole_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """Packed or not: samples, lines of what is none, and the hash."""
    text = (
        "\ufeff"
        + "\n"
        + lines(*rows(20))
        + "{broken\n\n[1]\n"
        + lines({"task_id": "q/1", "completion": ""}, {"task_id": 1.5})
        + "{}"
    )
    path = tmp_path / f"samples.jsonl{ending}"
    path.write_bytes(PACKED[ending](text.encode()))
    assert line_file(path, None) is not None
    streamed = read_samples(path, problem_set())
    monkeypatch.setattr("modelassay.sampling.precomputed.reader.line_file", lambda *_, **__: None)

    assert said(streamed) == said(read_samples(path, problem_set()))
    assert [t.line for t in streamed.malformed] == [22, 24, 26, 27]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.json", '{"p/0": ["a", "b"]}\n'),
        ("indented.json", '{\n  "p/0": ["a"]\n}\n'),
        ("list.json", '[["a"], ["b"],\n ["c"]]'),
        ("rows.csv", "task_id,completion\np/0,a\np/1,b\n"),
        ("named.csv", '{"a": 1}\n{"a": 2}\n'),
        ("broken.jsonl", '{"task_id": "p/0", \n{"task_id": "p/1", "completion": "b"}\n'),
        ("0.py", '{"a": 1}\n{"a": 2}\n'),
        ("empty.jsonl", "\n\n"),
        ("latin.jsonl", '{"task_id": "\xe9"}\n{}\n'),
    ],
)
def test_other_files_are_read_whole(tmp_path: Path, name: str, content: str) -> None:
    """Documents, tables, programs, and lines whose first is broken."""
    path = tmp_path / name
    path.write_text(content, encoding="latin-1")
    assert line_file(path, None) is None


def test_a_byte_that_is_no_text_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_bytes(lines(*rows(5)).encode() + b'{"task_id": "\xff"}\n')
    with pytest.raises(InputError, match="not UTF-8 text") as error:
        read_samples(path, problem_set())
    assert error.value.line == 6


def test_a_packed_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl.gz"
    path.write_bytes(gzip.compress(lines(*rows(5000, width=200)).encode(), 0)[:-40_000])
    with pytest.raises(InputError, match="broken gzip"):
        read_samples(path, problem_set())


def test_a_folder_of_files_of_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is more samples of the same problems, in the order of their names."""
    for name, some in (("a.jsonl", rows(6)), ("b.jsonl", rows(9))):
        (tmp_path / name).write_text(lines(*some))
    streamed = read_samples(tmp_path, problem_set())
    monkeypatch.setattr("modelassay.sampling.precomputed.reader.line_file", lambda *_, **__: None)

    assert said(streamed) == said(read_samples(tmp_path, problem_set()))
    assert len(streamed.completions) == 15


@pytest.mark.parametrize("most", [2, 256])
def test_many_samples_are_sorted_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """The order is that of few, and nothing of them is left in the folder. most: runs that are merged at once."""
    monkeypatch.setattr(gathering, "HELD", 3000)
    monkeypatch.setattr(gathering, "_MOST", most)
    monkeypatch.setattr(gathering, "_PART", 700)
    (tmp_path / "samples.jsonl").write_text(lines(*rows(500)))
    spool = tmp_path / "spool"
    spool.mkdir()
    read = read_samples(tmp_path / "samples.jsonl", problem_set(), spool=spool)

    assert isinstance(read.completions, Stored)
    assert [(c.problem, c.index) for c in read.completions] == [
        (f"p/{p}", i) for p in range(3) for i in range(167 if p < 2 else 166)
    ]
    assert read.completions[1].text == "    return 0000000003\n"
    assert not list(spool.iterdir())


def test_what_is_cut_off_is_cut_off_on_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_text(lines(*({"task_id": "p/0", "completion": f"    x = {n}\nend\n"} for n in range(40))))
    few = list(read_samples(path, problem_set(), stop=("end",)).completions)
    monkeypatch.setattr(gathering, "HELD", 2000)
    many = read_samples(path, problem_set(), stop=("end",)).completions

    assert list(many) == few
    assert (many[3], many[4:6]) == (few[3], few[4:6])
    assert few[0].text == "    x = 0\n"


def test_a_folder_that_cannot_be_written_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "HELD", 1000)
    (tmp_path / "samples.jsonl").write_text(lines(*rows(30)))
    read = read_samples(tmp_path / "samples.jsonl", problem_set(), spool=tmp_path / "none")
    assert len(read.completions) == 30


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times as many samples: at most a megabyte more, where their texts are five."""
    monkeypatch.setattr(gathering, "HELD", 200_000)

    def largest(number: int) -> int:
        path = tmp_path / f"{number}.jsonl"
        path.write_text(lines(*rows(number, width=500)))
        tracemalloc.start()
        try:
            assert len(read_samples(path, problem_set()).completions) == number
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    largest(1000)  # what is imported
    assert largest(10_000) < largest(1000) + 1_000_000


def test_samples_of_other_problems_are_not_kept(tmp_path: Path) -> None:
    """But a file that numbers none counts them, and they are not missing."""
    (tmp_path / "samples.jsonl").write_text(lines(*rows(6)))
    read = read_samples(tmp_path / "samples.jsonl", problem_set(4), only={"p/1"})
    assert [(c.problem, c.index) for c in read.completions] == [("p/1", 0), ("p/1", 1)]
    assert read.missing == ["p/3"]


def test_indices_in_any_order() -> None:
    indices = Indices()
    assert [indices.claim(i) for i in (2, 0, 1, 1, 5, 2)] == [True, True, True, False, True, False]
    assert len(indices) == 4


def test_few_samples_stay_in_memory() -> None:
    found = Gathering(problem_set().problems, None)
    for index in (1, 0):
        found.add(Completion(problem="p/0", index=index, text="x"))
    assert [c.index for c in found.in_order()] == [0, 1]
