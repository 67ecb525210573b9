"""The page by a headless Chromium without a driver: what it prints, and what an address with filters opens."""

import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from modelassay.report.content import StudyReport
from modelassay.report.html import render_html
from modelassay.report.wording import percent
from support.invented import problem_samples, study

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


def chromium(folder: Path, address: str, *wanted: str) -> str:
    """What it writes to standard output for a page, after the page's scripts have run."""
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder / 'profile'}",
        "--virtual-time-budget=20000", *wanted, address,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def written(report: StudyReport, folder: Path) -> str:
    """The address of a report with its samples."""
    (folder / "report.html").write_text(render_html(report, problem_samples(report)), encoding="utf-8")
    return (folder / "report.html").as_uri()


def words(text: str) -> str:
    """Without the breaks that a page's width puts into it."""
    return re.sub(r"[\s\u00a0\u202f]+", "", text)


@pytest.fixture(scope="module")
def demo() -> StudyReport:
    """A study of the demo's size: two models on forty problems."""
    return study()


def test_the_printed_page_is_short_and_whole(demo: StudyReport, tmp_path: Path) -> None:
    """At most eight pages with details closed; every ranked model and score is in the PDF, and no text beyond its edges."""
    pypdf = pytest.importorskip("pypdf")
    two = {run.id for run in demo.runs[:2]}
    rankings = tuple(
        msgspec.structs.replace(r, rows=tuple(row for row in r.rows if row.run in two)) for r in demo.rankings
    )
    address = written(msgspec.structs.replace(demo, runs=demo.runs[:2], rankings=rankings), tmp_path)
    chromium(tmp_path, address, f"--print-to-pdf={tmp_path / 'page.pdf'}", "--no-pdf-header-footer")
    pages = pypdf.PdfReader(tmp_path / "page.pdf").pages
    outside: list[str] = []

    def placed(text: str, at: list[float], own: list[float], *_: object) -> None:
        across = own[4] * at[0] + at[4]
        if text.strip() and not 0 <= across < float(pages[0].mediabox.width):
            outside.append(text)

    text = words("".join(page.extract_text(visitor_text=placed) for page in pages))

    assert 1 <= len(pages) <= 8
    assert outside == []
    for ranking in rankings:
        for row in ranking.rows:
            assert words(percent(row.estimate.value)) in text
            assert words(next(r.model for r in demo.runs if r.id == row.run)) in text


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ("error=expected+3", True),
        ("error=segmentation", False),
        ("how=FENCED", True),
        ("longer=100000", False),
    ],
)
def test_an_address_filters_samples(demo: StudyReport, tmp_path: Path, filters: str, left: bool) -> None:
    """By what the test said, by how the program was found and by length."""
    small = msgspec.structs.replace(demo, runs=demo.runs[:1], rankings=(), problems=demo.problems[:3])
    run, problem = small.runs[0], small.problems[0]
    failing = next(
        p for p in small.problems if any(c.problem == p.id and c.passed < c.graded for c in run.counts)
    )
    where = [problem.benchmark, failing.id, run.id, "", filters]
    address = written(small, tmp_path) + "#at/" + "/".join(re.sub("/", "%2F", part) for part in where)
    page = chromium(tmp_path, address, "--dump-dom")

    assert (">No sample matches the filters.</p>" not in page) is left
    assert 'data-ready="yes"' in page
