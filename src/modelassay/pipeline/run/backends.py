"""The backend a job asks for, ready to sample its plan. The only place that picks one."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from modelassay.core.errors import InputError
from modelassay.pipeline.plan.jobs import Job
from modelassay.sampling.sampler import ROWS, Sampler


def open_sampler(
    job: Job, note: Callable[[str], None], *, in_rounds: bool = False
) -> AbstractContextManager[Sampler]:
    """A sampler of the job's backend; entering it may load a model. Raises AssayError.

    in_rounds: a few problems are wanted at a time, so that groups must not hold more.
    """
    problems = {p.id: p for p in job.problems.problems}
    match job.plan.backend:
        case "transformers":
            from modelassay.sampling.transformers_engine import Batching, TransformersSampler

            batching = Batching(rows=ROWS, turns=1) if in_rounds else Batching()
            return TransformersSampler(
                job.folder,
                job.plan,
                problems,
                shots=job.shots,
                batching=batching,
                note=note,
                remote_code=job.model.trust_remote_code,
            )
        case "vllm":
            from modelassay.sampling.vllm_engine import VllmSampler, check_loads

            check_loads(job.model.vllm)
            return VllmSampler(
                job.folder,
                job.plan,
                problems,
                python=job.model.python,
                shots=job.shots,
                load={
                    **job.model.vllm,
                    **({"trust_remote_code": True} if job.model.trust_remote_code else {}),
                },
                note=note,
            )
        case "openai":
            return _server(job, note)
    raise InputError(f"precomputed samples of {job.model.name!r} cannot be sampled", hint="replay them")


def _server(job: Job, note: Callable[[str], None]) -> AbstractContextManager[Sampler]:
    from modelassay.sampling.model_files import load_tokenizer, stop_ids
    from modelassay.sampling.openai_server import Endpoint, OpenAISampler

    model = job.model
    assert model.endpoint is not None
    key = os.environ.get(model.api_key_env, "") if model.api_key_env else ""
    if model.api_key_env and not key:
        raise InputError(f"{model.api_key_env} is not set", hint="export the server's key in that variable")
    endpoint = Endpoint(
        address=model.endpoint, model=job.plan.served, api_key=key, concurrency=model.concurrency
    )
    tokenizer: Any = None
    ends: tuple[int, ...] = ()
    if job.path is not None:
        tokenizer = load_tokenizer(job.path, remote_code=model.trust_remote_code)
        ends = stop_ids(job.path)
    problems = {p.id: p for p in job.problems.problems}
    return OpenAISampler(
        endpoint, job.plan, problems, tokenizer=tokenizer, stop_ids=ends, shots=job.shots, note=note
    )
