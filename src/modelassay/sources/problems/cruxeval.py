"""CRUXEval, both directions: what a function returns for an input, and an input for which it returns what is given.

An answer is the rest of one line of Python, so each row becomes a function whose last line is to be completed:

- output: the function under study stands in comments, so that an answer cannot call it, and the answer is its value
- input: the answer is the arguments. The function is called with them on the tests' side, so that no answer can change it.
"""

from pathlib import Path
from typing import Any

from modelassay.core.errors import InputError
from modelassay.core.problems import Asserts, Check, Problem, Suite
from modelassay.sources.json_lines import lines_of, parse_object

ENTRY_POINT = "answer"
_KEYS = ("id", "code", "input", "output")


def is_row(row: dict[str, Any]) -> bool:
    """Whether a row is CRUXEval's."""
    return all(isinstance(row.get(key), str) for key in _KEYS) and "def f(" in row["code"]


def outputs(text: str, path: Path) -> list[Problem]:
    """What `f` returns for the input of each row."""
    return [output_problem(row) for row in _rows(text, path)]


def inputs(text: str, path: Path) -> list[Problem]:
    """Arguments with which `f` returns the output of each row."""
    return [input_problem(row) for row in _rows(text, path)]


def _rows(text: str, path: Path) -> list[dict[str, Any]]:
    found = []
    for number, line in lines_of(text):
        row = parse_object(line, path, number)
        if not is_row(row):
            raise InputError(
                "no row of CRUXEval", path=path, line=number, hint="it has id, code, input, output"
            )
        found.append(row)
    return found


def output_problem(row: dict[str, Any]) -> Problem:
    """The value of `f` for the row's input."""
    code = "".join(f"# {line}\n" for line in row["code"].splitlines())
    prompt = f"{code}def {ENTRY_POINT}():\n    # What f({_one_line(row['input'])}) returns.\n    return "
    test = Asserts(asserts=(f"assert {ENTRY_POINT}() == ({row['output']})",))
    return _problem(row, prompt, prompt + row["output"] + "\n", Suite(name="base", oracle=test))


def input_problem(row: dict[str, Any]) -> Problem:
    """Arguments for which `f` returns the row's output."""
    prompt = (
        f"{row['code'].rstrip()}\n\n\ndef {ENTRY_POINT}():\n    # Arguments with which f returns {_one_line(row['output'])}.\n"
        "    f = lambda *args, **kwargs: (args, kwargs)\n    return f("
    )
    test = f"def check(candidate):\n    args, kwargs = candidate()\n    assert f(*args, **kwargs) == ({row['output']})\n"
    oracle = Check(source=test, setup=row["code"])
    return _problem(row, prompt, f"{prompt}{row['input']})\n", Suite(name="base", oracle=oracle))


def _problem(row: dict[str, Any], prompt: str, reference: str, suite: Suite) -> Problem:
    return Problem(
        id=row["id"], prompt=prompt, entry_point=ENTRY_POINT, suites=(suite,), reference=reference,
        signature=f"def {ENTRY_POINT}():",
    )  # fmt: skip


def _one_line(text: str) -> str:
    return text.replace("\n", " ")
