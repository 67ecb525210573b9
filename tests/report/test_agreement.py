"""study.json, report.md, report.html and the summary say the same."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from modelassay.core.errors import InputError
from modelassay.report.content import StudyReport, decode_study, encode_study
from modelassay.report.html import render_html
from modelassay.report.markdown import render_markdown
from modelassay.report.terminal import summary_lines
from support.invented import study

FIGURE = re.compile(r"\d+\.\d%(?: \[\d+\.\d, \d+\.\d\])?|[+−]\d+\.\d \[[+−\d.]+, [+−\d.]+\]")


class _Text(HTMLParser):
    """The text of a page without its style and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in {"style", "script", "title"}

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"style", "script", "title"}

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def text_of(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    return " ".join(" ".join(parser.parts).split())


def figures(report: StudyReport) -> set[str]:
    """Every figure that the record holds, as it must be printed."""
    found = set()
    for run in report.runs:
        for e in run.estimates:
            if e.k in report.headline_ks:
                found.add(f"{100 * e.value:.1f}% [{100 * e.interval.low:.1f}, {100 * e.interval.high:.1f}]")
        found |= {f"{100 * p.value:.1f}%" for p in run.published}
    return found


def test_page_and_markdown_hold_every_figure_of_the_record(small: StudyReport) -> None:
    """Nothing in study.json is missing from a rendering."""
    markdown, page = render_markdown(small), text_of(render_html(small))

    assert {f for f in figures(small) if f not in markdown} == set()
    assert {f for f in figures(small) if f not in page} == set()


def test_the_page_holds_every_figure_of_the_markdown(small: StudyReport) -> None:
    """A number that Markdown prints, the page prints too."""
    page = text_of(render_html(small))

    assert {f for f in FIGURE.findall(render_markdown(small)) if f not in page} == set()


def test_the_summary_holds_no_figure_of_its_own(small: StudyReport) -> None:
    """What the terminal says, the Markdown says."""
    markdown = render_markdown(small)

    assert {f for f in FIGURE.findall("\n".join(summary_lines(small))) if f not in markdown} == set()


def test_study_json_gives_the_same_report_again() -> None:
    """Reading what was written and rendering it changes nothing."""
    report = study(problems=4, n=10, models=2)
    again = decode_study(encode_study(report))

    assert again == report
    assert render_markdown(again) == render_markdown(report)


def test_a_study_of_another_format_is_refused_in_one_line(small: StudyReport) -> None:
    """The error names the file, both versions and the remedy."""
    data = encode_study(msgspec.structs.replace(small, format_version=99))

    with pytest.raises(
        InputError, match=r"^x/study.json: format_version 99, expected 1 — run `assay report`"
    ):
        decode_study(data, "x/study.json")


def test_broken_study_json_is_refused() -> None:
    """Half a file is an error that names it."""
    with pytest.raises(InputError, match=r"^study.json: not a study: "):
        decode_study(b'{"format_version": 1, "name": "x"')
