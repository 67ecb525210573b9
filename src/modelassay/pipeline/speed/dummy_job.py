"""The job of a model whose weights are not here: its shape alone, on a benchmark's number of problems."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelassay.core.errors import InputError
from modelassay.core.measured import Completion, SamplingPlan
from modelassay.core.store import iter_records
from modelassay.core.workdir import RunDir, WorkDir
from modelassay.pipeline.plan.jobs import Job, decoding_of
from modelassay.pipeline.plan.problems import Source, load_problems
from modelassay.pipeline.plan.study_file import BenchmarkEntry, ModelEntry, SamplingEntry
from modelassay.sources.hub_config import config_file

if TYPE_CHECKING:
    from modelassay.sampling.dummy_weights import Lengths


def dummy_job(
    model: str, benchmark: BenchmarkEntry, sampling: SamplingEntry, workdir: WorkDir, source: Source
) -> Job:
    """model: a folder with a config.json, or a name of the Hub, of which nothing but that file is fetched. Raises AssayError."""
    file = config_file(model, offline=source.offline)
    if file.name != "config.json":
        raise InputError("a shape is read from a config.json", path=file, hint="give its folder")
    chosen = load_problems(benchmark, Path(), source, sampling.seed)
    problems = chosen.problems
    name = f"{Path(model).resolve().name if Path(model).exists() else model} (random weights)"
    plan = SamplingPlan(
        model=name, model_sha256="", backend="transformers",
        benchmark=problems.name, benchmark_version=problems.version, benchmark_sha256=problems.sha256,
        problems=chosen.order, protocol="random tokens", protocol_sha256="",
        samples_per_problem=sampling.samples_per_problem, decoding=decoding_of(sampling, None, name),
        seed=sampling.seed,
    )  # fmt: skip
    entry = ModelEntry(name=name, path=str(file.parent))
    return Job(model=entry, chosen=chosen, plan=plan, run=workdir.run(plan), path=file.parent)


def lengths_of(run: Path | None) -> "Lengths":
    """Of a run's prompts and answers; the shipped ones without a run. Raises InputError where a run has none."""
    from modelassay.sampling.dummy_weights import HUMANEVAL_LENGTHS, measured_lengths

    if run is None:
        return HUMANEVAL_LENGTHS
    prompts: dict[str, int] = {}
    answers = []
    for sample in iter_records(RunDir(run).completions, Completion):
        if sample.prompt_tokens is not None and sample.completion_tokens is not None:
            prompts[sample.problem] = sample.prompt_tokens
            answers.append(sample.completion_tokens)
    if not answers:
        raise InputError("no samples with numbers of tokens", path=run, hint="give a run of `assay sample`")
    return measured_lengths(list(prompts.values()), answers, f"{len(answers)} samples of the run {run.name}")
