"""`assay discover`: candidates from the Hub and from leaderboards, each with the reason it is in or out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from modelassay.cli.options import (
    PIECES,
    WORKDIR,
    EvidenceOption,
    JsonOption,
    OfflineOption,
    WorkDirOption,
    example,
    split_names,
)
from modelassay.cli.output import data, json_out, say, table_out

if TYPE_CHECKING:
    from modelassay.core.published import Kind
    from modelassay.evidence.model_files import LicenceClass
    from modelassay.pipeline.discovery import Candidate, Query


_Search = Annotated[str, typer.Argument(metavar="[WORDS]", help="Words of the models' names.")]
_MinParams = Annotated[str | None, typer.Option("--min-params", help="Fewest parameters, as 1B.")]
_MaxParams = Annotated[str | None, typer.Option("--max-params", help="Most parameters, as 3B.")]
_Kind = Annotated[str | None, typer.Option("--kind", help="base or instruct.")]
_Licence = Annotated[
    list[str] | None,
    typer.Option(
        "--licence",
        help="Licence class: open, commercial-with-limits or non-commercial; may be repeated. The whole lineage counts.",
    ),
]
_Benchmark = Annotated[
    list[str] | None,
    typer.Option("--benchmark", help="Benchmark with a published score, as humaneval; may be repeated."),
]
_Baseline = Annotated[
    str | None,
    typer.Option("--baseline", metavar="HUB_ID", help="Refuse what is below it beyond the uncertainty."),
]
_Author = Annotated[str, typer.Option("--author", help="Only models of this owner.")]
_Board = Annotated[
    list[str] | None,
    typer.Option(
        "--board",
        metavar="NAME[=SOURCE]",
        help="Leaderboard: evalplus, livecodebench, bigcode, bigcodebench, bigcodebench-hard, hub-humaneval, hub-humanevalplus, hub-mbppplus, every-eval-ever or papers-with-code; may be repeated. All that have an address, else.",
    ),
]
_NoBoards = Annotated[bool, typer.Option("--no-boards", help="Look at the Hub's listing only.")]
_NoGated = Annotated[bool, typer.Option("--no-gated", help="Refuse gated models.")]
_Quantised = Annotated[bool, typer.Option("--quantised", help="Keep quantised copies, too.")]
_MustKnow = Annotated[
    list[str] | None,
    typer.Option("--must-know", metavar="RULE", help="Refuse where the answer to this rule is unknown."),
]
_Limit = Annotated[int, typer.Option("--limit", min=1, help="Models of the Hub's listing at most.")]
_LookUp = Annotated[int, typer.Option("--look-up", min=0, help="Models asked for by name at most.")]
_Save = Annotated[
    str | None, typer.Option("--save", metavar="NAME", help="Save the query and what it found.")
]
_Again = Annotated[
    str | None, typer.Option("--again", metavar="NAME", help="Run a saved query; say what changed.")
]
_Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the candidates as CSV.")]
_Study = Annotated[
    Path | None, typer.Option("--study", metavar="FILE", help="Write a study file of those that are kept.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    line = "assay discover --min-params 1B --max-params 3B --kind instruct --benchmark humaneval --save small"
    app.command(rich_help_panel=PIECES, epilog=example(line))(discover)


def _count(text: str | None, option: str) -> float | None:
    """ "1B", "350M" or a plain number, in parameters."""
    from modelassay.evidence.fact_files import parse_size

    if text is None:
        return None
    size = float(text) if text.replace(".", "", 1).isdigit() else parse_size(text)
    if not size:
        raise typer.BadParameter(f"{option} wants a number of parameters, as 1B or 350M")
    return size


def discover(
    search: _Search = "",
    min_params: _MinParams = None,
    max_params: _MaxParams = None,
    kind: _Kind = None,
    licence: _Licence = None,
    benchmark: _Benchmark = None,
    baseline: _Baseline = None,
    author: _Author = "",
    board: _Board = None,
    no_boards: _NoBoards = False,
    no_gated: _NoGated = False,
    quantised: _Quantised = False,
    must_know: _MustKnow = None,
    limit: _Limit = 1000,
    look_up: _LookUp = 200,
    save: _Save = None,
    again: _Again = None,
    csv: _Csv = None,
    study: _Study = None,
    workdir: WorkDirOption = WORKDIR,
    own: EvidenceOption = None,
    json_: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Find candidate models on the Hub and on leaderboards, each with the reason it is in or out."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline import discovery, saved_queries
    from modelassay.pipeline.plan.evidence_bases import evidence_of

    place = WorkDir(workdir)
    if again is not None:
        query = saved_queries.load_query(again, place).query
    else:
        query = _query(
            search, author, limit, (min_params, max_params), kind, licence, split_names(benchmark), baseline,
            board, no_boards, no_gated, quantised, split_names(must_know), look_up,
        )  # fmt: skip
    base = evidence_of(place, own)
    gone: list[tuple[str, str]] = []
    if name := again or save:
        found, troubles, gone = saved_queries.run_saved(name, query, place, base, offline=offline)
    else:
        found, troubles = discovery.discover(query, place, base, offline=offline)
    _print_result(found, troubles, gone, query, (csv, study), json_)


def _query(
    search: str,
    author: str,
    limit: int,
    sizes: tuple[str | None, str | None],
    kind: str | None,
    licence: list[str] | None,
    benchmarks: tuple[str, ...],
    baseline: str | None,
    board: list[str] | None,
    no_boards: bool,
    no_gated: bool,
    quantised: bool,
    must_know: tuple[str, ...],
    look_up: int,
) -> "Query":
    """What the options ask for. Raises BadParameter."""
    from modelassay.pipeline.discovery import Query
    from modelassay.shortlist.candidate_rules import CandidateNeeds
    from modelassay.sources.boards import BOARDS
    from modelassay.sources.hub_models import Listing

    low, high = _count(sizes[0], "--min-params"), _count(sizes[1], "--max-params")
    _check_words("--kind", [kind] if kind else [], ("base", "instruct"))
    _check_words("--licence", licence or [], ("open", "commercial-with-limits", "non-commercial"))
    every = () if no_boards else tuple(board or [b.name for b in BOARDS.values() if b.place])
    needs = CandidateNeeds(
        min_params=low,
        max_params=high,
        kind=cast("Kind | None", kind),
        licence_classes=cast("tuple[LicenceClass, ...]", tuple(licence or ())),
        benchmarks=benchmarks,
        baseline=baseline,
        allow_gated=not no_gated,
        allow_quantised=quantised,
        must_know=must_know,
    )
    listing = Listing(min_params=low, max_params=high, search=search, author=author, limit=limit)
    return Query(listing=listing, needs=needs, boards=every, look_up=look_up)


def _check_words(option: str, given: list[str], allowed: tuple[str, ...]) -> None:
    for word in given:
        if word not in allowed:
            raise typer.BadParameter(f"{option} is one of {', '.join(allowed)}, not {word!r}")


def _print_result(
    found: "list[Candidate]",
    troubles: list[str],
    gone: list[tuple[str, str]],
    query: "Query",
    files: tuple[Path | None, Path | None],
    json_: bool,
) -> None:
    from modelassay.pipeline.saved_queries import reasons, write_csv, write_study

    for trouble in troubles:
        say(f"assay: not looked at: {trouble}")
    for name, was in gone:
        say(f"gone: {name} (was {was})")
    csv, study = files
    if csv is not None:
        write_csv(csv, found)
    if study is not None:
        write_study(study, found, query)
    if json_:
        json_out(found)
        return
    rows = [
        [
            c.hub_id or c.name,
            "keep" if c.kept else "refuse",
            "" if c.params is None else f"{c.params / 1e9:.2f}B",
            c.kind or "",
            c.licence_class or c.licence or "",
            reasons(c),
            *([c.change or ""] if any(x.change for x in found) else []),
        ]
        for c in found
    ]
    columns = ["model", "decision", "size", "kind", "licence", "reasons"]
    table_out([*columns, *(["change"] if any(c.change for c in found) else [])], rows)
    data(f"{sum(c.kept for c in found)} of {len(found)} kept")
