"""A large file of problems is read a line at a time, and gives what reading it at once gives."""

import gzip
import hashlib
import json
import tracemalloc
from pathlib import Path

import pytest

from modelassay.core.errors import InputError
from modelassay.sources.problems import large_files
from modelassay.sources.problems.custom_problems import read_problems

ROWS = [{"task_id": n, "prompt": "é", "inputs": ["x" * 50, "y"], "outputs": ["1", "2"]} for n in range(4)]
TEXT = "\n".join(json.dumps(row) for row in ROWS) + "\n\n"


@pytest.mark.parametrize("packed", [False, True])
def test_a_large_file_has_the_same_problems_and_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    """Packed or not; the hash is of what is in it."""
    path = tmp_path / "p.jsonl"
    path.write_bytes(gzip.compress(TEXT.encode()) if packed else TEXT.encode())
    small = read_problems(path)
    monkeypatch.setattr(large_files, "LARGE_BYTES", 1)
    assert large_files.large_rows(path) is not None
    assert read_problems(path) == small
    assert small.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize("text", [json.dumps(ROWS), json.dumps(ROWS[0], indent=1), "prompt: x\n"])
def test_other_forms_are_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """An array, and an object over many lines, are no lines of their own."""
    path = tmp_path / "p.json"
    path.write_text(text, "utf-8")
    monkeypatch.setattr(large_files, "LARGE_BYTES", 1)
    assert large_files.large_rows(path) is None


@pytest.mark.parametrize(
    ("line", "said"), [(b"{broken\n", "not a JSON object"), (b'{"a": "\xff"}\n', "not UTF-8")]
)
def test_a_bad_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: bytes, said: str) -> None:
    """With its number."""
    path = tmp_path / "p.jsonl"
    path.write_bytes(json.dumps(ROWS[0]).encode() + b"\n" + line)
    monkeypatch.setattr(large_files, "LARGE_BYTES", 1)
    with pytest.raises(InputError, match=said) as raised:
        read_problems(path)
    assert raised.value.line == 2


def test_a_file_cut_short_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no shorter set of problems."""
    path = tmp_path / "p.jsonl.gz"
    text = "".join(json.dumps({**ROWS[0], "task_id": n}) + "\n" for n in range(200))
    path.write_bytes(gzip.compress(text.encode())[:-9])
    monkeypatch.setattr(large_files, "LARGE_BYTES", 1)
    with pytest.raises(InputError, match="broken gzip"):
        read_problems(path)


def test_a_large_file_is_in_memory_once(tmp_path: Path) -> None:
    """Its problems, and one row more while that is read."""
    path = tmp_path / "p.jsonl"
    row = {"prompt": "x", "inputs": ["7" * 1_000_000], "outputs": ["1"]}
    path.write_text("".join(json.dumps({**row, "task_id": n}) + "\n" for n in range(10)), "utf-8")
    tracemalloc.start()
    try:
        read_problems(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 14_000_000
