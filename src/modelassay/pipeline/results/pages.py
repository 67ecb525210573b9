"""The report's files: study.json, report.md and report.html from one StudyReport."""

from collections.abc import Iterable

import msgspec

from modelassay.core.errors import MissingError
from modelassay.core.store import write_bytes, write_text
from modelassay.core.workdir import WorkDir
from modelassay.report.content import StudyReport, decode_study, encode_study
from modelassay.report.markdown import render_markdown
from modelassay.report.samples import ProblemSamples


def write_pages(report: StudyReport, samples: Iterable[ProblemSamples], workdir: WorkDir) -> None:
    """Write study.json, report.md, report.html and the sample files that don't fit into the page.

    Those of another study, which stand there, are kept as `.bak`.
    """
    from modelassay.report.html import render_html  # with jinja2, which nothing but a page needs

    keep = _holds_another(report, workdir)
    write_bytes(workdir.study_json, encode_study(report), keep=keep)
    write_text(workdir.report_markdown, render_markdown(report), keep=keep)

    def beside(name: str, data: bytes) -> None:
        write_bytes(workdir.beside_report(name), data, keep=keep)

    write_text(workdir.report_html, render_html(report, samples, keep=beside), keep=keep)


class _Run(msgspec.Struct):
    id: str


class _Study(msgspec.Struct):
    """What tells two studies apart."""

    name: str
    runs: tuple[_Run, ...]


def _holds_another(report: StudyReport, workdir: WorkDir) -> bool:
    """Whether the pages there are not an earlier state of this report's."""
    if not workdir.study_json.exists():
        return True
    try:
        there = msgspec.json.decode(workdir.study_json.read_bytes(), type=_Study)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return True
    return (there.name, [r.id for r in there.runs]) != (report.name, [r.id for r in report.runs])


def read_report(workdir: WorkDir) -> StudyReport:
    """The content of a finished study. Raises MissingError when there is none, InputError when it is broken."""
    if not workdir.study_json.exists():
        hint = "run `assay study` first, or name its work directory"
        raise MissingError("no study.json here", path=workdir.root, hint=hint)
    return decode_study(workdir.study_json.read_bytes(), str(workdir.study_json))
