"""What a study will do, before anything is done: one Job per model and benchmark, each with its whole plan."""

import functools
import hashlib
import math
from dataclasses import dataclass, replace
from pathlib import Path

from modelassay.core.decoding import Decoding
from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import SamplingPlan
from modelassay.core.problems import Problem, ProblemSet
from modelassay.core.shards import Shard
from modelassay.core.workdir import RunDir, WorkDir
from modelassay.pipeline.plan.models import NOWHERE, Fetching, Place, Places, locate
from modelassay.pipeline.plan.problems import Chosen, Source, load_problems
from modelassay.pipeline.plan.study_file import (
    BenchmarkEntry,
    ModelEntry,
    PrecomputedEntry,
    SamplingEntry,
    Study,
)


@dataclass(frozen=True)
class Job:
    """One model on one benchmark: its plan, its folder, and where its samples come from."""

    model: ModelEntry
    chosen: Chosen
    plan: SamplingPlan
    run: RunDir
    path: Path | None  # of weights or precomputed samples; None for a served model without its tokenizer
    precomputed: PrecomputedEntry | None = None
    shots: tuple[Problem, ...] = ()  # example problems that the protocol shows
    place: Place = NOWHERE
    shard: Shard | None = None  # the part to do; None for all of it

    @property
    def id(self) -> str:
        """The run folder's name."""
        return self.run.root.name

    def mine(self, problem: str, index: int) -> bool:
        """Whether a sample is of the part to do."""
        if self.shard is None:
            return True
        return self.shard.holds(self.places[problem], len(self.places), index)

    @functools.cached_property
    def places(self) -> dict[str, int]:
        """Problem → its place in the plan."""
        return {problem: place for place, problem in enumerate(self.plan.problems)}

    @property
    def problems(self) -> ProblemSet:
        """The problems asked."""
        return self.chosen.problems

    @property
    def folder(self) -> Path:
        """`path`, where the job cannot be without one."""
        assert self.path is not None
        return self.path


@dataclass(frozen=True)
class Inputs:
    """What jobs are made from. folder: where relative paths start."""

    folder: Path
    source: Source
    places: Places


def plan_study(
    study: Study, folder: Path, workdir: WorkDir, source: Source, fetching: Fetching | None = None
) -> list[Job]:
    """Every job of a study, benchmarks outermost. Raises before anything is sampled if an input is missing.

    Models of the Hub are looked up, and fetched as `fetching` says.
    """
    inputs = Inputs(folder, source, locate(study.models, folder, source.offline, fetching))
    sets = [(entry, load_problems(entry, folder, source, study.sampling.seed)) for entry in study.benchmarks]
    if study.sequential is not None:
        sets = [(entry, replace(chosen, shuffle=study.sampling.seed)) for entry, chosen in sets]
    return [
        job
        for benchmark, chosen in sets
        for model in study.models
        for job in _jobs(model, benchmark, chosen, study.sampling, workdir, inputs)
    ]


def jobs_for_path(
    model: ModelEntry,
    benchmark: BenchmarkEntry,
    sampling: SamplingEntry,
    workdir: WorkDir,
    source: Source,
    fetching: Fetching | None = None,
) -> list[Job]:
    """The jobs of one model on one benchmark, for the commands that need no study file."""
    chosen = load_problems(benchmark, Path(), source, sampling.seed)
    places = locate([model], Path(), source.offline, fetching)
    return _jobs(model, benchmark, chosen, sampling, workdir, Inputs(Path(), source, places))


def job_for_samples(
    samples: Path, format_: str | None, stop: tuple[str, ...], chosen: Chosen, run: RunDir
) -> Job:
    """The job that replays one file of precomputed samples into `run`."""
    precomputed = PrecomputedEntry(
        benchmark=chosen.problems.name, samples=str(samples), format=format_, stop=stop
    )
    model = ModelEntry(name=samples.name, backend="replay", recordings=(precomputed,))
    return replace(_replay_job(model, precomputed, chosen, Path(), WorkDir(run.root)), run=run)


def _jobs(
    model: ModelEntry,
    benchmark: BenchmarkEntry,
    chosen: Chosen,
    sampling: SamplingEntry,
    workdir: WorkDir,
    inputs: Inputs,
) -> list[Job]:
    if model.backend == "replay":
        named = {benchmark.name, benchmark.file} - {None, ""}
        found = [r for r in model.recordings if r.benchmark in named]
        return [_replay_job(model, precomputed, chosen, inputs.folder, workdir) for precomputed in found]
    protocols = model.protocols or (() if model.protocol is None else (model.protocol,))
    if not protocols:
        raise InputError(
            f"model {model.name!r} lacks a protocol", hint='add protocol = "completion" or "chat"'
        )
    return [_sampling_job(model, name, chosen, sampling, workdir, inputs) for name in protocols]


