"""Custom problems from Python and from folders of inputs and outputs."""

from pathlib import Path

import pytest

from modelassay.core.errors import InputError
from modelassay.core.problems import Programs
from modelassay.problems import from_functions, from_io, load


def test_a_folder_is_one_problem_with_its_tests_in_order(tmp_path: Path) -> None:
    """By number, so that 10 follows 9."""
    for number in (10, 9, 1):
        (tmp_path / f"{number}.in").write_text(f"{number}\n")
        (tmp_path / f"{number}.out").write_text(f"{number + 1}\n")
    (tmp_path / "statement.md").write_text("Add one.")
    (problem,) = load(tmp_path).problems
    oracle = problem.suites[0].oracle
    assert isinstance(oracle, Programs)
    assert problem.prompt == "Add one."
    assert oracle.inputs == ("1\n", "9\n", "10\n")


def test_a_folder_of_folders_has_a_problem_in_each(tmp_path: Path) -> None:
    """As judges of contests keep them, whose right outputs end in `ans`."""
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.in").write_text(f"{name}\n")
        (tmp_path / name / "1.ans").write_text("x\n")
    assert [p.id for p in load(tmp_path).problems] == ["a", "b"]


def test_an_input_without_output_is_named(tmp_path: Path) -> None:
    """With the file to write."""
    (tmp_path / "1.in").write_text("1\n")
    with pytest.raises(InputError, match=r"1\.out"):
        load(tmp_path)


def test_a_problem_is_made_from_lists() -> None:
    """As a row of a file would be."""
    oracle = from_io("Add.", ["[1]\n2"], ["3"], fn_name="add").suites[0].oracle
    assert isinstance(oracle, Programs)
    assert (oracle.function, oracle.inputs) == ("add", ("[[1], 2]",))


def test_lists_of_unequal_length_are_refused() -> None:
    """With the counts."""
    with pytest.raises(InputError, match="2 inputs and 1 outputs"):
        from_io("Add.", ["1", "2"], ["3"])


def test_problems_are_made_from_source() -> None:
    """Functions with asserts."""
    source = 'def twice(n):\n    """Twice n."""\n    return 2 * n\n\n\nassert twice(2) == 4\n'
    assert [p.entry_point for p in from_functions(source).problems] == ["twice"]
