"""A Ray cluster of several nodes on this machine. Skipped without Ray."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.clusters import SYSTEM, Running, study_text

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
MEMORY = 80 << 20  # bytes of a node's object store: what comes is small


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

    head = {
        "num_cpus": 0,
        "object_store_memory": MEMORY,
        "include_dashboard": False,
        "_system_config": system,
    }
    made = within_its_time(lambda: Cluster(initialize_head=True, head_node_args=head))
    yield made
    made.shutdown()


@pytest.fixture
def add(cluster: Any) -> Any:
    """Adds a node of so many CPUs."""
    return lambda cpus=2, **more: within_its_time(
        lambda: cluster.add_node(num_cpus=cpus, object_store_memory=MEMORY, **more)
    )


def within_its_time(start: Callable[[], Any], tries: int = 4) -> Any:
    """A node that started. Ray gives it 30 seconds and no more, which a machine that does other work may need longer for."""
    for _ in range(tries - 1):
        try:
            return start()
        except Exception as error:
            if "timed out during startup" not in str(error):
                raise
            time.sleep(5)
    return start()
