"""What one run of a study does otherwise than its file says: other protocols, or less of everything, to try it first."""

import msgspec

from modelassay.core.records import Record
from modelassay.pipeline.plan.study_file import BenchmarkEntry, Study


class Changes(Record):
    """In the place of what the file says; `None` and () change nothing.

    protocols: under which every model that is sampled here is asked. n: samples per problem. limit: problems of each
    benchmark, at most. max_tokens: length of an answer. preflight: False to go without it.
    """

    protocols: tuple[str, ...] = ()
    n: int | None = None
    limit: int | None = None
    max_tokens: int | None = None
    preflight: bool = True


def changed(study: Study, changes: Changes) -> Study:
    """The study as it is to be run; as it is without changes. Every k that `n` does not allow is left out."""
    replace = msgspec.structs.replace
    models, estimates = study.models, study.estimates
    if changes.protocols:
        models = tuple(
            m if m.backend == "replay" else replace(m, protocol=None, protocols=changes.protocols)
            for m in models
        )
    if changes.n is not None:
        allowed = tuple(k for k in estimates.k if k <= changes.n)
        estimates = replace(estimates, k=allowed or (1,))
    old = study.sampling
    sampling = replace(
        old,
        samples_per_problem=changes.n or old.samples_per_problem,
        max_tokens=changes.max_tokens or old.max_tokens,
        preflight=old.preflight and changes.preflight,
    )
    benchmarks = tuple(_limited(entry, changes.limit) for entry in study.benchmarks)
    return replace(study, models=models, estimates=estimates, sampling=sampling, benchmarks=benchmarks)


def _limited(entry: BenchmarkEntry, limit: int | None) -> BenchmarkEntry:
    if limit is None:
        return entry
    if entry.ids:
        return msgspec.structs.replace(entry, ids=entry.ids[:limit])
    return msgspec.structs.replace(entry, problems=min(entry.problems or limit, limit))
