"""Own problem files: both forms are read, and every mistake is named with file and line."""

import csv
import gzip
import io
import json
import lzma
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelassay.core.errors import InputError, MissingError
from modelassay.core.problems import Asserts, Check
from modelassay.grading import Grader
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
        (
            {"task_id": "a", "prompt": "p", "input": ["1"], "output": ["1"]},
            "write `inputs` for `input`, write `outputs`",
        ),
        (
            {"task_id": "a", "prompt": "p", "inputs": ["1"], "outputs": []},
            "1 inputs and 0 outputs .*`assay init --demo",
        ),
        ({**CHECK, "task_id": ""}, "no task_id"),
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


def test_one_array_an_object_and_yaml(tmp_path: Path) -> None:
    """The same rows in any of the forms that problems are kept in; ids under other names, or none."""
    rows = [
        {**CHECK, "task_id": "mine/0"},
        {k: v for k, v in CHECK.items() if k != "task_id"},
        {**CHECK, "task_id": None, "id": 5},
    ]
    (tmp_path / "a.json").write_text(json.dumps(rows, indent=1))
    (tmp_path / "b.json").write_text(json.dumps({"problems": rows}, indent=1))
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(rows))
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name in ("a.json", "b.json", "c.yaml", "d.jsonl"):
        ids = [p.id for p in read_problem_file(tmp_path / name).problems]
        assert ids == ["mine/0", f"{name[0]}/1", "5"]


def test_broken_files_name_the_line(tmp_path: Path) -> None:
    """Arrays and YAML that cannot be read."""
    (tmp_path / "a.json").write_text("[\n{,\n]")
    (tmp_path / "b.yaml").write_text("- a: 1\n- b: [\n")
    for name in ("a.json:2", "b.yaml:3"):
        with pytest.raises(InputError, match=name):
            read_problem_file(tmp_path / name.partition(":")[0])


def test_imports_of_mbpps_tests(tmp_path: Path) -> None:
    """`test_imports` come before the setup code."""
    row = {"text": "A third.", "test_list": ["assert math.isclose(third(1), 1 / 3)"], "test_imports": ["import math"],
           "test_setup_code": "one = 1", "code": "def third(x):\n    return x / 3\n"}  # fmt: skip
    (tmp_path / "p.jsonl").write_text(json.dumps(row))
    (problem,) = read_problem_file(tmp_path / "p.jsonl").problems
    oracle = problem.suites[0].oracle
    assert isinstance(oracle, Asserts)
    assert oracle.setup == "import math\none = 1"
    assert problem.entry_point == "third"


def test_a_reference_that_is_a_whole_program(tmp_path: Path) -> None:
    """Behind a prompt in words it stands alone."""
    whole = "def add(a, b):\n    return a + b\n"
    row = {**CHECK, "prompt": "Write add.", "entry_point": "add", "canonical_solution": whole}
    (tmp_path / "p.jsonl").write_text(json.dumps(row))
    assert read_problem_file(tmp_path / "p.jsonl").problems[0].reference == whole


@pytest.mark.parametrize(
    "written", ['"2023-08-21"', '"2023-08-21T00:00:00"', '"2023-08-21 18:30:00+02:00"', "1692662400000"]
)
@pytest.mark.parametrize("key", ["date", "contest_date"])
def test_a_problem_may_say_when_it_was_published(tmp_path: Path, written: str, key: str) -> None:
    """A day, a moment, or LiveCodeBench's milliseconds, which are one day later here; nothing else is a date."""
    path = tmp_path / "p.jsonl"
    row = '{"task_id": 1, "text": "Add.", "test_list": ["assert f(1) == 2"], "%s": %s}'
    path.write_text(row % (key, written) + "\n")

    (problem,) = read_problem_file(path).problems
    assert problem.date == date(2023, 8, 22 if written.isdigit() else 21)

    path.write_text(row % (key, "1692662400") + "\n")
    with pytest.raises(InputError, match=rf"p.jsonl:1: `{key}` is no date: '1692662400' — write it as"):
        read_problem_file(path)


