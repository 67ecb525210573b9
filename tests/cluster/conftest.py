"""A Ray cluster of several nodes on this machine. Skipped without Ray."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.clusters import SYSTEM, Running, study_text

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
# Ray's workers stand back for all other work (a niceness of 15): on a machine that has some they hardly begin.
os.environ.setdefault("RAY_worker_niceness", "0")
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
def cluster(system: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head without CPUs: its nodes are added by the tests."""
    pytest.importorskip("ray")
    from ray._private import services
    from ray.cluster_utils import Cluster

    # Ray gives a node 30 seconds to say that it is there, which a machine that does other work may need longer for.
    monkeypatch.setattr(services, "get_node", patiently(services.get_node))
    head = {"num_cpus": 0, "include_dashboard": False, "no_monitor": True, "_system_config": system}
    made = Cluster(initialize_head=True, head_node_args={**head, **node_settings()})
    yield made
    made.shutdown()


@pytest.fixture
def add(cluster: Any) -> Any:
    """Adds a node of so many CPUs."""
    return lambda cpus=2, **more: cluster.add_node(num_cpus=cpus, **node_settings(), **more)


def node_settings() -> dict[str, Any]:
    """Of any node. Its agents are told their ports: a raylet that has to learn them ends after some seconds without a word."""
    names = (
        "metrics_agent_port",
        "metrics_export_port",
        "dashboard_agent_listen_port",
        "runtime_env_agent_port",
    )
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    return {"object_store_memory": MEMORY, "include_log_monitor": False, **ports}


def free_ports(number: int) -> list[int]:
    """Ports of this machine that nobody uses, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for found in sockets:
            found.bind(("", 0))
        return [found.getsockname()[1] for found in sockets]


def patiently(get_node: Callable[..., Any], seconds: float = 600.0) -> Callable[..., Any]:
    """As Ray's own function, but it waits until the node is there."""

    def waiting(*arguments: Any, **more: Any) -> Any:
        end = time.monotonic() + seconds
        while True:
            try:
                return get_node(*arguments, **more)
            except RuntimeError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    return waiting
