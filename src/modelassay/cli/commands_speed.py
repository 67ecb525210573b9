"""`assay speed`: how fast a model is, measured on a benchmark's own prompts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from modelassay.cli.commands_sampling import (
    LimitOption,
    benchmark_of,
    jobs_of,
    model_entry,
    served_entry,
)
from modelassay.cli.options import (
    PIECES,
    WORKDIR,
    BackendOption,
    BenchmarkOption,
    DataOption,
    EndpointOption,
    JsonOption,
    KeyOption,
    ModelArgument,
    OfflineOption,
    PickledOption,
    ProblemsOption,
    ProtocolOption,
    RemoteCodeOption,
    TokenizerOption,
    WorkDirOption,
    example,
)
from modelassay.cli.options_decoding import VllmOption, vllm_arguments
from modelassay.cli.output import data, json_out, say, table_out, watch

if TYPE_CHECKING:
    from modelassay.core.speed_records import MedianInterval, Quantiles, SpeedMeasurement
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.plan.jobs import Job
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.study_file import BenchmarkEntry, SamplingEntry
    from modelassay.pipeline.speed.measuring import Asked

BudgetOption = Annotated[
    float,
    typer.Option(
        "--budget-seconds", min=0.0,
        help="Stop repeating after so many seconds in all. A pass that has begun is finished; there are two at least.",
    ),
]  # fmt: skip

MaxTokensOption = Annotated[int, typer.Option(min=1, help="Maximum length of an answer in tokens.")]
NsOption = Annotated[
    str, typer.Option("--n", metavar="N[,N]", help="Samples per problem, which share its prompt.")
]
LoadsOption = Annotated[
    str,
    typer.Option("--concurrency", metavar="C[,C]", help="With --endpoint: parallel requests, a row each."),
]
DummyOption = Annotated[
    bool,
    typer.Option(
        "--dummy-weights",
        help="Random weights of the shape in MODEL's config.json, which is all that is fetched.",
    ),
]
LengthsOption = Annotated[
    Path | None,
    typer.Option(
        "--lengths",
        metavar="RUN",
        help="With --dummy-weights: lengths of prompts and answers as in this run, not HumanEval's.",
    ),
]
WriteOption = Annotated[
    list[str] | None,
    typer.Option(
        "--write",
        metavar="TOOL=FILE",
        help="Also write the last row as another tool does: vllm-serve, vllm-throughput, vllm-latency, aiperf, llama-bench, optimum-benchmark or inference-perf. May be repeated.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    shown = "assay speed examples/models/demo-base-0.5m --n 1,10,50,100 --limit 5"
    app.command(rich_help_panel=PIECES, epilog=example(shown))(speed)


def speed(
    model: ModelArgument,
    n: NsOption = "50",
    benchmark: BenchmarkOption = "starter",
    problems: ProblemsOption = None,
    protocol: ProtocolOption = "completion",
    max_tokens: MaxTokensOption = 512,
    limit: LimitOption = 10,
    budget_seconds: BudgetOption = 60.0,
    backend: BackendOption = "transformers",
    vllm: VllmOption = None,
    endpoint: EndpointOption = None,
    concurrency: LoadsOption = "16",
    tokenizer: TokenizerOption = None,
    api_key_env: KeyOption = None,
    dummy_weights: DummyOption = False,
    lengths: LengthsOption = None,
    write: WriteOption = None,
    pickled_weights: PickledOption = False,
    trust_remote_code: RemoteCodeOption = False,
    workdir: WorkDirOption = WORKDIR,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Measure throughput and latency at n samples per problem, on the benchmark's own prompts, until it is settled."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.study_file import SamplingEntry
    from modelassay.pipeline.speed.measuring import Asked

    if model.endswith((".json", ".jsonl")) and Path(model).is_file():
        _show_file(Path(model), WorkDir(workdir), json_=json_)
        return
    targets = _targets(write or [])
    ns, loads = counts("--n", n), counts("--concurrency", concurrency)
    entry = model_entry(model, backend, protocol, None, trust=(pickled_weights, trust_remote_code))
    if endpoint is not None:
        entry = served_entry(entry, model, endpoint, tokenizer, (api_key_env, loads[0]))
    if vllm:
        entry = msgspec.structs.replace(entry, vllm=vllm_arguments(vllm))
    settings = SamplingEntry(samples_per_problem=ns[0], max_tokens=max_tokens)
    chosen = benchmark_of(benchmark, problems, limit, None)
    source = Source(problem_data, offline)
    if dummy_weights:
        job = _dummy_job(model, chosen, settings, WorkDir(workdir), source, backend=endpoint or backend)
    else:
        (job,) = jobs_of(entry, chosen, settings, workdir, source)
    rows = [(count, load) for count in ns for load in (loads if endpoint is not None else [None])]
    asked = Asked(budget_seconds, dummy=dummy_weights, lengths=lengths)
    found = _measure(job, rows, asked, WorkDir(workdir), json_=json_)
    for tool, file in targets:
        _write(tool, file, found[-1])


def _targets(texts: list[str]) -> list[tuple[str, Path]]:
    """`TOOL=FILE` → both; unknown tools are refused before anything is measured."""
    from modelassay.speed.files.formats import WRITERS

    found = []
    for text in texts:
        tool, equals, file = text.partition("=")
        if not equals or not file or tool not in WRITERS:
            raise typer.BadParameter(f"--write takes TOOL=FILE, with a tool of {', '.join(WRITERS)}")
        found.append((tool, Path(file)))
    return found


def _write(tool: str, file: Path, row: "SpeedMeasurement") -> None:
    from modelassay.core.store import write_bytes
    from modelassay.speed.files.formats import written_as

    write_bytes(file, written_as(tool, row), keep=True)
    say(f"written as {tool} does: {file}")


def _show_file(path: Path, workdir: "WorkDir", *, json_: bool) -> None:
    """What another tool's file says, kept as claims with their place."""
    from modelassay.pipeline.plan.speed_files import speeds_in
    from modelassay.pipeline.speed.claims import keep_claims

    claims = speeds_in(path)
    kept = keep_claims(claims, workdir)
    if json_:
        json_out({"claims": claims, "kept": str(kept)})
        return
    columns = [
        "place",
        "model",
        "engine",
        "device",
        "at once",
        "in",
        "out",
        "first token, s",
        "per token, s",
        "tokens/s",
    ]
    table_out(
        columns,
        [
            [c.locator, c.model or "?", c.engine or "?", c.device or "?"]
            + [
                "?" if v is None else f"{v:.4g}"
                for v in (
                    c.batch, c.input_tokens, c.output_tokens, c.ttft_seconds, c.tpot_seconds, c.tokens_per_second,
                )
            ]
            for c in claims
        ],
    )  # fmt: skip
    say(f"{claims[0].tool}: {len(claims)} claims of speed, not measured here, kept in {kept}")


