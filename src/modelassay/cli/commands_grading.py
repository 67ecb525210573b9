"""`assay grade`: an outcome for every sample, of runs or of another tool's files, and pass@k."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelassay.cli.next_command import say_next
from modelassay.cli.options import (
    PIECES,
    WORKDIR,
    AllTestsOption,
    BenchmarkOption,
    ComparisonOption,
    DataOption,
    ExtractionOption,
    JsonOption,
    KOption,
    NoDedupeOption,
    OfflineOption,
    PackagesOption,
    ProblemsOption,
    PythonOption,
    SealedOption,
    ShardOption,
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
from modelassay.cli.rule_lines import rule_lines
from modelassay.core.errors import InputError

if TYPE_CHECKING:
    from modelassay.core.problems import OutputRule
    from modelassay.pipeline.grade_file import GradeRequest
    from modelassay.pipeline.grade_summary import GradeSummary
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.study_file import GradingEntry


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(
        rich_help_panel=PIECES,
        epilog=example("assay grade samples.jsonl --benchmark humaneval+ --out graded --json"),
    )(grade)


def grade(
    samples: Annotated[
        list[Path],
        typer.Argument(
            metavar="SAMPLES",
            help="Runs that `assay sample` made, graded where they are; or samples from any tool: a file or a directory.",
        ),
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
    python: PythonOption = None,
    comparison: ComparisonOption = None,
    all_tests: AllTestsOption = False,
    shard: ShardOption = None,
    workdir: WorkDirOption = WORKDIR,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Grade samples from any tool: an outcome for each, and pass@k with intervals."""
    from modelassay.core.shards import Shard
    from modelassay.pipeline.grade_file import GradeRequest
    from modelassay.pipeline.plan.problems import Source
    from modelassay.pipeline.plan.study_file import GradingEntry

    _check_usage(samples, benchmark, problems, out, shard)
    rules = _rules(comparison)
    python, admitted = _interpreter(python, split_names(packages), benchmark)
    grading = GradingEntry(
        workers=workers or 2, timeout=timeout, dedupe=not no_dedupe, allow_weak_sandbox=allow_weak_sandbox,
        skip_unjudgeable=skip_unjudgeable, sealed=not no_sealed, extraction=split_names(extraction),
        packages=admitted, python=python, comparison=next(iter(rules), None), also_compared=rules[1:],
        all_tests=all_tests,
    )  # fmt: skip
    first = GradeRequest(
        samples[0], benchmark, problems, out, samples_format, tuple(k or (1, 10, 100)), tuple(stop or ()), k is not None,
        None if shard is None else Shard.parse(shard),
    )  # fmt: skip
    _grade_each(samples, first, grading, Source(problem_data, offline), workdir, json_=json_)


def _interpreter(
    python: str | None, packages: tuple[str, ...], benchmark: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """The interpreter of tests and samples and its packages: as asked for, else as the user's settings name it for the set."""
    from modelassay.pipeline.setup_environment import python_of

    if python is None and not packages and (named := python_of(benchmark)) is not None:
        return named, ("*",)
    return python, packages


def _rules(given: str | None) -> "tuple[OutputRule, ...]":
    """The rules of those names. Raises BadParameter for another."""
    from typing import cast, get_args

    from modelassay.core.problems import OutputRule

    known, names = get_args(OutputRule), split_names([given or ""])
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is not one of {', '.join(known)}", param_hint="--comparison")
    return cast("tuple[OutputRule, ...]", names)


def _grade_each(
    samples: list[Path],
    first: "GradeRequest",
    grading: "GradingEntry",
    source: "Source",
    workdir: Path,
    *,
    json_: bool,
) -> None:
    """Grade one after the other, and name the next command. Raises InputError where one has no estimate."""
    from modelassay.pipeline.grade_file import grade_samples

    summaries = []
    for path in samples:
        request = replace(first, samples=path)
        with watch() as progress:
            summaries.append(grade_samples(request, grading, source, workdir, progress))
        _say_health(summaries[-1])
        if not json_:
            _say_grades(summaries[-1])
    if json_:
        json_out(summaries[0] if len(samples) == 1 else summaries)
    for summary in summaries:
        if summary.estimate_refused is not None:
            raise InputError(
                summary.estimate_refused,
                hint="correct the problems, or leave them out with --skip-unjudgeable",
            )
    say_next("estimate", [Path(summary.grades).parent for summary in summaries])


def _check_usage(
    samples: list[Path], benchmark: str | None, problems: Path | None, out: Path | None, shard: str | None
) -> None:
    """Raises BadParameter for options that do not go together, MissingError for samples that are not there."""
    from modelassay.core.errors import MissingError
    from modelassay.pipeline.grade_file import run_at

    if benchmark is not None and problems is not None:
        raise typer.BadParameter("give either --benchmark NAME[@VERSION] or --problems FILE")
    for path in samples:
        if not path.exists():  # before a benchmark is asked for: nothing would come of it
            raise MissingError("no such file or folder of samples", path=path, hint="check the path")
    if benchmark is None and problems is None and not all(map(run_at, samples)):
        raise typer.BadParameter(
            "give --benchmark NAME[@VERSION] or --problems FILE; only a run of `assay sample` knows its problems"
        )
    if out is not None and len(samples) > 1:
        raise typer.BadParameter("--out is for one file or run; several runs are graded where they are")
    if shard is not None and out is None and len(samples) > 1:
        raise typer.BadParameter("--shard is for one file or run")


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
        table_out(["suite", "metric", "%", "95% interval"], rows, title=title)
    for line in rule_lines(summary):
        say(line)
    if summary.judged_otherwise is not None:
        other = summary.judged_otherwise
        say(
            f"{other.by} may judge {other.problems} of the set's problems otherwise: {'; '.join(other.reasons)}"
        )
    for says in dict.fromkeys(entry.says for entry in summary.errata):
        names = ", ".join(entry.problem for entry in summary.errata if entry.says == says)
        say(f"listed by its makers as an error: {names}: {says}")
    if summary.left_out:
        from modelassay.sampling.precomputed_samples import shortened

        names = shortened([entry.problem for entry in summary.left_out])
        say(f"of {summary.problems} problems, {len(summary.left_out)} left out: {names}")
    say(
        f"{summary.candidates} samples, {summary.executed} executed, {summary.ungraded} ungraded, {summary.seconds:.1f} s"
    )
    data(summary.grades)
