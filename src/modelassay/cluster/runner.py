"""How the jobs of a study are done: on this machine, with an object store beside, or on the nodes of a Ray cluster."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from modelassay.pipeline.run.job import RunJob, run_job
from modelassay.pipeline.run.stored_blocks import run_stored
from modelassay.sources.object_store import ObjectStore


@contextmanager
def job_runner(cluster: str | None, store_url: str | None, note: Callable[[str], None]) -> Iterator[RunJob]:
    """What does a job. cluster: "auto" or an address of Ray; None for this machine. note: told of repeated requests.

    Raises InputError where the extra for it is not installed, or nothing answers there.
    """
    store = ObjectStore(store_url, note) if store_url else None
    if cluster is not None:
        from modelassay.cluster.cluster_runs import run_on_cluster
        from modelassay.cluster.connection import connected

        with connected(cluster):
            yield functools.partial(run_on_cluster, store)
    elif store is not None:
        yield functools.partial(run_stored, store)
    else:
        yield run_job
