"""How the jobs of a study are done: on this machine, with an object store beside, or on the nodes of a Ray cluster."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import Study
from modelassay.pipeline.run.job import RunJob, RunResult, run_job
from modelassay.pipeline.run.progress import Progress
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
            run = functools.partial(run_on_cluster, store)
            yield run if store is None else _compacted(run, store)
    elif store is not None:
        yield _compacted(functools.partial(run_stored, store), store)
    else:
        yield run_job


def _compacted(run: RunJob, store: ObjectStore) -> RunJob:
    """Does a job, and writes its samples as one table beside its blocks."""

    from modelassay.pipeline.exchange.compacted import compact_run

    def done(job: Job, study: Study, progress: Progress) -> RunResult:
        result = run(job, study, progress)
        compact_run(store, job, progress)
        return result

    return done
