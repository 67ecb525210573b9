"""Fixtures of the report's tests: one invented study, and a browser where there is one."""

from collections.abc import Iterator

import pytest

from modelassay.report.content import StudyReport
from support.browser import Browser, missing
from support.invented import study


@pytest.fixture(scope="session")
def small() -> StudyReport:
    """Three models, six problems, twenty samples each."""
    return study(problems=6, n=20, models=3)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; the test is skipped, and says so, where there is none."""
    if why := missing():
        pytest.skip(f"{why}, so the page is not tried in a browser")
    with Browser() as window:
        yield window
