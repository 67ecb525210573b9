"""Custom problems from Python: `load` a file or folder, or make them `from_functions` and `from_io`."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from modelassay.core.errors import InputError
from modelassay.core.problems import Problem, ProblemSet
from modelassay.sources.problems.custom_problems import read_problems
from modelassay.sources.problems.program_rows import HINT, program_problem
from modelassay.sources.problems.python_problems import read_python_problems


def load(path: str | Path) -> ProblemSet:
    """Problems of a file of rows, a Python file of functions with asserts, or a folder, as `assay grade --problems` reads them.

    Raises MissingError, or InputError with file and line.
    """
    return read_problems(Path(path))


def from_functions(source: str) -> ProblemSet:
    """Problems of Python source: functions with a docstring, each followed by asserts that call it, or a `test_<name>`.

    Raises InputError with the line.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "functions.py"
        file.write_text(source, "utf-8")
        return read_python_problems(file)


def from_io(
    prompt: str, inputs: Sequence[Any], outputs: Sequence[Any], *, task_id: str = "own/0", **more: Any
) -> Problem:
    """A problem judged by input and output. more: `fn_name`, `comparison`, `checker`, `time_limit_seconds`, `memory_limit_mb`,
    `reference` (a right program, which is run first).

    Raises InputError for tests that are none.
    """
    row = {"task_id": task_id, "prompt": prompt, "inputs": [*inputs], "outputs": [*outputs], **more}
    try:
        problem = program_problem(row)
    except ValueError as error:
        raise InputError(f"{task_id}: {error}", hint=HINT) from error
    assert problem is not None
    return problem
