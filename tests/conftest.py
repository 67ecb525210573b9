"""Shared fixtures. Real data lies beside the checkout and is never copied; without it a test skips and says so."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.running import COMMAND, Assay, RecordedStudy

ROOT = Path(__file__).resolve().parents[1]
RECORDED = "test_recorded.py"


def problem_sets() -> Path:
    """Where the problem sets are, if anywhere: ASSAY_DATA, else shared/data/benchmarks."""
    return Path(os.environ.get("ASSAY_DATA") or ROOT.parent / "shared" / "data" / "benchmarks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The recorded study takes minutes, mostly of one core: it runs beside the other tests, and its own come last."""
    items.sort(key=lambda item: item.path.name == RECORDED)


@pytest.fixture(scope="session", autouse=True)
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RecordedStudy | None]:
    """The study of examples/recorded.toml, begun before any test; None where none of its tests is asked for."""
    data = problem_sets()
    if not data.is_dir() or all(item.path.name != RECORDED for item in request.session.items):
        yield None
        return
    with RecordedStudy(
        tmp_path_factory.mktemp("recorded"), ROOT / "examples" / "recorded.toml", data
    ) as study:
        yield study


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the checkout: real problem sets, samples, notes and hostile candidates."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no folder `shared` beside the checkout, so no real data to test on")
    return folder


@pytest.fixture(scope="session")
def benchmarks(shared: Path) -> Path:
    """The folder with problem sets."""
    folder = problem_sets()
    if not folder.is_dir():
        pytest.skip(f"no problem sets at {folder}; set ASSAY_DATA")
    return folder


@pytest.fixture
def assay(tmp_path: Path) -> Assay:
    """Run `assay` with some arguments in an empty folder."""

    def run(
        *arguments: str | Path, timeout: float = 240, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
