"""Tables at a terminal of 80 columns: nothing that is one word to its reader is broken, nothing is lost."""

import io

import pytest
from rich.console import Console

from modelassay.cli.terminal_table import print_table

IDS = ["deepseek-ai/deepseek-coder-1.3b-instruct", "Qwen/Qwen2.5-Coder-0.5B-Instruct"]
INTERVAL = "+31.7 to +59.8"


def printed(names: list[str], cells: list[list[str]], columns: int = 80) -> list[str]:
    """The lines of a table."""
    file = io.StringIO()
    print_table(Console(file=file, width=columns), names, cells, "")
    return file.getvalue().splitlines()


def test_what_fits_is_one_line_a_row_with_numbers_at_the_right() -> None:
    """And no line ends with spaces."""
    lines = printed(["suite", "%"], [["base", "4.0"], ["plus", "100.0"]])

    assert lines == ["suite      %", "base     4.0", "plus   100.0"]


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_ids_and_intervals_stay_whole(columns: int) -> None:
    """Whatever the width; what has no room stands below its row, with its name."""
    names = ["model", "pp", "interval", "higher with probability", "verdict", "advice"]
    advice = "a plan of about 513 problems would show equivalence if the difference stays as it is"
    lines = printed(names, [[name, "+47.0", INTERVAL, ">0.99", "better", advice] for name in IDS], columns)

    text = "\n".join(lines)
    assert all(len(line) <= columns for line in lines)
    assert all(text.count(word) == 1 for word in IDS)
    assert text.count(INTERVAL) == 2
    assert " ".join(text.split()).count(f"advice: {advice}") == 2


def test_prose_wraps_in_its_column_where_there_is_room() -> None:
    """Between words, never at a hyphen."""
    reason = "never released: only the seven-billion variant is an instruction-tuned one of the two"
    lines = printed(["model", "decision", "reasons"], [[IDS[1], "refuse", reason]])

    assert all(len(line) <= 80 for line in lines)
    assert lines[1].startswith(f"{IDS[1]}  refuse    never released:")
    assert "instruction-tuned" in "\n".join(lines)


def test_a_word_longer_than_the_terminal_is_not_cut() -> None:
    """A path can still be copied."""
    path = "/" + "folder/" * 20
    assert path in "\n".join(printed(["part", "detail"], [["python", path]]))
