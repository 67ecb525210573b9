"""`assay estimate`, `compare`, `export`, `merge`: what graded runs say, and what they hold for other tools."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelassay.cli.estimates_output import say_best_of, say_comparisons, say_estimates, say_splits
from modelassay.cli.next_command import say_next
from modelassay.cli.options import (
    PIECES,
    DataOption,
    JsonOption,
    KOption,
    OfflineOption,
    WeakOption,
    example,
)
from modelassay.cli.output import data, json_out, say, watch

if TYPE_CHECKING:
    from modelassay.core.best_of_n import BestOfCurve
    from modelassay.core.measured import Estimate
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.study_file import Target


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel=PIECES, epilog=example("assay estimate assay-work/runs/<run>"))(estimate)
    app.command(
        rich_help_panel=PIECES,
        epilog=example("assay export assay-work/runs/<run> --to inspect --out run.eval"),
    )(export)
    app.command(
        rich_help_panel=PIECES,
        epilog=example("assay merge part-1 part-2 part-3 --out merged"),
    )(merge)
    app.command(
        rich_help_panel=PIECES,
        epilog=example("assay compare assay-work/runs/<baseline> assay-work/runs/<run>"),
    )(compare)


def estimate(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Run directories with grades.jsonl.")],
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
    """Estimate pass@k with intervals from the grades of a run, or of several."""
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.results.run_estimates import estimate_run

    found: list[object] = []
    for run in runs:
        if len(runs) > 1 and not json_:
            data(f"{run}:")
        if best_of:
            curve = _best_of(run, Source(problem_data, offline), gain, level, allow_weak=allow_weak_sandbox)
            found.append(curve) if json_ else say_best_of(curve)
        elif cutoff is not None:
            from modelassay.pipeline.results.by_date import split_run

            splits = split_run(run, k, level, cutoff.date())
            found.append(splits) if json_ else say_splits(splits)
        else:
            target: Target = "fixed problem set" if this_benchmark else "population of problems"
            estimates = estimate_run(run, k, level, target)
            found.append(estimates) if json_ else _estimates_out(run, estimates, level)
    _estimated(runs, found if json_ else None, problem_data)


def _best_of(run: Path, source: "Source", gain: float, level: float, *, allow_weak: bool) -> "BestOfCurve":
    """Problems solved by one of n samples."""
    from modelassay.grading.pool import PoolOptions
    from modelassay.pipeline.results.best_of_n import best_of_run

    return best_of_run(run, source, gain, PoolOptions(workers=2, allow_weak=allow_weak), level)


def _estimated(runs: list[Path], found: list[object] | None, problem_data: Path | None) -> None:
    """Print what is asked for as JSON, and name the next command."""
    if found is not None:
        several = [{"run": str(run), "estimates": of} for run, of in zip(runs, found, strict=True)]
        json_out(found[0] if len(runs) == 1 else several)
    if len(runs) > 1:
        say_next("compare", runs)
    else:
        say_next("report", runs, problem_data)


def _estimates_out(run: Path, found: "list[Estimate]", level: float) -> None:
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
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN",
            help="Run directories; for every-eval-ever also EvalPlus's or LiveCodeBench's result files.",
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="One of evalplus, evalplus-results, human-eval, human-eval-results, inspect, every-eval-ever, eval-results, model-index, csv, parquet, scores-csv, scores-parquet, wandb, trackio.",
        ),
    ] = "evalplus",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PATH",
            help="Output file; with .gz it is compressed. A directory for several runs that one file cannot hold, and for every-eval-ever, wandb and trackio.  [default: by format, as samples.jsonl]",
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            "--model", metavar="ORG/NAME", help="The model's name on the Hub, where the run does not know it."
        ),
    ] = "",
    organization: Annotated[
        str,
        typer.Option("--organization", metavar="NAME", help="Who publishes the record (every-eval-ever)."),
    ] = "",
    source_url: Annotated[
        str,
        typer.Option(
            "--source-url", metavar="URL", help="Where the scores are shown (eval-results, model-index)."
        ),
    ] = "",
    problem_data: DataOption = None,
    offline: OfflineOption = False,
) -> None:
    """Export runs for other tools: samples, verdicts, scores with their intervals."""
    from modelassay.pipeline.export import ExportOptions, default_out, export_runs, override_file
    from modelassay.pipeline.plan.problems import Source

    source = Source(problem_data, offline)
    options = ExportOptions(model, organization, source_url)
    written = export_runs(runs, to, out or default_out(to, len(runs)), source, options)
    for count, file, what in written:
        data(f"{count} {what} in {file}")
    for run, (_, file, _) in zip(runs, written if to == "evalplus" else [], strict=False):
        if beside := override_file(run, file, source):
            say(f"{run.name} has part of its set, which EvalPlus takes with {beside[1]}={beside[0]}")


def merge(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR", help="Folders that --shard wrote, of one plan.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run directory to write.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Go on where samples of the plan are missing, and name them.")
    ] = False,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Merge the parts of a plan into one run: plans must be equal, and a sample that two folders hold counts once."""
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.shards import merge_runs

    with watch() as progress:
        merged = merge_runs(folders, out, Source(problem_data, offline), progress, partial=partial)
    if json_:
        json_out(merged)
    else:
        data(f"{merged.candidates} samples, {merged.graded} of them graded, in {merged.run}")
    say_next("estimate" if merged.graded == merged.candidates else "grade", [out], problem_data)


def compare(
    baseline: Annotated[Path, typer.Argument(metavar="BASELINE", help="Run directory to compare with.")],
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Run directories of the same benchmark.")],
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
    from modelassay.pipeline.results.run_estimates import compare_runs, what_to_know

    found = compare_runs(baseline, runs, k=k, margin=margin, level=level)
    if json_:
        json_out(found)
    else:
        say_comparisons(found)
    for note in what_to_know(baseline, runs, found):
        say(note)
    say_next("report", [*dict.fromkeys([baseline, *runs])])