def _sampling_job(
    model: ModelEntry,
    protocol: str,
    asked: Chosen,
    sampling: SamplingEntry,
    workdir: WorkDir,
    inputs: Inputs,
) -> Job:
    from modelassay.sampling.model_files import model_sha256
    from modelassay.sampling.protocols import find_protocol

    place = inputs.places[model.name]
    path, hub = place.path, place.hub
    chosen, problems = find_protocol(protocol), asked.problems
    served = (model.served_name or model.name) if model.backend == "openai" else ""
    plan = SamplingPlan(
        model=model.name, hub_id=hub.id if hub else "", revision=hub.revision if hub else "",
        model_sha256=model_sha256(path) if path is not None and not served and hub is None else "",
        backend=model.backend, served=served,
        benchmark=problems.name, benchmark_version=problems.version, benchmark_sha256=problems.sha256,
        problems=asked.order,
        protocol=chosen.name, protocol_sha256=chosen.sha256,
        samples_per_problem=sampling.samples_per_problem,
        decoding=decoding_of(sampling, path, model.name), seed=sampling.seed, explicit=bool(served),
    )  # fmt: skip
    shots = _shots(chosen.shots, inputs.source)
    return Job(
        model=model, chosen=asked, plan=plan, run=workdir.run(plan), path=path, shots=shots, place=place
    )


def decoding_of(sampling: SamplingEntry, path: Path | None, model: str) -> Decoding:
    """How tokens are chosen: as the study says, or as the model's own settings do. Raises InputError, BackendError."""
    shared = set(Decoding.__struct_fields__) & set(SamplingEntry.__struct_fields__)
    asked = Decoding(**{name: getattr(sampling, name) for name in shared})
    for name in (
        "temperature",
        "repetition_penalty",
        "presence_penalty",
        "frequency_penalty",
        "top_p",
        "min_p",
    ):
        if not math.isfinite(getattr(asked, name)):
            raise InputError(f"{name} is {getattr(asked, name)}", hint="give a number")
    if sampling.decoding == "plan":
        return asked
    if path is None:
        raise InputError(
            f'the generation settings of {model!r} cannot be seen, so decoding = "model" cannot be planned',
            hint="give the model's folder too (path in a study, --tokenizer DIR)",
        )
    from modelassay.sampling.generation_settings import as_model_says

    return as_model_says(asked, path)


def _shots(numbers: tuple[int, ...], source: Source) -> tuple[Problem, ...]:
    """The MBPP problems of these numbers, which a protocol shows as examples."""
    from modelassay.sources.problems.problem_sets import load_mbpp_examples

    return load_mbpp_examples(numbers, data=source.data, offline=source.offline) if numbers else ()


def _replay_job(
    model: ModelEntry, precomputed: PrecomputedEntry, chosen: Chosen, folder: Path, workdir: WorkDir
) -> Job:
    problems, path = chosen.problems, folder / precomputed.samples
    if not path.exists():
        raise MissingError(
            f"no precomputed samples of {model.name!r}", path=path, hint="fix `samples` in the study file"
        )
    definition = hashlib.sha256(repr((precomputed.format, precomputed.stop)).encode()).hexdigest()
    plan = SamplingPlan(
        model=model.name, model_sha256=files_sha256(path), backend="replay",
        benchmark=problems.name, benchmark_version=problems.version, benchmark_sha256=problems.sha256,
        problems=chosen.order,
        protocol="recorded", protocol_sha256=definition,
        samples_per_problem=None, decoding=None, seed=None,
    )  # fmt: skip
    return Job(
        model=model, chosen=chosen, plan=plan, run=workdir.run(plan), path=path, precomputed=precomputed
    )


def files_sha256(path: Path) -> str:
    """The hash of a file, or of a folder's files with their names."""
    if path.is_file():
        return _file_sha256(path)
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        digest.update(f"{file.relative_to(path)}\0{_file_sha256(file)}\n".encode())
    return digest.hexdigest()


def _file_sha256(path: Path) -> str:
    """A part at a time: samples may be larger than the memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
