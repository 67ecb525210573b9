"""Shared fixtures. Real data lies beside the checkout and is never copied; without it a test skips and says so."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.running import COMMAND, Assay, RecordedStudy
from support.workers import made_once, parallel, shared_folder, turn

# How fast examples are made and tried is the machine's doing, and no finding.
settings.register_profile("assay", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("assay")
ROOT = Path(__file__).resolve().parents[1]
RECORDED = "test_recorded.py"


def problem_sets() -> Path:
    """Where the problem sets are, if anywhere: ASSAY_DATA, else shared/data/benchmarks."""
    return Path(os.environ.get("ASSAY_DATA") or ROOT.parent / "shared" / "data" / "benchmarks")


def pytest_configure(config: pytest.Config) -> None:
    """Processes that share the cores do not each start as many threads as there are cores."""
    if parallel(config):
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The recorded study takes minutes, mostly of one core: it runs beside the other tests, and its own come last.

    Files follow each other as they are listed under `pytest -n … --dist loadfile --no-loadscope-reorder`, too.
    """
    items.sort(key=lambda item: item.path.name == RECORDED)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The end of the recorded study, which belongs to all processes of a run, is up to the one that has begun them."""
    factory: pytest.TempPathFactory | None = getattr(session.config, "_tmp_path_factory", None)
    if parallel(session.config) or factory is None:
        return
    RecordedStudy.end(shared_folder(session.config, factory) / "recorded")


@pytest.fixture(autouse=True)
def _turn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests that measure time, or what the machine does, run alone: those of other processes wait."""
    if not parallel(request.config):
        yield
        return
    alone = request.node.get_closest_marker("alone") is not None
    with turn(shared_folder(request.config, tmp_path_factory), alone=alone):
        yield


@pytest.fixture(scope="session", autouse=True)
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RecordedStudy | None]:
    """The study of examples/recorded.toml, begun once, before any test; None where none of its tests is asked for."""
    data = problem_sets()
    if not data.is_dir() or all(item.path.name != RECORDED for item in request.session.items):
        yield None
        return
    study = ROOT / "examples" / "recorded.toml"
    folder = made_once(
        shared_folder(request.config, tmp_path_factory),
        "recorded",
        lambda f: RecordedStudy.begin(f, study, data),
    )
    yield RecordedStudy(folder)


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
