"""`assay study`, `plan`, `report`, `serve`: the main job, and the pages a person looks at."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelassay.cli.next_command import say_next
from modelassay.cli.options import (
    LOOK,
    MAIN_JOB,
    WORKDIR,
    ClusterOption,
    DataOption,
    JsonOption,
    NoPreflightOption,
    OfflineOption,
    ProtocolsOption,
    StoreOption,
    WorkDirOption,
    example,
    split_protocols,
)
from modelassay.cli.output import data, json_out, say, table_out, watch

if TYPE_CHECKING:
    from modelassay.pipeline.plan.forecast import PlannedRun
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.speed import SpeedQuestion
    from modelassay.pipeline.plan.study_speed import DeviceQuestion


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel=MAIN_JOB, epilog=example("assay study examples/study.toml"))(study)
    app.command(rich_help_panel=MAIN_JOB, epilog=example("assay plan examples/study.toml"))(plan)
    app.command(rich_help_panel=LOOK, epilog=example("assay report assay-work"))(report)
    app.command(rich_help_panel=LOOK, epilog=example("assay serve assay-work --port 8000"))(serve)


def study(
    study_file: Annotated[
        Path, typer.Argument(metavar="STUDY.toml", help="Study file; `assay init` makes a commented one.")
    ],
    protocols: ProtocolsOption = None,
    n: Annotated[
        int | None, typer.Option("--n", min=1, help="Samples per problem, instead of the file's.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Problems of each benchmark, at most.")
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option("--max-tokens", min=1, help="Maximum length of an answer, instead of the file's."),
    ] = None,
    no_preflight: NoPreflightOption = False,
    cluster: ClusterOption = None,
    store: StoreOption = None,
    workdir: WorkDirOption = WORKDIR,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Run a study: audit the notes, shortlist, sample, grade, estimate, measure throughput, report.

    Resumes where it stopped.
    """
    from modelassay.cluster.runner import job_runner
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.study_changes import Changes
    from modelassay.pipeline.study import run_study
    from modelassay.report.terminal import summary_lines

    place = WorkDir(workdir)
    with watch() as progress:
        try:
            changes = Changes(
                protocols=split_protocols(protocols or ""), n=n, limit=limit, max_tokens=max_tokens,
                preflight=not no_preflight,
            )  # fmt: skip
            source = Source(problem_data, offline)
            with job_runner(cluster, store, progress.note) as run:
                report = run_study(study_file, place, source, progress, changes, run)
        except KeyboardInterrupt:
            progress.note("interrupted; finished work is kept: run the same command again to continue")
            raise
    if json_:
        json_out(report)
    else:
        for line in summary_lines(report):
            data(line)
        data(f"report: {place.report_html}")
    say_next("serve", [workdir])


# What a speed is predicted for.
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", help="Predict the speed of a folder with a config.json, or owner/name of the Hub."
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device",
        help="a100-40, a100-80, h100-sxm, h200, l4, l40s, rtx-3090 … or cpu. For a study: predict the time of each "
        "run there. [default for --model: cpu]",
    ),
]
EngineOption = Annotated[str, typer.Option("--engine", help="vllm, sglang, trtllm, transformers or another.")]
BatchOption = Annotated[
    int | None,
    typer.Option(
        "--batch",
        min=1,
        help="Batch size: sequences decoded together. [default: 1; of a study, all samples of a problem]",
    ),
]
InputTokensOption = Annotated[
    int, typer.Option("--input-tokens", min=1, help="Length of a prompt in tokens.")
]
OutputTokensOption = Annotated[
    int, typer.Option("--output-tokens", min=1, help="Length of an answer in tokens.")
]
DtypeOption = Annotated[
    str,
    typer.Option(
        "--dtype",
        help="Data type of the weights: bf16 (fp16 where a device has none), fp16, fp32, fp8, int8 or int4.",
    ),
]
SamplesPerPromptOption = Annotated[
    int, typer.Option("--samples-per-prompt", min=1, help="Samples per prompt, which share its prefix.")
]
CalibrateOption = Annotated[
    Path | None,
    typer.Option("--calibrate", metavar="FILE", help="Measured there: CSV, or a benchmark's result file."),
]
PricePerHourOption = Annotated[
    float | None,
    typer.Option("--price-per-hour", min=0.0, help="Of the device, in any currency: what a study costs."),
]


