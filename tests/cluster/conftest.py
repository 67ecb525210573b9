"""A Ray cluster of several nodes on this machine. Skipped without Ray."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.clusters import Running, study_text

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
def cluster() -> Iterator[Any]:
    """A head without CPUs: its nodes are added by the tests."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    made = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "object_store_memory": MEMORY, "include_dashboard": False},
    )
    yield made
    made.shutdown()


@pytest.fixture
def add(cluster: Any) -> Any:
    """Adds a node of so many CPUs."""
    return lambda cpus=2, **more: cluster.add_node(num_cpus=cpus, object_store_memory=MEMORY, **more)
