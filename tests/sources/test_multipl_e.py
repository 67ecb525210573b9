"""MultiPL-E's rows: known by looking, in the languages that are graded."""

import json
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import InputError
from modelassay.core.problems import LanguageTests
from modelassay.sampling.prompt_text import word
from modelassay.sampling.protocols import PROTOCOLS
from modelassay.sources.problems.custom_problems import read_problems

ROW: dict[str, Any] = {
    "name": "HumanEval_1", "language": "js", "prompt": "// twice\nfunction twice(x){\n", "stop_tokens": ["\nfunction "],
    "tests": "const assert = require('node:assert');\nassert.deepEqual(candidate(1),2);\n",
}  # fmt: skip


def written(tmp_path: Path, row: dict[str, Any]) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n", "utf-8")
    return path


def test_a_row_is_a_problem_in_its_language(tmp_path: Path) -> None:
    """The function is the one whose head the prompt ends with; tests and stop texts are the row's."""
    (problem,) = read_problems(written(tmp_path, ROW)).problems
    assert (problem.id, problem.entry_point) == ("HumanEval_1", "twice")
    assert problem.suites[0].oracle == LanguageTests(
        language="js", tests=ROW["tests"], stop_texts=("\nfunction ",)
    )


def test_a_language_that_is_not_graded_is_refused(tmp_path: Path) -> None:
    """A row in Rust is an error with file and line."""
    with pytest.raises(InputError, match="'rs'") as raised:
        read_problems(written(tmp_path, {**ROW, "language": "rs"}))
    assert raised.value.line == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"prompt": "no head\n"}, "does not end with the head"), ({"stop_tokens": "x"}, "not a list of texts")],
)
def test_a_row_that_lacks_something_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """What is missing is named with file and line."""
    with pytest.raises(InputError, match=said):
        read_problems(written(tmp_path, {**ROW, **changes}))


def test_a_continuation_is_asked_with_the_rows_own_stop_texts(tmp_path: Path) -> None:
    """The prompt goes out as it is, and no stop text of Python's is among those that end the answer."""
    (problem,) = read_problems(written(tmp_path, ROW)).problems
    said = word(PROTOCOLS["completion"], problem)
    assert (said.text, said.stops, said.form) == (ROW["prompt"], ("\nfunction ",), "continuation")


def test_a_chat_names_the_language(tmp_path: Path) -> None:
    """A chat is told which language, and is not asked to keep a signature of Python's."""
    (problem,) = read_problems(written(tmp_path, ROW)).problems
    said = word(PROTOCOLS["chat"], problem)
    assert "JavaScript" in said.text
    assert "def " not in said.text
