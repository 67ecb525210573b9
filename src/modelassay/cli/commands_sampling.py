"""`assay sample`: samples of a model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from modelassay.cli.next_command import say_next
from modelassay.cli.options import (
    PIECES,
    WORKDIR,
    BackendOption,
    BenchmarkOption,
    ConcurrencyOption,
    DataOption,
    EndpointOption,
    JsonOption,
    KeyOption,
    ModelArgument,
    NoPreflightOption,
    OfflineOption,
    PickledOption,
    ProblemsOption,
    ProtocolOption,
    ProtocolsOption,
    RemoteCodeOption,
    ShardOption,
    TokenizerOption,
    WorkDirOption,
    example,
    split_protocols,
)
from modelassay.cli.options_decoding import (
    DecodingOption,
    FrequencyOption,
    KeepSpecialOption,
    MinPOption,
    PresenceOption,
    RepetitionOption,
    StopOption,
    TopKOption,
    VllmOption,
    unescaped,
    vllm_arguments,
)
from modelassay.cli.output import data, json_out, say, watch

if TYPE_CHECKING:
    from modelassay.pipeline.plan.jobs import Job
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.study_file import BenchmarkEntry, ModelEntry, SamplingEntry


LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="Number of problems, stratified by difficulty.")
]
IdsOption = Annotated[
    list[str] | None, typer.Option("--id", metavar="PROBLEM", help="Only this problem; may be repeated.")
]


ShowOption = Annotated[
    str | None,
    typer.Option(metavar="PROBLEM", help="Print the prompt and token ids of this problem, and exit."),
]
RunDirOption = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Run directory, instead of one in --workdir named by the plan."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(
        rich_help_panel=PIECES,
        epilog=example("assay sample examples/models/demo-base-0.5m --benchmark starter --n 50"),
    )(sample)


def sample(
    model: ModelArgument,
    benchmark: BenchmarkOption = "starter",
    n: Annotated[int, typer.Option("--n", min=1, help="Samples per problem.")] = 50,
    protocol: ProtocolOption = "completion",
    temperature: Annotated[float, typer.Option(min=0.0, help="Sampling temperature; 0 is greedy.")] = 0.8,
    top_p: Annotated[float, typer.Option(min=0.01, max=1.0, help="Top-p.")] = 0.95,
    max_tokens: Annotated[int, typer.Option(min=1, help="Maximum length of an answer in tokens.")] = 512,
    top_k: TopKOption = 0,
    min_p: MinPOption = 0.0,
    repetition_penalty: RepetitionOption = 1.0,
    presence_penalty: PresenceOption = 0.0,
    frequency_penalty: FrequencyOption = 0.0,
    stop: StopOption = None,
    keep_special_tokens: KeepSpecialOption = False,
    decoding: DecodingOption = "plan",
    seed: Annotated[int, typer.Option(help="Random seed: the same seed gives the same samples.")] = 0,
    protocols: ProtocolsOption = None,
    problems: ProblemsOption = None,
    limit: LimitOption = None,
    ids: IdsOption = None,
    backend: BackendOption = "transformers",
    endpoint: EndpointOption = None,
    tokenizer: TokenizerOption = None,
    api_key_env: KeyOption = None,
    concurrency: ConcurrencyOption = 16,
    vllm: VllmOption = None,
    pickled_weights: PickledOption = False,
    trust_remote_code: RemoteCodeOption = False,
    shard: ShardOption = None,
    out: RunDirOption = None,
    show: ShowOption = None,
    no_preflight: NoPreflightOption = False,
    workdir: WorkDirOption = WORKDIR,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Sample a model on a benchmark, in a run directory named by the plan. Resumes where it stopped."""
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.study_file import SamplingEntry

    entry = model_entry(model, backend, protocol, protocols, trust=(pickled_weights, trust_remote_code))
    if endpoint is not None:
        entry = served_entry(entry, model, endpoint, tokenizer, (api_key_env, concurrency))
    if vllm:
        entry = msgspec.structs.replace(entry, vllm=vllm_arguments(vllm))
    settings = SamplingEntry(
        samples_per_problem=n, temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed, top_k=top_k,
        min_p=min_p, repetition_penalty=repetition_penalty, presence_penalty=presence_penalty,
        frequency_penalty=frequency_penalty, stop=tuple(map(unescaped, stop or ())),
        keep_special_tokens=keep_special_tokens, decoding=_decoding(decoding),
        preflight=not no_preflight,
    )  # fmt: skip
    chosen = benchmark_of(benchmark, problems, limit, ids)
    planned = jobs_of(entry, chosen, settings, workdir, Source(problem_data, offline), weights=show is None)
    jobs = _placed(planned, shard, out)
    _run(jobs, show, no_preflight=no_preflight, json_=json_)
    if show is None:
        say_next("grade", [job.run.root for job in jobs], problem_data)