def plan(
    study_file: Annotated[
        Path | None,
        typer.Argument(
            metavar="STUDY.toml", help="Study file; `assay init` makes a commented one. Or --model."
        ),
    ] = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    engine: EngineOption = "vllm",
    batch: BatchOption = None,
    input_tokens: InputTokensOption = 512,
    output_tokens: OutputTokensOption = 256,
    dtype: DtypeOption = "bf16",
    samples_per_prompt: SamplesPerPromptOption = 1,
    calibrate: CalibrateOption = None,
    price_per_hour: PricePerHourOption = None,
    workdir: WorkDirOption = WORKDIR,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Predict what a study takes and can detect, or (--model) the speed of a model, before anything is run."""
    if (study_file is None) == (model is None):
        raise typer.BadParameter("give either a study file or --model")
    if model is not None:
        from modelassay.pipeline.plan.speed import SpeedQuestion

        _plan_speed(
            SpeedQuestion(
                model=model, device=device or "cpu", engine=engine, batch=batch or 1, input_tokens=input_tokens,
                output_tokens=output_tokens, dtype=dtype, samples_per_prompt=samples_per_prompt,
                calibrate=calibrate, offline=offline,
            ),
            json_,
        )  # fmt: skip
        return
    assert study_file is not None
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.study_speed import DeviceQuestion

    asked = None
    if device is not None:
        asked = DeviceQuestion(
            device=device, engine=engine, dtype=dtype, batch=batch, input_tokens=input_tokens,
            output_tokens=output_tokens, price_per_hour=price_per_hour, offline=offline,
        )  # fmt: skip
    _plan_study(study_file, workdir, Source(problem_data, offline), asked, json_)


def _plan_speed(question: "SpeedQuestion", json_: bool) -> None:
    from modelassay.pipeline.plan.speed import forecast_speed

    found, notes = forecast_speed(question)
    for note in notes:
        say(note)
    if json_:
        json_out(found)
        return
    times = [
        ("time to first token", found.ttft_seconds, 1e3, "ms"),
        ("time per output token", found.tpot_seconds, 1e3, "ms"),
        ("output tokens per second", found.tokens_per_second, 1, ""),
        ("whole batch", found.seconds, 1, "s"),
    ]
    rows = [
        [name, f"{scale * q.value:.3g} {unit}", f"{scale * q.low:.3g} – {scale * q.high:.3g} {unit}"]
        for name, q, scale, unit in times
    ]
    table_out(["predicted", "value", "90% interval"], rows)
    gib = 1 << 30
    data(f"{found.kind}: {found.source}")
    data(
        f"memory: {found.peak_bytes / gib:.1f} GiB at most, of which weights {found.weight_bytes / gib:.1f} GiB; "
        f"{'fits' if found.fits else 'does not fit'}, largest batch {found.largest_batch}"
    )


def _plan_study(
    study_file: Path, workdir: Path, source: "Source", asked: "DeviceQuestion | None", json_: bool
) -> None:
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.plan.forecast import plan as make_plan

    made = make_plan(study_file, WorkDir(workdir), source, asked)
    if json_:
        json_out(made)
        return
    _say_once({(r.model, r.hub_id): r.note for r in made.runs if r.note}, "planned from what is published of")
    if asked is None:
        _show_runs(made.runs)
    else:
        _show_times(made.runs, asked)
    for c in made.comparisons:
        data(
            f"{c.model} against {c.baseline} on {c.benchmark}, pass@{c.k}: detects a difference of "
            f"{100 * c.detectable_difference:.1f} pp or more (80% power at {100 * c.level:.4g}%; "
            f"{100 * c.detectable_range[0]:.1f} to {100 * c.detectable_range[1]:.1f} pp over what was measured of "
            f"other models); a difference of {100 * c.margin:.1f} pp needs about {c.problems_needed} problems"
            + (f" ({c.problems_range[0]} to {c.problems_range[1]})" if c.problems_range else "")
        )


def _show_runs(runs: Sequence["PlannedRun"]) -> None:
    rows = [
        [
            r.model, r.benchmark, str(r.problems), str(r.candidates), str(r.done or ""),
            "unknown" if r.weight_bytes is None else f"{r.weight_bytes / 2**30:.2f} GiB",
            "unknown" if r.predicted_seconds is None else f"{r.predicted_seconds:.0f} s",
            f"{100 * r.assumed_pass_at_1:.1f}%",
        ]
        for r in runs
    ]  # fmt: skip
    table_out(["model", "benchmark", "problems", "samples", "done", "weights", "time", "assumed"], rows)
    say("assumed: pass@1 that planning rests on, published or 50%; --json names each source")
    if any(r.predicted_seconds is None for r in runs):
        say("time unknown: `assay speed MODEL` measures it, --device NAME predicts it")


def _show_times(runs: Sequence["PlannedRun"], asked: "DeviceQuestion") -> None:
    rows = []
    for r in runs:
        found = r.on_device
        if found is None:
            rows.append([r.model, r.benchmark, str(r.candidates - r.done), "unknown", "", "", "", ""])
            continue
        low, high = _duration(found.seconds.low), _duration(found.seconds.high)
        rows.append(
            [
                r.model, r.benchmark, str(r.candidates - r.done), _duration(found.seconds.value), f"{low}–{high}",
                "" if found.cost is None else f"{found.cost.value:.3g}",
                f"{found.peak_bytes / 2**30:.1f} GiB" + ("" if found.fits else ", too much"), found.kind,
            ]
        )  # fmt: skip
    table_out(["model", "benchmark", "samples", "time", "90% interval", "price", "memory", "kind"], rows)
    _say_once({(r.model, r.hub_id): r.not_predicted for r in runs if r.not_predicted}, "not predicted:")
    dtype = next((r.on_device.dtype for r in runs if r.on_device), asked.dtype)
    together = f"{asked.batch} sequences" if asked.batch else "all samples of a problem"
    say(
        f"predicted for {asked.engine} on {asked.device}, {dtype}, {together} together, prompts of "
        f"{asked.input_tokens} and answers of {asked.output_tokens} tokens"
    )


def _duration(seconds: float) -> str:
    """Two digits of what a person would say."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.2g} {unit}" if seconds < 100 * size else f"{seconds / size:.0f} {unit}"
    return f"{seconds:.2g} s" if seconds < 100 else f"{seconds:.0f} s"


def _say_once(notes: dict[tuple[str, str], str], what: str) -> None:
    """A line for each reason, not for each model. notes: of (name, Hub id)."""
    models: dict[str, list[str]] = {}
    for (name, hub_id), note in notes.items():
        models.setdefault(note.replace(hub_id, "it") if hub_id else note, []).append(name)
    for reason, names in models.items():
        say(f"{what} {', '.join(names)}: {reason}")


def report(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN", help="Run directories, the baseline first; or the directory of a study."
        ),
    ] = None,
    price_per_hour: Annotated[
        float | None,
        typer.Option(
            "--price-per-hour",
            min=0.0,
            help="Of the machine, in any currency: says what a solved problem costs.",
        ),
    ] = None,
    workdir: WorkDirOption = WORKDIR,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Write the report, Markdown and one HTML file: of a finished study, or of any graded runs."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.results.from_runs import report_again, report_runs

    source = Source(problem_data, offline)
    chosen = runs or [workdir]
    with watch() as progress:
        if len(chosen) == 1 and WorkDir(chosen[0]).study_json.exists():
            place = WorkDir(chosen[0])
            content = report_again(place, source, progress, price_per_hour)
        else:
            place = WorkDir(workdir)
            content = report_runs(chosen, place, source, progress, price_per_hour)
    if json_:
        json_out(content)
    else:
        data(str(place.report_html))
    say_next("serve", [place.root])


def serve(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Output directory of a study, or a folder of several.")
    ] = WORKDIR,
    host: Annotated[str, typer.Option(help="Address to listen on; by default loopback.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = 8000,
) -> None:
    """Serve the report while a study runs, live and read-only; of a folder of studies a list to compare them by."""
    from modelassay.report.serve import serve_directory

    serve_directory(directory, host, port, say)
