"""The Markdown report: exact text, and text of others that stays text."""

import itertools
import os
from pathlib import Path

import msgspec
from markdown_it import MarkdownIt

from modelassay.report.content import StudyReport
from modelassay.report.markdown import escape, render_markdown
from modelassay.report.terminal import summary_lines

EXPECTED = Path(__file__).parent / "expected"


def expect(name: str, text: str) -> None:
    """Compare with the file in `expected`; with ASSAY_EXPECT=write the file is written instead."""
    path = EXPECTED / name
    if os.environ.get("ASSAY_EXPECT") == "write":
        path.write_text(text, encoding="utf-8")

    assert text == path.read_text("utf-8")


def test_the_whole_report(small: StudyReport) -> None:
    """The report of a small study, word for word."""
    expect("report.md", render_markdown(small))


def test_the_summary(small: StudyReport) -> None:
    """Ten lines at most, eighty columns at most, word for word."""
    lines = summary_lines(small)

    assert len(lines) <= 10
    assert all(len(line) <= 80 for line in lines)
    expect("summary.txt", "\n".join(lines) + "\n")


def test_text_of_others_stays_text() -> None:
    """A quote with markup, links, mentions or HTML shows as it is written and does nothing."""
    hostile = "a|b <img src=x onerror=alert(1)> [x](javascript:alert(1)) **b** @someone $x$ `c` &amp; https://e.org ~~s~~"
    html = MarkdownIt("gfm-like", {"linkify": False}).render(f"| t |\n| --- |\n| {escape(hostile)} |\n")

    assert "<img" not in html
    assert "<a " not in html
    assert "<strong>" not in html
    assert "<code>" not in html
    assert "&amp;amp;" in html
    assert html.count("<td>") == 1


def test_intervals_stay_readable() -> None:
    """Escaping does not litter figures with backslashes."""
    assert escape("43.9% [36.5, 51.6] at pass@10, my_model") == "43.9% [36.5, 51.6] at pass@10, my_model"


def test_every_row_of_every_table_has_as_many_cells_as_its_head(small: StudyReport) -> None:
    """GitHub drops cells that are too many; a pipe in a quote must not make one."""
    widths = [
        line.replace("\\|", "").count("|") if line.startswith("|") else 0
        for line in render_markdown(small).splitlines()
    ]

    assert all(a == b for a, b in itertools.pairwise(widths) if a and b)


def test_an_empty_study_still_reports(small: StudyReport) -> None:
    """Nothing measured is said, not crashed on."""
    empty = msgspec.structs.replace(
        small, runs=(), rankings=(), audits=(), facts=(), decisions=(), problems=(), warnings=()
    )

    assert "This study measured nothing." in render_markdown(empty)
    assert summary_lines(empty) == ["This study measured nothing."]
