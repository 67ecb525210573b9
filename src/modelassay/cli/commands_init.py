"""`assay init`: from a note, names, a search or a server to a study file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelassay.cli.next_command import say_next
from modelassay.cli.options import MAIN_JOB, JsonOption, OfflineOption, ProblemsOption, example
from modelassay.cli.output import data, json_out, say

if TYPE_CHECKING:
    from modelassay.pipeline.new_study.candidates import Chosen


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(rich_help_panel=MAIN_JOB, epilog=example("assay init examples/note.md --out study.toml"))(
        init
    )


def init(
    source: Annotated[
        Path | None, typer.Argument(metavar="[NOTE]", help="Note whose models the study compares.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="STUDY.toml", help="Study file to write; never overwritten.")
    ] = Path("study.toml"),
    hub: Annotated[
        list[str] | None,
        typer.Option("--hub", metavar="ID", help="owner/name[@revision] of the Hub; may be repeated."),
    ] = None,
    query: Annotated[
        str | None,
        typer.Option("--query", metavar="TEXT", help="Search of the Hub, as 'coder, 1-3B, instruct'."),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", metavar="URL", help="OpenAI-compatible server whose models are compared."),
    ] = None,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="The two demo models, written with the other examples beside the study."),
    ] = False,
    problems: ProblemsOption = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Write a study file from a note, Hub ids, a search or a server: models looked up, kept or left out with reasons.

    The first model of a list is the baseline; a note's own baseline is recognised.
    """
    from modelassay.core.errors import InputError
    from modelassay.pipeline.new_study.writing import write_study
    from modelassay.sources.problems.custom_problems import read_problems

    given = [source is not None, bool(hub), query is not None, endpoint is not None, demo]
    if sum(given) > 1 or (not any(given) and problems is None):
        raise typer.BadParameter(
            "give one of: a note, --hub, --query, --endpoint, --demo (or --problems alone)"
        )
    if out.exists():
        raise InputError("there is a file already", path=out, hint="name another with --out, or remove it")
    if problems is not None:
        if not problems.exists():
            raise InputError("no such file", path=problems, hint="give the file with your problems")
        read_problems(problems)  # a file that holds none is said now, not when the study is run
    chosen = _chosen(source, hub, query, endpoint, offline=offline) or _demo(out)
    write_study(chosen, out, problems)
    _print_result(chosen, out, json_=json_)


def _chosen(
    note: Path | None, hub: list[str] | None, query: str | None, endpoint: str | None, *, offline: bool
) -> "Chosen | None":
    """The models of whichever source was given; None for --demo and for --problems alone."""
    from modelassay.pipeline.new_study import candidates

    if note is not None:
        return candidates.from_note(note, offline=offline, say=say)
    if hub:
        return candidates.from_names(hub, offline=offline, say=say)
    if query is not None:
        return candidates.from_query(query, offline=offline, say=say)
    if endpoint is not None:
        return candidates.from_endpoint(endpoint)
    return None


def _demo(out: Path) -> "Chosen":
    """The two demo models, in `examples` beside the study."""
    from modelassay.pipeline.new_study.candidates import from_demo
    from modelassay.pipeline.new_study.examples import examples_beside
    from modelassay.report.wording import counted

    folder, copied = examples_beside(out.parent)
    if copied:
        say(f"{folder}: {counted(copied, 'file')} written: demo models, a note to audit, studies, problems")
    return from_demo(folder)


def _print_result(chosen: "Chosen", out: Path, *, json_: bool) -> None:
    from modelassay.report.wording import counted

    if json_:
        json_out({
            "study": str(out), "baseline": chosen.baseline or None,
            "kept": [{"hub_id": c.model, "revision": c.revision, "protocol": c.protocol} for c in chosen.kept],
            "left_out": [{"hub_id": c.model, "exists": c.exists, "reason": c.reason} for c in chosen.left_out],
        })  # fmt: skip
    else:
        for candidate in chosen.left_out:
            say(f"left out: {candidate.model}: {candidate.reason.split('; ')[0]}")
        data(f"{out}: {counted(len(chosen.kept), 'model')}, {len(chosen.left_out)} left out as comments")
    say_next("study", [out])
