"""A Ray cluster of several nodes on this machine. Skipped without Ray."""

import inspect
import os
import signal
import socket
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
def cluster(system: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head without CPUs: its nodes are added by the tests."""
    pytest.importorskip("ray")
    from ray._private import services
    from ray.cluster_utils import Cluster

    monkeypatch.setattr(services, "start_raylet", with_known_ports(services.start_raylet))
    head = {"num_cpus": 0, "include_dashboard": False, "no_monitor": True, "_system_config": system, **node()}
    made = within_its_time(lambda: Cluster(initialize_head=True, head_node_args=head))
    yield made
    made.shutdown()


@pytest.fixture
def add(cluster: Any) -> Any:
    """Adds a node of so many CPUs."""
    return lambda cpus=2, **more: within_its_time(lambda: cluster.add_node(num_cpus=cpus, **node(), **more))


def node() -> dict[str, Any]:
    """Settings of one more node, with a port for the agent that prepares its workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return {"runtime_env_agent_port": free.getsockname()[1], **NODE}


def with_known_ports(start: Callable[..., Any]) -> Callable[..., Any]:
    """Ray's start of a node, told beforehand which ports its agents have.

    A raylet waits 15 s for the files in which its agents, two Python processes, name them, and ends itself where they are
    not there: on a busy machine nearly always. -1 is what the dashboard's agent writes where there is no dashboard.
    """
    from ray import _raylet as ray

    def started(*words: Any, **named: Any) -> Any:
        given = inspect.signature(start).bind(*words, **named).arguments
        ports = dict.fromkeys(
            (ray.METRICS_AGENT_PORT_NAME, ray.METRICS_EXPORT_PORT_NAME, ray.DASHBOARD_AGENT_LISTEN_PORT_NAME),
            -1,
        )
        ports[ray.RUNTIME_ENV_AGENT_PORT_NAME] = given["runtime_env_agent_port"]
        for name, port in ports.items():
            ray.persist_port(given["session_dir"], given["node_id"], name, port)
        return start(*words, **named)

    return started


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
