"""A study on a cluster of several nodes: what one machine would have made, whatever is lost on the way."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from support.clusters import SYSTEM, Running, processes, raylet_of, results, stop

ray: Any = pytest.importorskip("ray")


def test_two_nodes_make_what_one_machine_makes(cluster: Any, add: Any, study: Path, alone: Path) -> None:
    """Samples and estimates to the byte, grades but for their CPU time; and where each was made is kept."""
    nodes = {add().node_id, add().node_id}
    done = Running(study, "--cluster", cluster.address).end()

    assert results(done.run) == results(alone)
    made = Counter(kind for o in done.origins for kind in [o.kind] * len(o.indices))
    assert made == {"sampled": 516, "graded": 516}
    assert {o.node for o in done.origins} == nodes
    assert "samples made" in done.notes


def test_a_node_that_is_lost(cluster: Any, add: Any, study: Path, alone: Path) -> None:
    """Killed in the middle of a block: the block is made on the other node, which the report says."""
    add(), (lost := add())
    running = Running(study, "--cluster", cluster.address)
    running.wait_until(lambda: processes(raylet_of(lost), "ray::Engine.sample"))
    cluster.remove_node(lost, allow_graceful=False)
    running.end()

    assert results(running.run) == results(alone)
    assert "begun again on another node" in running.notes
    assert max(o.tries for o in running.origins) > 1


def test_a_driver_that_is_killed(cluster: Any, add: Any, study: Path, alone: Path) -> None:
    """The same command again goes on with what was on disk."""
    add()
    first = Running(study, "--cluster", cluster.address)
    first.wait_until(first.sampled)
    first.process.kill()
    first.process.wait()
    kept = first.sampled()
    second = Running(study, "--cluster", cluster.address).end()

    assert results(second.run) == results(alone)
    assert 0 < kept < 516
    assert sum(len(o.indices) for o in second.origins if o.kind == "sampled") == 516


def test_an_engine_that_hangs(cluster: Any, add: Any, study: Path, alone: Path) -> None:
    """One that says nothing is ended, and its block made by another."""
    node = add()
    running = Running(study, "--cluster", cluster.address, ASSAY_CLUSTER_PATIENCE="25")
    (pid, *_) = running.wait_until(lambda: processes(raylet_of(node), "ray::Engine.sample"))
    stop(pid)
    try:
        running.end()
    finally:
        if Path(f"/proc/{pid}").exists():
            os.kill(pid, signal.SIGKILL)

    assert results(running.run) == results(alone)
    assert "said nothing for too long" in running.notes


WEAK = """
import modelassay.grading.sandbox.level as level
strong = level.sandbox_level
def weak():
    found = strong()
    layers = tuple(l._replace(held=l.name != "network") for l in found.layers)
    return level.SandboxLevel("rlimits", False, layers)
level.sandbox_level = weak
"""


def test_a_node_with_a_weaker_sandbox(cluster: Any, add: Any, study: Path, alone: Path) -> None:
    """It may sample, and is refused as a grader, by name; the other node grades all."""
    (study / "weak").mkdir()
    (study / "weak" / "sitecustomize.py").write_text(WEAK)
    weak = add(env_vars={"PYTHONPATH": str(study / "weak")})
    add()
    done = Running(study, "--cluster", cluster.address).end()

    assert results(done.run) == results(alone)
    assert "takes no part as grader: its sandbox is too weak" in done.notes
    assert all(o.node != weak.node_id for o in done.origins if o.kind == "graded")


def test_no_node_may_grade(cluster: Any, add: Any, study: Path) -> None:
    """One line with the remedy; what was sampled until then is kept."""
    (study / "weak").mkdir()
    (study / "weak" / "sitecustomize.py").write_text(WEAK)
    add(env_vars={"PYTHONPATH": str(study / "weak")})
    running = Running(study, "--cluster", cluster.address)

    assert running.process.wait(300) == 1
    assert "no node can be grader: its sandbox is too weak" in running.stderr


def test_a_node_that_joins_late(cluster: Any, add: Any, study: Path, alone: Path) -> None:
    """A study that waits for its first node, and one that is under way, use it."""
    running = Running(study, "--cluster", cluster.address)
    first = add()
    running.wait_until(lambda: processes(raylet_of(first), "ray::Engine"))
    second = add()
    running.end()

    assert results(running.run) == results(alone)
    assert {first.node_id, second.node_id} == {o.node for o in running.origins}


AHEAD = """
import datetime, time
clock, real = time.time, datetime.datetime
time.time = lambda: clock() + 172800
class Ahead(real):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + datetime.timedelta(days=2)
datetime.datetime = Ahead
"""


def test_clocks_that_differ(cluster: Any, add: Any, study: Path, alone: Path) -> None:
    """A node whose Python is two days ahead: results as ever, nothing counts as hanging, and each node's own time is kept."""
    (study / "ahead").mkdir()
    (study / "ahead" / "sitecustomize.py").write_text(AHEAD)
    ahead, right = add(env_vars={"PYTHONPATH": str(study / "ahead")}), add()
    done = Running(study, "--cluster", cluster.address).end()

    assert results(done.run) == results(alone)
    assert "too long" not in done.stderr
    hours = {
        o.node: (datetime.fromisoformat(o.started).timestamp() - time.time()) / 3600 for o in done.origins
    }
    assert hours[ahead.node_id] > 47
    assert abs(hours[right.node_id]) < 1


class TestFullStore:
    """Ray's object store without room on the driver's machine, more than twice over; Ray takes the disk for what does not fit."""

    @pytest.fixture
    def system(self) -> dict[str, Any]:
        return {**SYSTEM, "automatic_object_spilling_enabled": False}

    def test_a_study_beside_a_full_store(self, cluster: Any, add: Any, study: Path, alone: Path) -> None:
        """Another program holds all of it as long as the study takes: the results are as ever."""
        add()
        with filled(cluster.address):
            running = Running(study, "--cluster", cluster.address).end()

        assert results(running.run) == results(alone)


@contextmanager
def filled(address: str) -> Iterator[list[Any]]:
    """The store of the driver's node, filled with objects that are held until the list is cleared."""
    ray.init(address=address, log_to_driver=False)
    kept: list[Any] = []
    try:
        for _ in range(200):  # MiB
            kept.append(ray.put(os.urandom(1 << 20)))
        yield kept
    finally:
        kept.clear()
        ray.shutdown()
