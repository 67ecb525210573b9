"""A Ray cluster of several nodes on this machine. Skipped without Ray."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.clusters import SYSTEM, Running, children, study_text

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
# Ray's workers stand back for all other work (a niceness of 15): on a machine that has some they hardly begin.
os.environ.setdefault("RAY_worker_niceness", "0")
# Of every node: 80 MiB of object store, since what comes is small.
NODE = {"object_store_memory": 80 << 20, "include_log_monitor": False}


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the same study on one machine, without Ray."""
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("alone")
    (folder / "study.toml").write_text(study_text())
    return Running(folder).end().run


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The folder of the study."""
    pytest.importorskip("torch")
    (tmp_path / "study.toml").write_text(study_text())
    return tmp_path


@pytest.fixture
def system() -> dict[str, Any]:
    """Ray's own settings; a test module or class may have others."""
    return SYSTEM


@pytest.fixture
def cluster(system: dict[str, Any]) -> Iterator[Any]:
    """A head without CPUs: its nodes are added by the tests."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, "no_monitor": True, "_system_config": system, **NODE}
    made = within_its_time(lambda: Cluster(initialize_head=True, head_node_args=head))
    yield made
    made.shutdown()


@pytest.fixture
def add(cluster: Any) -> Any:
    """Adds a node of so many CPUs."""
    return lambda cpus=2, **more: within_its_time(lambda: cluster.add_node(num_cpus=cpus, **NODE, **more))


def within_its_time(start: Callable[[], Any], seconds: float = 900.0) -> Any:
    """A node that started. Ray gives it 30 seconds and no more, which a machine that does other work may need longer for.

    What a start that was given up has left runs on, and takes the next one's time: it is ended.
    """
    end = time.monotonic() + seconds
    while True:
        before = children(os.getpid())
        try:
            return start()
        except Exception as error:
            if "timed out during startup" not in str(error) or time.monotonic() > end:
                raise
        for process in children(os.getpid()) - before:
            os.kill(process, signal.SIGKILL)
