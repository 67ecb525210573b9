"""Own problem files: both forms are read, and every mistake is named with file and line."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Asserts, Check
from modelassay.sources.problems.custom_problems import read_problem_file

CHECK = {
    "task_id": "mine/0",
    "prompt": 'import math\n\n\ndef half(n: int) -> float:\n    """Half of n."""\n',
    "entry_point": "half",
    "test": "def check(candidate):\n    assert candidate(3) == 1.5\n",
}
ASSERTS = {
    "task_id": 7,
    "text": "Write a function to double a number.",
    "test_list": ["assert set(twice(2)) == {4}", "assert isclose(twice(1.5), 3)"],
    "test_setup_code": "from math import isclose",
}


def _write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def test_both_forms_are_read(tmp_path: Path) -> None:
    """One file may mix the forms; ids become text, entry points are found, the set is named after the file."""
    problems = read_problem_file(_write(tmp_path / "mine.jsonl", CHECK, "\n", ASSERTS))
    check, asserts = problems.problems
    assert problems.name == "mine"
    assert (check.id, check.entry_point, check.signature) == ("mine/0", "half", "def half(n: int) -> float:")
    assert isinstance(check.suites[0].oracle, Check)
    assert check.suites[0].oracle.setup == "import math"
    assert (asserts.id, asserts.entry_point) == ("7", "twice")
    assert isinstance(asserts.suites[0].oracle, Asserts)


def test_a_packed_file_is_read(tmp_path: Path) -> None:
    """.gz is unpacked by looking at the bytes."""
    path = tmp_path / "mine.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(CHECK).encode()))
    assert read_problem_file(path).problems[0].id == "mine/0"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{broken\n", "not a JSON object"),
        ("[1]\n", "a JSON object is expected"),
        ({"task_id": "a"}, "neither `test` nor `test_list`"),
        ({**CHECK, "task_id": None}, "no task_id"),
        ({**CHECK, "test": "assert True"}, "does not define check"),
        ({**CHECK, "test": "def check(:"}, "`test` is not Python"),
        ({**CHECK, "entry_point": "no name"}, "not a function's name"),
        ({**CHECK, "prompt": ""}, "`prompt` is empty"),
        ({**ASSERTS, "test_list": []}, "not a list of asserts"),
        ({**ASSERTS, "test_list": ["assert 1 =="]}, "`test_list` is not Python"),
        ({**ASSERTS, "test_list": ["assert 1 == 1"]}, "call no function"),
        ({**ASSERTS, "text": 3}, "`text` is not a text"),
        ({**ASSERTS, "difficulty": "brutal"}, "difficulty 'brutal' is unknown"),
        (CHECK, "stands here again, first in line 1"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, row: Any, message: str) -> None:
    """Each broken second line gives one line of error: file, line, what, and a remedy."""
    path = _write(tmp_path / "mine.jsonl", CHECK, row)
    with pytest.raises(InputError, match=message) as caught:
        read_problem_file(path)
    assert str(caught.value).startswith(f"{path}:2: ")
    assert "—" in str(caught.value)


def test_an_empty_or_missing_file_is_an_error(tmp_path: Path) -> None:
    """No problems is not a problem set."""
    with pytest.raises(InputError, match="no problems"):
        read_problem_file(_write(tmp_path / "empty.jsonl"))
    with pytest.raises(MissingError, match="no such file"):
        read_problem_file(tmp_path / "nowhere.jsonl")


def test_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    """Latin-1 text is refused where it begins."""
    path = tmp_path / "mine.jsonl"
    path.write_bytes(json.dumps(CHECK).encode() + b"\n" + b'{"task_id": "caf\xe9"}\n')
    with pytest.raises(InputError, match="not UTF-8") as caught:
        read_problem_file(path)
    assert caught.value.line == 2