@pytest.mark.parametrize(
    "test",
    [
        "import unittest\nclass TestCases(unittest.TestCase):\n    def test_two(self):\n        self.assertEqual(double(2), 4)\n",
        "def test_two():\n    assert double(2) == 4\n",
        "assert double(2) == 4\nassert double(-1) == -2\n",
    ],
)
def test_a_test_without_check_may_hold_tests(tmp_path: Path, test: str) -> None:
    """Classes of unittest, functions of pytest and bare asserts, as BigCodeBench and others have them."""
    row = {
        "task_id": "x",
        "prompt": "def double(n):\n",
        "entry_point": "double",
        "test": test,
        "canonical_solution": "    return 2 * n\n",
    }
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(row) + "\n")
    (problem,) = read_problem_file(path).problems
    with Grader() as grader:
        grades = grader.grade(problem, [problem.reference or "", "def double(n):\n    return n\n"])
    assert [g.outcome for g in grades] == ["passed", "failed"]


HEADS = (
    "class Box:\n    def __init__(self, n):\n        pass\n\n\ndef encode(n):\n    pass\n\n\ndef decode(n):\n    'Undo.'\n"
    "    raise NotImplementedError\n\n\ndef given(n):\n    return n + 1\n"
)
WHOLE = (
    "class Box:\n    def __init__(self, n):\n        self.n = n\n\n\ndef encode(n):\n    return n + 7\n\n\n"
    "def decode(n):\n    return n - 7\n"
)


def test_heads_without_a_body_are_no_helpers(tmp_path: Path) -> None:
    """A prompt may ask for several functions and a class: the tests use the sample's, not the prompt's empty ones."""
    test = "def check(candidate):\n    assert decode(candidate(3)) == 3\n    assert Box(given(4)).n == 5\n"
    file = tmp_path / "own.jsonl"
    file.write_text(json.dumps({"task_id": "A/1", "prompt": HEADS, "entry_point": "encode", "test": test}))
    (problem,) = read_problem_file(file).problems
    with Grader() as grader:
        found = grader.grade(problem, [WHOLE, WHOLE.replace("n - 7", "n - 8")])
    assert [g.outcome for g in found] == ["passed", "failed"]


def test_a_class_that_the_reference_defines_anew_is_the_samples(tmp_path: Path) -> None:
    """A prompt may sketch a class that is to be written: what stands in the sketch is no helper of the tests."""
    prompt = "class Node:\n    def __init__(self, n):\n        self.n = None\n\n\ndef chain(xs):\n    pass\n"
    answer = "class Node:\n    def __init__(self, n):\n        self.n = n\n\n\ndef chain(xs):\n    return [Node(x) for x in xs]\n"
    test = "def check(candidate):\n    assert [o.n for o in candidate([3, 4])] == [3, 4]\n    assert Node(5).n == 5\n"
    row = {
        "task_id": "A/1",
        "prompt": prompt,
        "entry_point": "chain",
        "test": test,
        "canonical_solution": answer,
    }
    file = tmp_path / "own.jsonl"
    file.write_text(json.dumps(row))
    (problem,) = read_problem_file(file).problems
    with Grader() as grader:
        found = grader.grade(problem, [answer, answer.replace("self.n = n", "self.n = 7")])
    assert [g.outcome for g in found] == ["passed", "failed"]


def test_a_list_of_asserts_is_one_test(tmp_path: Path) -> None:
    """`test` as a list of statements counts as the text that they make."""
    (tmp_path / "a.jsonl").write_text(
        json.dumps({**CHECK, "test": ["assert f(1) == 1", "assert f(2) == 2"], "entry_point": "f"})
    )
    (problem,) = read_problem_file(tmp_path / "a.jsonl").problems
    assert "assert f(1) == 1" in str(problem.suites[0].oracle)
    assert "assert f(2) == 2" in str(problem.suites[0].oracle)