def jobs_of(
    entry: "ModelEntry",
    benchmark: "BenchmarkEntry",
    settings: "SamplingEntry",
    workdir: Path,
    source: "Source",
    *,
    weights: bool = True,
) -> "list[Job]":
    """The jobs of a model, fetched where the Hub has it. weights: False where only prompts are looked at."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.plan.jobs import jobs_for_path
    from modelassay.pipeline.plan.models import Fetching

    with watch() as progress:
        fetching = Fetching(weights=weights, watch=progress)
        return jobs_for_path(entry, benchmark, settings, WorkDir(workdir), source, fetching)


def _decoding(asked: str) -> Literal["plan", "model"]:
    if asked not in ("plan", "model"):
        raise typer.BadParameter("--decoding is plan or model")
    return "model" if asked == "model" else "plan"


def _placed(jobs: "list[Job]", shard: str | None, out: Path | None) -> "list[Job]":
    """The jobs in the folder that the user names, or the part of them that is to be done there."""
    from dataclasses import replace

    from modelassay.core.shards import Shard
    from modelassay.core.workdir import RunDir
    from modelassay.pipeline.shards import in_shard

    part = None if shard is None else Shard.parse(shard)
    if out is None:
        if part is not None:
            raise typer.BadParameter("--shard needs a folder of its own: add --out DIR")
        return jobs
    if len(jobs) > 1:
        raise typer.BadParameter("--out is for one run; sample each protocol by itself")
    if part is None:
        from modelassay.pipeline.shards import check_folder

        check_folder(jobs[0], out, None)
        return [replace(jobs[0], run=RunDir(out))]
    return [in_shard(jobs[0], part, out)]


def served_entry(
    entry: "ModelEntry", model: str, endpoint: str, tokenizer: Path | None, access: tuple[str | None, int]
) -> "ModelEntry":
    """The entry of a server's model. access: the variable with its key, and samples under way at once."""
    from modelassay.sources.hub import names_a_hub_model

    named = tokenizer is not None and names_a_hub_model(str(tokenizer))
    folder = None if tokenizer is None else str(tokenizer if named else tokenizer.absolute())
    key, concurrency = access
    return msgspec.structs.replace(
        entry,
        name=model,
        backend="openai",
        path=folder,
        endpoint=endpoint,
        api_key_env=key,
        concurrency=concurrency,
    )


def _run(jobs: "list[Job]", show: str | None, *, no_preflight: bool, json_: bool) -> None:
    """Sample the jobs, or show a problem's prompt as each would send it."""
    from modelassay.grading.pool import PoolOptions
    from modelassay.pipeline.plan.study_file import GradingEntry
    from modelassay.pipeline.run.held import held
    from modelassay.pipeline.run.job import sample_job
    from modelassay.pipeline.run.manifest import state_plan
    from modelassay.pipeline.run.reference_check import check_custom_problems

    if show is not None:
        for job in jobs:
            _show(job, show, json_=json_)
        return
    check = None if no_preflight else PoolOptions()
    with held(dict.fromkeys(job.run.root for job in jobs)), watch() as progress:
        for job in jobs:
            state_plan(job, progress)
        if not no_preflight:
            check_custom_problems(jobs, GradingEntry(skip_unjudgeable=True), progress)
        counts = [len(sample_job(job, progress, preflight=check).completions) for job in jobs]
    _say(jobs, counts, json_=json_)


def _say(jobs: "list[Job]", counts: list[int], *, json_: bool) -> None:
    for job, count in zip(jobs, counts, strict=True):
        if json_:
            json_out({"run": str(job.run.root), "plan_hash": job.plan.hash, "candidates": count})
        else:
            data(f"{count} samples in {job.run.completions}")


def benchmark_of(
    name: str | None, file: Path | None, limit: int | None, ids: list[str] | None
) -> "BenchmarkEntry":
    """A problem set as a study's entry."""
    from modelassay.pipeline.plan.study_file import BenchmarkEntry

    if limit is not None and ids:
        raise typer.BadParameter("give either --limit or --id")
    if file is not None:
        return BenchmarkEntry(file=str(file.absolute()), problems=limit, ids=tuple(ids or ()))
    return BenchmarkEntry(name=name or "starter", problems=limit, ids=tuple(ids or ()))


def model_entry(
    model: str, backend: str, protocol: str, protocols: str | None, *, trust: tuple[bool, bool]
) -> "ModelEntry":
    """A model folder, or a Hub id, as a study's entry. trust: in pickled weights, and in the repository's own code."""
    from modelassay.pipeline.plan.models import by_name
    from modelassay.pipeline.plan.study_file import ModelEntry

    if backend not in ("transformers", "vllm"):
        raise typer.BadParameter("--backend is transformers or vllm; for a server give --endpoint URL")
    folder = Path(model).absolute()
    asked = ModelEntry(
        name=folder.name, path=model, backend="vllm" if backend == "vllm" else "transformers",
        protocol=None if protocols else protocol, protocols=split_protocols(protocols or ""),
        pickled_weights=trust[0], trust_remote_code=trust[1],
    )  # fmt: skip
    entry = by_name(asked, Path())
    if entry.path is None:
        return msgspec.structs.replace(entry, name=entry.hub_id)
    return msgspec.structs.replace(entry, path=str(folder))


def _show(job: "Job", problem: str, *, json_: bool) -> None:
    """What the model would see of one problem."""
    from modelassay.pipeline.preview import prompt_preview

    prompt = prompt_preview(job, problem)
    if json_:
        json_out(prompt)
        return
    say(f"{len(prompt.token_ids)} tokens: {' '.join(map(str, prompt.token_ids))}")
    say(f"the answer ends at {list(prompt.stop)}")
    data(prompt.text)
