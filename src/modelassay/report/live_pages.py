"""The pages of one study that may still run: its page, its samples, its run files."""

import re
import threading
from pathlib import Path

from modelassay.core.workdir import WorkDir
from modelassay.report.content import StudyReport
from modelassay.report.html import render_html
from modelassay.report.live import LiveStudy
from modelassay.report.packing import chunk_script, chunks, problem_order

_RECORDS = re.compile(r"[a-z]+\.jsonl")


class Live:
    """The work directory behind the pages; rebuilds a page only when there is something new.

    listed: it is one of several, whose list the page leads back to.
    """

    def __init__(self, workdir: WorkDir, *, listed: bool = False) -> None:
        self.study = LiveStudy(workdir)
        self.listed = listed
        self.lock = threading.Lock()
        self.known: tuple[str, StudyReport] | None = None
        self.built: tuple[StudyReport, str] | None = None

    def stamp(self) -> str:
        """Changes when there is something new to show."""
        with self.lock:
            self.study.refresh()
            return self.study.stamp()

    def report(self) -> StudyReport:
        """The report as the disk is now. Raises InputError for a broken study.json."""
        stamp = self.stamp()
        with self.lock:
            if self.known is None or self.known[0] != stamp or self.known[1].stages:
                self.known = (stamp, self.study.report())
            return self.known[1]

    def page(self) -> str:
        """Its page."""
        report = self.report()
        with self.lock:
            if self.built is None or self.built[0] is not report:
                self.built = (report, render_html(report, live=True, listed=self.listed))
            return self.built[1]

    def chunk(self, number: int) -> bytes | None:
        """One problem's samples as the page's script takes them; `None` for a number that is not there."""
        report = self.report()
        order = problem_order(report)
        if not 0 <= number < len(order):
            return None
        with self.lock:
            found = chunks(report, self.study.problem_samples(*order[number])).get(number)
        return chunk_script(number, found) if found else None

    def record_file(self, run: str, name: str) -> Path | None:
        """A file of a run's folder; `None` for anything else, whatever the path tries."""
        known = self.study.runs.get(run)
        if known is None or not _RECORDS.fullmatch(name):
            return None
        path = known.folder.root / name
        return path if path.is_file() and not path.is_symlink() else None

    def record_names(self, run: str) -> list[str] | None:
        """The names of a run's files; `None` for a run that is not there."""
        known = self.study.runs.get(run)
        if known is None:
            return None
        return sorted(p.name for p in known.folder.root.iterdir() if _RECORDS.fullmatch(p.name))