def test_rows_in_toml(tmp_path: Path) -> None:
    """An array of tables is a list of rows; what is no TOML is named as that."""
    fields = "".join(
        f"{key} = {json.dumps(CHECK[key])}\n" for key in ("task_id", "prompt", "entry_point", "test")
    )
    (tmp_path / "a.toml").write_text(f"[[problems]]\n{fields}")
    assert [p.id for p in read_problem_file(tmp_path / "a.toml").problems] == [CHECK["task_id"]]
    (tmp_path / "b.toml").write_text("[[problems]\n")
    with pytest.raises(InputError, match=r"b\.toml:1: not TOML"):
        read_problem_file(tmp_path / "b.toml")


def test_a_packed_file_is_named_as_packed(tmp_path: Path) -> None:
    """An archive of problems is no text in another encoding."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.jsonl", json.dumps(CHECK))
    (tmp_path / "b.xz").write_bytes(lzma.compress(json.dumps(CHECK).encode()))
    for name, kind in (("a.zip", "zip"), ("b.xz", "xz")):
        with pytest.raises(InputError, match=f"packed as {kind} — unpack it"):
            read_problem_file(tmp_path / name)


def _form(name: str, rows: list[dict[str, Any]]) -> bytes:
    keyed = {row["task_id"]: {k: v for k, v in row.items() if k != "task_id"} for row in rows}
    text = io.StringIO()
    table = csv.DictWriter(text, [*rows[0]])
    table.writeheader()
    table.writerows(rows)
    return {
        "under one key.json": json.dumps({"name": "mine", "rows": rows}).encode(),
        "by their ids.json": json.dumps(keyed).encode(),
        "over many lines.jsonl": "\n".join(json.dumps(row, indent=1) for row in rows).encode(),
        "documents.yaml": "---\n".join(json.dumps(row) + "\n" for row in rows).encode(),
        "table.csv": text.getvalue().encode(),
    }[name]


@pytest.mark.parametrize(
    "name",
    ["under one key.json", "by their ids.json", "over many lines.jsonl", "documents.yaml", "table.csv"],
)
def test_rows_in_other_files(tmp_path: Path, name: str) -> None:
    """Objects that hold the rows, objects one behind the other, documents, tables with lists in cells."""
    rows = [
        {"task_id": f"p/{n}", "text": "Add.", "code": "def add(a):\n    return a", "test_list": ["assert add(1) == 1"]}
        for n in range(2)
    ]  # fmt: skip
    path = tmp_path / name
    path.write_bytes(_form(name, rows))
    found = read_problem_file(path).problems
    assert [p.id for p in found] == ["p/0", "p/1"]
    assert [p.suites[0].oracle for p in found] == [Asserts(asserts=("assert add(1) == 1",))] * 2


def test_problems_in_parquet(tmp_path: Path) -> None:
    """As data sets of the Hub are kept."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "mine.parquet"
    rows = [{"task_id": 1, "text": "Add.", "test_list": ["assert add(1) == 1"], "test_setup_code": ""}]
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    assert [p.id for p in read_problem_file(path).problems] == ["1"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "mine.toml",
            'title = "x"\n[[problems]\n',
            r"mine.toml:2: not TOML: Expected ']]' at the end of an array declaration — fix that line",
        ),
        ("mine.toml", "[problems]\ntask_id = 1\n", r"mine.toml: .* — write \[\[problems\]\] above each"),
        ("mine.yaml", "- a: b\n   c:\n", r"mine.yaml:2: not YAML: mapping values are not allowed here — fix"),
        (
            "mine.jsonl",
            '{"task_id": 1, "text": "t", "test_list": ["assert f(1"]}',
            r"'\(' was never closed — fix",
        ),
    ],
)
def test_a_parsers_own_words_say_no_more_than_what_is_wrong(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    """The line is said once, and what the parser calls the text not at all."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_problem_file(path)
    assert "<unknown>" not in str(caught.value)
    assert "unicode string" not in str(caught.value)
