"""The timed form of the backend that a job asks for."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from modelassay.core.errors import InputError
from modelassay.pipeline.plan.jobs import Job
from modelassay.sampling.timeline import TimedBackend


@dataclass(frozen=True)
class Opened:
    """A backend that is ready. dummy_weights: what stands for the weights and the lengths, None for the real ones."""

    backend: TimedBackend
    dummy_weights: str | None = None


@contextmanager
def open_timed(
    job: Job, concurrency: int | None, note: Callable[[str], None], *, dummy: bool, lengths: Path | None
) -> Iterator[Opened]:
    """Raises AssayError."""
    problems = {p.id: p for p in job.problems.problems}
    match job.plan.backend:
        case "transformers":
            from modelassay.sampling.timed_transformers import TimedTransformers
            from modelassay.sampling.transformers_engine import Batching, TransformersSampler

            batching = Batching(rows=job.plan.samples_per_problem, turns=1)
            if dummy:
                yield from _random_weights(job, batching, lengths)
                return
            sampler = TransformersSampler(
                job.folder, job.plan, problems, shots=job.shots, batching=batching, note=note,
                remote_code=job.model.trust_remote_code,
            )  # fmt: skip
            with TimedTransformers(sampler) as timed:
                yield Opened(timed)
        case "vllm":
            from modelassay.sampling.timed_vllm import TimedVllm
            from modelassay.sampling.vllm_engine import VllmSampler, check_loads

            check_loads(job.model.vllm)
            more = {"trust_remote_code": True} if job.model.trust_remote_code else {}
            engine = VllmSampler(
                job.folder, job.plan, problems, python=job.model.python, shots=job.shots,
                load={**job.model.vllm, **more}, note=note,
            )  # fmt: skip
            with TimedVllm(engine) as other:
                yield Opened(other)
        case "openai":
            with _server(job, concurrency or job.model.concurrency, note) as served:
                yield Opened(served)
        case _:
            raise InputError("precomputed samples have no speed", hint="give a model or --endpoint")


def _random_weights(job: Job, batching: Any, run: Path | None) -> Iterator[Opened]:
    from modelassay.pipeline.speed.dummy_job import lengths_of
    from modelassay.sampling.dummy_weights import DummyWeightsSampler
    from modelassay.sampling.timed_transformers import TimedTransformers

    lengths = lengths_of(run)
    problems = {p.id: p for p in job.problems.problems}
    sampler = DummyWeightsSampler(job.folder, job.plan, problems, lengths, batching)
    with TimedTransformers(sampler) as timed:
        yield Opened(timed, f"random weights; lengths drawn from {lengths.source}")


def _server(job: Job, concurrency: int, note: Callable[[str], None]) -> Any:
    from modelassay.sampling.model_files import load_tokenizer, stop_ids
    from modelassay.sampling.openai_server import Endpoint
    from modelassay.sampling.timed_server import TimedServer

    model = job.model
    key = os.environ.get(model.api_key_env, "") if model.api_key_env else ""
    endpoint = Endpoint(
        address=model.endpoint or "", model=job.plan.served, api_key=key, concurrency=concurrency
    )
    tokenizer: Any = None
    ends: tuple[int, ...] = ()
    if job.path is not None:
        tokenizer, ends = (
            load_tokenizer(job.path, remote_code=model.trust_remote_code),
            stop_ids(job.path),
        )
    problems = {p.id: p for p in job.problems.problems}
    return TimedServer(
        endpoint, job.plan, problems, tokenizer=tokenizer, stop_ids=ends, shots=job.shots, note=note
    )


def model_shape(job: Job) -> dict[str, Any]:
    """Of the model's config.json: as the speed model counts it, else the sizes that the file names. {} without one."""
    from modelassay.speed.shapes import shape_of

    file = None if job.path is None else job.path / "config.json"
    if file is None or not file.is_file():
        return {}
    try:
        config = json.loads(file.read_bytes())
    except ValueError as error:
        raise InputError(f"not JSON: {error}", path=file, hint="download the model again") from error
    try:
        shape = shape_of(config)
    except InputError:
        sizes = config.get("text_config") or config
        return {k: v for k, v in sizes.items() if isinstance(v, int) and ("num_" in k or "size" in k)}
    built = msgspec.to_builtins(shape)
    windows = sorted({w for w in shape.windows if w is not None})
    return {
        **{k: v for k, v in built.items() if k != "windows"},
        "windows": windows,
        "parameters": shape.parameters,
    }
