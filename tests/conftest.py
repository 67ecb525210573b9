"""Shared fixtures. Real data lies beside the checkout and is never copied; without it a test skips and says so."""

import os
import subprocess
from pathlib import Path

import pytest

from support.running import COMMAND, Assay

ROOT = Path(__file__).resolve().parents[1]


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
    """The folder with problem sets: ASSAY_DATA, else shared/data/benchmarks."""
    folder = Path(os.environ.get("ASSAY_DATA") or shared / "data" / "benchmarks")
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
