"""The connection to a Ray cluster, and what the cluster has. Ray's messages stay out of ours."""

import importlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from modelassay.core.errors import BackendError, InputError


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Join the cluster at this address; "auto": the one that this machine is a node of, or a new one of this machine alone.

    Raises InputError without Ray, BackendError where nothing answers.
    """
    # Ray reports its use to its makers over the network unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray = importlib.import_module("ray")
    except ImportError as error:
        raise InputError("--cluster needs Ray", hint="pip install 'modelassay[cluster]'") from error
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        ray.init(address=address, **quiet)
    except ConnectionError as error:
        if address != "auto" or os.environ.get("RAY_ADDRESS"):
            where = os.environ.get("RAY_ADDRESS", address) if address == "auto" else address
            hint = "start it (ray start --head), or give auto"
            raise BackendError(f"no Ray cluster at {where}", hint=hint) from error
        ray.init(address="local", include_dashboard=False, **quiet)
    except (RuntimeError, ValueError) as error:
        hint = (
            "give auto, or the address that `ray start --head` printed; Ray and Python must be of one version"
        )
        raise BackendError(f"cannot join the Ray cluster at {address}: {_line(error)}", hint=hint) from error
    try:
        yield
    finally:
        ray.shutdown()


def resources() -> dict[str, float]:
    """CPUs, GPUs and what else the living nodes have together."""
    ray = importlib.import_module("ray")
    found: dict[str, float] = ray.cluster_resources()
    return found


def living_nodes(resource: str) -> set[str]:
    """The ids of nodes that are alive and have some of a resource."""
    ray = importlib.import_module("ray")
    return {n["NodeID"] for n in ray.nodes() if n["Alive"] and n["Resources"].get(resource, 0) > 0}


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