def _dummy_job(
    model: str, chosen: "BenchmarkEntry", settings: "SamplingEntry", workdir: "WorkDir", source: "Source", *, backend: str
) -> "Job":  # fmt: skip
    from modelassay.pipeline.speed.dummy_job import dummy_job

    if backend != "transformers":
        raise typer.BadParameter("--dummy-weights needs the transformers backend: others take no shape alone")
    return dummy_job(model, chosen, settings, workdir, source)


def counts(option: str, text: str) -> list[int]:
    """`1,10,50` → [1, 10, 50]."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) for part in parts):
        raise typer.BadParameter(f"{option} takes whole numbers from 1 on with commas between, as 1,10,50")
    return list(dict.fromkeys(map(int, parts)))


def _measure(
    job: "Job", rows: list[tuple[int, int | None]], asked: "Asked", workdir: "WorkDir", *, json_: bool
) -> "list[SpeedMeasurement]":
    import dataclasses
    import time

    from modelassay.pipeline.speed.measuring import check_shape_known, keep, measure_job

    found = []
    end = time.monotonic() + asked.budget_seconds
    with watch() as progress:
        kept = check_shape_known(job, progress.note)
        for place, (n, load) in enumerate(rows):
            plan = msgspec.structs.replace(job.plan, samples_per_problem=n)
            left = max(0.0, end - time.monotonic()) / (len(rows) - place)
            within = dataclasses.replace(asked, budget_seconds=left)
            found.append(measure_job(dataclasses.replace(job, plan=plan), within, load, progress))
            if kept:  # at once: what a kill interrupts is the next row
                keep(found[-1:], workdir)
    file = workdir.speed if kept else None
    if json_:
        _json(found, file)
        return found
    _table(found)
    if file is not None:
        say(f"kept in {file}")
    return found


def _json(found: "list[SpeedMeasurement]", file: Path | None) -> None:
    """The last row in the fields of a run's speed.jsonl, and all rows in full."""
    from modelassay.speed.measurement import speed_point

    point = msgspec.to_builtins(speed_point(found[-1]))
    json_out({**point, "n": found[-1].n, "rows": found, "kept": None if file is None else str(file)})


def _table(found: "list[SpeedMeasurement]") -> None:
    heads = [f"n = {r.n}" + (f", {r.concurrency} at once" if r.concurrency else "") for r in found]
    measures = [
        ("time to first token, s", [_quantiles(r.ttft_seconds) for r in found]),
        ("time per output token, s", [_quantiles(r.tpot_seconds) for r in found]),
        ("first sample of a problem, s", [_quantiles(r.first_sample_seconds) for r in found]),
        ("all samples of a problem, s", [_quantiles(r.all_samples_seconds) for r in found]),
        ("tokens per second", [_median(r.tokens_per_second) for r in found]),
        ("samples per second", [_median(r.samples_per_second) for r in found]),
        ("prompt tokens, p50 / p90 / p99", [_quantiles(r.prompt_tokens) for r in found]),
        ("answer tokens, p50 / p90 / p99", [_quantiles(r.completion_tokens) for r in found]),
        ("peak memory, MiB", ["?" if r.peak_bytes is None else f"{r.peak_bytes / 2**20:.0f}" for r in found]),
        ("energy, J per sample", [_joules(r) for r in found]),
        ("passes, settled", [f"{r.pass_seconds.passes}, {'yes' if r.settled else 'no'}" for r in found]),
    ]
    table_out(["p50 / p90 / p99, or median [95%]", *heads], [[name, *cells] for name, cells in measures])
    last = found[-1]
    data(
        f"{last.device}, {last.dtype}, {last.problems} problems of {last.benchmark}; timed {last.timed_from}"
    )
    if last.dummy_weights:
        data(f"random weights, not the model's: {last.dummy_weights}")
    if last.energy.joules is None:
        data(f"energy: {last.energy.source}; memory: {last.peak_of}")
    for text in dict.fromkeys(text for r in found for text in (*r.notes, *r.warnings)):
        say(f"note: {text}")


def _quantiles(it: "Quantiles | None") -> str:
    return "?" if it is None else f"{it.p50:.3g} / {it.p90:.3g} / {it.p99:.3g}"


def _median(it: "MedianInterval") -> str:
    if it.low is None or it.high is None:
        return f"{it.value:.4g}"
    return f"{it.value:.4g} [{it.low:.4g}, {it.high:.4g}]"


def _joules(row: "SpeedMeasurement") -> str:
    from modelassay.speed.measurement import joules_per_sample

    joules = joules_per_sample(row)
    return "?" if joules is None else f"{joules:.3g}"
