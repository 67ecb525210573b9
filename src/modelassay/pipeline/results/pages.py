"""The report's files: study.json, report.md and report.html from one StudyReport."""

from collections.abc import Iterable

from modelassay.core.errors import MissingError
from modelassay.core.store import write_bytes, write_text
from modelassay.core.workdir import WorkDir
from modelassay.report.content import StudyReport, decode_study, encode_study
from modelassay.report.html import render_pages
from modelassay.report.markdown import render_markdown
from modelassay.report.samples import Sheet


def write_pages(report: StudyReport, sheets: Iterable[Sheet], workdir: WorkDir) -> None:
    """Write study.json, report.md, report.html and the sample files that don't fit into the page."""
    write_bytes(workdir.study_json, encode_study(report))
    write_text(workdir.report_markdown, render_markdown(report))
    pages = render_pages(report, sheets)
    for name, data in pages.beside.items():
        write_bytes(workdir.beside_report(name), data)
    write_text(workdir.report_html, pages.html)


def read_report(workdir: WorkDir) -> StudyReport:
    """The content of a finished study. Raises MissingError when there is none, InputError when it is broken."""
    if not workdir.study_json.exists():
        hint = "run `assay study` first, or name its work directory"
        raise MissingError("no study.json here", path=workdir.root, hint=hint)
    return decode_study(workdir.study_json.read_bytes(), str(workdir.study_json))
