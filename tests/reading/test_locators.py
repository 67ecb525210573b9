"""Where in a document a claim stands: the cell, the path or the line."""

import json

import pytest

from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.locators import Locators
from modelassay.reading.notes import read_note

_EVIDENCE = load_evidence()
_VOCABULARY = Vocabulary.load(_EVIDENCE)


def places(text: str) -> dict[str, str]:
    """Number as written → where it stands, of every score."""
    claims = read_note(text, _VOCABULARY, _EVIDENCE).claims
    locators = Locators(text)
    return {claim.written: locators.of(claim) for claim in claims if claim.subject == "score"}


def test_a_cell_of_a_markdown_table() -> None:
    """Table, row and column, counted from 1, with the column's heading; equal numbers in a row stay apart."""
    text = "# Scores\n\n| Model | HumanEval | MBPP |\n|---|---|---|\n| microsoft/phi-2 | 47.6 | 59.1 |\n"
    assert places(text) == {
        "47.6": "table 1, row 1, column 2 (HumanEval), line 5",
        "59.1": "table 1, row 1, column 3 (MBPP), line 5",
    }


def test_the_same_number_twice_in_a_row() -> None:
    """Each keeps its own column."""
    text = "| Model | HumanEval | MBPP |\n|---|---|---|\n| microsoft/phi-2 | 47.6 | 47.6 |\n"
    claims = [c for c in read_note(text, _VOCABULARY, _EVIDENCE).claims if c.subject == "score"]
    found = [Locators(text).of(c) for c in claims]
    assert found == [
        "table 1, row 1, column 2 (HumanEval), line 3",
        "table 1, row 1, column 3 (MBPP), line 3",
    ]


def test_a_cell_of_an_html_table() -> None:
    """Cells on lines of their own; the second table of the page."""
    table = "<table>\n<tr><th>Model</th><th>HumanEval</th></tr>\n<tr><td>microsoft/phi-2</td>\n<td>47.6</td></tr>\n</table>\n"
    text = f"<html><body>\n<table><tr><td>a</td></tr><tr><td>b</td></tr></table>\n{table}</body></html>\n"
    assert places(text) == {"47.6": "table 2, row 1, column 2 (HumanEval), line 6"}


def test_a_path_of_json() -> None:
    """Keys and indexes, as they lead to the number."""
    text = json.dumps([{"model": "microsoft/phi-2", "scores": {"humaneval": 47.6}}], indent=1)
    assert places(text) == {"47.6": "$[0].scores.humaneval, line 5"}


def test_a_path_of_front_matter() -> None:
    """The entry, result and metric of a model-index."""
    text = (
        "---\nmodel-index:\n- name: phi-2\n  results:\n  - dataset: {type: openai_humaneval, name: HumanEval}\n"
        "    metrics:\n    - type: pass@1\n      value: 47.6\n---\n# phi-2\n"
    )
    assert places(text) == {"47.6": '$["model-index"][0].results[0].metrics[0].value, line 8'}


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_cell_of_a_table_file(delimiter: str) -> None:
    """Row and column with the header's name; a quoted name with a delimiter inside is one cell."""
    rows = [["model", "note", "humaneval"], ["microsoft/phi-2", f'"a{delimiter}b"', "47.6"]]
    text = "\n".join(delimiter.join(row) for row in rows) + "\n"
    assert places(text) == {"47.6": "row 1, column 3 (humaneval), line 2"}


def test_a_line_of_prose() -> None:
    """The line, and the heading that it stands below."""
    text = "# Results\n\nmicrosoft/phi-2 reaches 47.6% on HumanEval.\n"
    assert places(text) == {"47.6%": "line 3, below 'Results'"}
