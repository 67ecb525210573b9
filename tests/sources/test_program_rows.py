"""Problems judged by input and output, in every form in which they are published."""

import base64
import contextlib
import json
import os
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.errors import InputError
from modelassay.core.problems import Programs
from modelassay.grading import Grader
from modelassay.sources.problems.custom_problems import read_problem_file
from modelassay.sources.problems.one_string_pickle import packed_text, pickled_string


def read_tests(row: dict[str, Any], folder: Path) -> Programs:
    file = folder / "own.jsonl"
    file.write_text(json.dumps(row) + "\n")
    (problem,) = read_problem_file(file).problems
    oracle = problem.suites[0].oracle
    assert isinstance(oracle, Programs)
    return oracle


CASES = [{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}]
PACKED = base64.b64encode(zlib.compress(pickle.dumps(json.dumps(CASES)))).decode()
ROWS: dict[str, dict[str, Any]] = {
    "own": {"task_id": "a", "prompt": "Add.", "inputs": ["1 2\n"], "outputs": ["3\n"]},
    "livecodebench": {
        "question_id": "a", "question_content": "Add.", "starter_code": "", "public_test_cases": "[]",
        "private_test_cases": PACKED, "metadata": "{}",
    },
    "apps": {"problem_id": 1, "question": "Add.", "input_output": json.dumps({"inputs": ["1 2\n"], "outputs": ["3\n"]})},
    "codecontests": {
        "name": "a", "description": "Add.", "public_tests": {"input": ["1 2\n"], "output": ["3\n"]},
        "private_tests": {"input": [], "output": []},
    },
    "sandboxfusion": {"id": 1, "content": "Add.", "test": json.dumps([{"input": {"stdin": "1 2\n"}, "output": {"stdout": "3\n"}}])},
    "nemo-gym": {
        "responses_create_params": {"input": [{"role": "user", "content": "Add."}]},
        "verifier_metadata": {"unit_tests": {"inputs": ["1 2\n"], "outputs": ["3\n"]}},
    },
}  # fmt: skip


@pytest.mark.parametrize("form", ROWS)
def test_each_form_is_known_by_looking(form: str, tmp_path: Path) -> None:
    """No form has to be named."""
    tests = read_tests(ROWS[form], tmp_path)
    assert (tests.inputs, tests.outputs) == (("1 2\n",), ("3\n",))


def test_arguments_are_read_from_lines_or_lists(tmp_path: Path) -> None:
    """LiveCodeBench writes one JSON value per line, APPS a list."""
    row = {**ROWS["own"], "fn_name": "f", "inputs": ["[1]\n2", [[1], 2]], "outputs": ["3", 3]}
    tests = read_tests(row, tmp_path)
    assert tests.inputs == ("[[1], 2]", "[[1], 2]")
    assert tests.outputs == ("3", "3")


def test_whole_numbers_as_keys_are_made_again_as_the_judge_of_apps_makes_them(tmp_path: Path) -> None:
    """JSON has only texts as keys. A dictionary with other keys, one that is not the first argument, and other sets' stay."""
    inputs: list[Any] = [[{"1": 2, "-3": 4}], [{"a": 1}], [1, {"1": 2}], [[{"1": 2}]]]
    given = {"fn_name": "f", "inputs": inputs, "outputs": [1] * 4}
    tests = read_tests({**ROWS["apps"], "input_output": json.dumps(given)}, tmp_path)
    assert tests.inputs == (json.dumps(inputs[0][0]), *map(json.dumps, inputs[1:]))
    assert read_tests({**ROWS["own"], **given}, tmp_path).inputs == tuple(map(json.dumps, inputs))


@pytest.mark.parametrize(
    "change",
    [
        {"outputs": []}, {"inputs": "1"}, {"inputs": [1]}, {"comparison": "near"}, {"time_limit_seconds": -1},
        {"comparison": "checker"}, {"fn_name": "no name"}, {"memory_limit_mb": "many"},
    ],
)  # fmt: skip
def test_a_broken_row_is_told_with_its_line(change: dict[str, Any], tmp_path: Path) -> None:
    """One clear line, with file and line."""
    with pytest.raises(InputError, match=r"own\.jsonl:1"):
        read_tests({**ROWS["own"], **change}, tmp_path)


@given(st.text(st.characters(exclude_categories=())), st.integers(2, 5))
def test_any_string_comes_back(text: str, protocol: int) -> None:
    """Whatever pickle's protocol, above the textual ones."""
    try:
        raw = pickle.dumps(text, protocol)
    except UnicodeEncodeError:
        return
    assert pickled_string(raw) == text


@given(st.binary(max_size=60))
def test_other_bytes_are_a_string_or_refused(raw: bytes) -> None:
    """Nothing else comes out, and no other error."""
    with contextlib.suppress(ValueError):
        assert isinstance(pickled_string(raw), str)


@pytest.mark.parametrize("value", [["a"], 1, ("a", "b"), {"a": 1}, None, print])
def test_other_objects_are_refused(value: Any) -> None:
    """A pickle of anything but a string makes nothing here."""
    with pytest.raises(ValueError, match="pickle of more than one string"):
        packed_text(base64.b64encode(zlib.compress(pickle.dumps(value))).decode())


@pytest.mark.parametrize(
    ("name", "count"),
    [("livecodebench/sandboxfusion_3", 3), ("codecontests/sandboxfusion_first10", 10), ("nemo-gym/code_gen_example", 5)],
)  # fmt: skip
def test_published_files_are_read_whole(name: str, count: int) -> None:
    """As their makers publish them."""
    data = os.environ.get("ASSAY_DATA", "../shared/data/benchmarks")
    file = Path(data).parent / "problems" / f"{name}.jsonl"
    if not file.is_file():
        pytest.skip(f"{file} is not here")
    problems = read_problem_file(file).problems
    assert len(problems) == count
    assert all(isinstance(p.suites[0].oracle, Programs) for p in problems)


@pytest.mark.parametrize(
    ("change", "programs"),
    [
        ({}, []),
        ({"reference": "print(3)"}, ["print(3)"]),
        ({"solutions": ["a = 1", "b = 1", "c = 1", "d = 1"]}, ["a = 1", "b = 1", "c = 1"]),
        ({"solutions": '["a = 1"]'}, ["a = 1"]),
        ({"solutions": {"language": [2, 3], "solution": ["int main(){}", "a = 1"]}}, ["a = 1"]),
    ],
)
def test_right_programs_are_kept(change: dict[str, Any], programs: list[str], tmp_path: Path) -> None:
    """Those in Python, a few of them."""
    file = tmp_path / "own.jsonl"
    file.write_text(json.dumps({**ROWS["own"], **change}) + "\n")
    (found,) = read_problem_file(file).problems
    tests = found.suites[0].oracle
    assert isinstance(tests, Programs)
    assert [p for p in (found.reference, *tests.alternatives) if p] == programs


def test_stored_rollouts_get_their_makers_rewards() -> None:
    """NeMo-Gym's example answers, each beside the problem whose statement it was given."""
    folder = Path(os.environ.get("ASSAY_DATA", "../shared/data/benchmarks")).parent / "problems" / "nemo-gym"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    problems = {p.prompt: p for p in read_problem_file(folder / "code_gen_example.jsonl").problems}
    lines = (folder / "code_gen_example_rollouts.jsonl").read_text().splitlines()
    with Grader() as grader:
        for row in map(json.loads, lines):
            problem = problems[row["responses_create_params"]["input"][-1]["content"]]
            (grade,) = grader.grade(problem, [row["extracted_model_output"]])
            assert (grade.outcome == "passed") == (row["reward"] == 1.0), grade.detail
