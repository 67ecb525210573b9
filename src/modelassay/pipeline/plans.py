"""What a study will do, before anything is done: one Job per model and benchmark, each with its whole plan."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Decoding, Problem, ProblemSet, SamplingPlan
from modelassay.core.workdir import RunDir, WorkDir
from modelassay.pipeline.study_file import BenchmarkEntry, ModelEntry, Recording, SamplingEntry, Study


@dataclass(frozen=True)
class Source:
    """Where problem sets may come from: a folder looked at first, and whether the network may be used."""

    data: Path | None
    offline: bool


@dataclass(frozen=True)
class Job:
    """One model on one benchmark: its plan, its folder, and where its candidates come from."""

    model: ModelEntry
    problems: ProblemSet
    plan: SamplingPlan
    run: RunDir
    path: Path | None  # of weights or recorded samples; None for a served model without its tokenizer
    recording: Recording | None = None
    shots: tuple[Problem, ...] = ()  # example problems that the protocol shows

    @property
    def folder(self) -> Path:
        """`path`, where the job cannot be without one."""
        assert self.path is not None
        return self.path


def plan_study(study: Study, folder: Path, workdir: WorkDir, source: Source) -> list[Job]:
    """Every job of a study, benchmarks outermost. Raises before anything is sampled if an input is missing."""
    sets = {entry.name: load_problems(entry, source, study.sampling.seed) for entry in study.benchmarks}
    return [
        job
        for benchmark, problems in sets.items()
        for model in study.models
        for job in _jobs(model, benchmark, problems, study.sampling, folder, workdir, source)
    ]


def job_for_path(
    model: ModelEntry, benchmark: BenchmarkEntry, sampling: SamplingEntry, workdir: WorkDir, source: Source
) -> Job:
    """The job of one model folder on one benchmark, for the verbs that need no study file."""
    problems = load_problems(benchmark, source, sampling.seed)
    return _sampling_job(model, problems, sampling, Path(), workdir, source)


def job_for_samples(
    samples: Path, format_: str | None, stop: tuple[str, ...], problems: ProblemSet, run: RunDir
) -> Job:
    """The job that replays one file of recorded samples into `run`."""
    recording = Recording(benchmark=problems.name, samples=str(samples), format=format_, stop=stop)
    model = ModelEntry(name=samples.name, backend="replay", recordings=(recording,))
    job = _replay_job(model, recording, problems, Path(), WorkDir(run.root))
    return Job(model=model, problems=problems, plan=job.plan, run=run, path=job.path, recording=recording)


def load_problems(entry: BenchmarkEntry, source: Source, seed: int) -> ProblemSet:
    """A problem set, cut to the entry's limit."""
    from modelassay.sources.catalogue import parse_benchmark
    from modelassay.sources.problem_sets import load_problem_set

    name, version = parse_benchmark(entry.name)
    problems = load_problem_set(name, version, data=source.data, offline=source.offline)
    return problems if entry.limit is None else subset(problems, entry.limit, seed)


def subset(problems: ProblemSet, limit: int, seed: int) -> ProblemSet:
    """`limit` problems, as many of each difficulty band as the whole has, in the set's own order.

    Nested: a larger limit with the same seed holds every problem of a smaller one, because a problem's
    place depends only on the seed and its id.
    """
    bands: dict[str, list[str]] = {}
    for problem in problems.problems:
        bands.setdefault(problem.difficulty or "", []).append(problem.id)
    # A problem's rank within its band, as a share of the band, spreads the choice evenly over the bands.
    place = {
        name: (rank + 0.5) / len(names)
        for names in bands.values()
        for rank, name in enumerate(
            sorted(names, key=lambda n: hashlib.sha256(f"{seed}/{n}".encode()).digest())
        )
    }
    chosen = set(sorted(place, key=lambda name: (place[name], name))[:limit])
    kept = tuple(p for p in problems.problems if p.id in chosen)
    return ProblemSet(
        name=problems.name,
        version=problems.version,
        sha256=problems.sha256,
        licence=problems.licence,
        problems=kept,
    )


def _jobs(
    model: ModelEntry,
    benchmark: str,
    problems: ProblemSet,
    sampling: SamplingEntry,
    folder: Path,
    workdir: WorkDir,
    source: Source,
) -> list[Job]:
    if model.backend == "replay":
        found = [r for r in model.recordings if r.benchmark == benchmark]
        return [_replay_job(model, recording, problems, folder, workdir) for recording in found]
    return [_sampling_job(model, problems, sampling, folder, workdir, source)]


def _sampling_job(
    model: ModelEntry,
    problems: ProblemSet,
    sampling: SamplingEntry,
    folder: Path,
    workdir: WorkDir,
    source: Source,
) -> Job:
    from modelassay.sampling.model_files import model_sha256
    from modelassay.sampling.protocols import find_protocol

    if model.protocol is None:
        raise InputError(f"model {model.name!r} lacks a protocol", hint="see examples/study.toml")
    path = None if model.path is None else folder / model.path
    if path is not None and not path.is_dir():
        hint = "give the folder that holds config.json, the tokenizer and the weights"
        raise MissingError(f"no model folder for {model.name!r}", path=path, hint=hint)
    chosen = find_protocol(model.protocol)
    served = (model.served_name or model.name) if model.backend == "openai" else ""
    plan = SamplingPlan(
        model=model.name, model_sha256=model_sha256(path) if path is not None and not served else "",
        backend=model.backend, served=served,
        benchmark=problems.name, benchmark_version=problems.version, benchmark_sha256=problems.sha256,
        problems=tuple(p.id for p in problems.problems),
        protocol=chosen.name, protocol_sha256=chosen.sha256,
        samples_per_problem=sampling.samples_per_problem,
        decoding=Decoding(temperature=sampling.temperature, top_p=sampling.top_p, max_tokens=sampling.max_tokens),
        seed=sampling.seed,
    )  # fmt: skip
    shots = _shots(chosen.shots, source)
    return Job(model=model, problems=problems, plan=plan, run=workdir.run(plan), path=path, shots=shots)


def _shots(numbers: tuple[int, ...], source: Source) -> tuple[Problem, ...]:
    """The MBPP problems of these numbers, which a protocol shows as examples."""
    from modelassay.sources.problem_sets import load_mbpp_examples

    return load_mbpp_examples(numbers, data=source.data, offline=source.offline) if numbers else ()


def _replay_job(
    model: ModelEntry, recording: Recording, problems: ProblemSet, folder: Path, workdir: WorkDir
) -> Job:
    path = folder / recording.samples
    if not path.exists():
        raise MissingError(
            f"no recorded samples of {model.name!r}", path=path, hint="mend `samples` in the study file"
        )
    definition = hashlib.sha256(repr((recording.format, recording.stop)).encode()).hexdigest()
    plan = SamplingPlan(
        model=model.name, model_sha256=files_sha256(path), backend="replay",
        benchmark=problems.name, benchmark_version=problems.version, benchmark_sha256=problems.sha256,
        problems=tuple(p.id for p in problems.problems),
        protocol="recorded", protocol_sha256=definition,
        samples_per_problem=None, decoding=None, seed=None,
    )  # fmt: skip
    return Job(
        model=model, problems=problems, plan=plan, run=workdir.run(plan), path=path, recording=recording
    )


def files_sha256(path: Path) -> str:
    """The hash of a file, or of a folder's files with their names."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        digest.update(f"{file.relative_to(path)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
