"""`assay collect` and `assay read`: documents and answers kept with their hash, and what they say."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelassay.cli.options import (
    PIECES,
    WORKDIR,
    EvidenceOption,
    JsonOption,
    OfflineOption,
    WorkDirOption,
    example,
)
from modelassay.cli.output import data, json_out, say, table_out

if TYPE_CHECKING:
    from modelassay.pipeline.evidence_growth import Outcome
    from modelassay.pipeline.source_reading import Reading


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(
        rich_help_panel=PIECES, epilog=example("assay collect bigcode/starcoder2-3b arxiv:2402.19173")
    )(collect)
    app.command(rich_help_panel=PIECES, epilog=example("assay read --review claims.yaml"))(read)


def collect(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="Addresses, files, owner/name[@revision] of the Hub, github:owner/name[@revision], arxiv:ID.",
        ),
    ],
    max_bytes: Annotated[
        int | None, typer.Option("--max-bytes", min=1, help="Largest document to fetch; 64 MiB by default.")
    ] = None,
    workdir: WorkDirOption = WORKDIR,
    json_: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Fetch documents and keep them as fetched, with hash, revision and time; exit 1 if one could not be kept."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.collecting import collect_sources

    rows = []
    for row in collect_sources(sources, WorkDir(workdir), offline=offline, largest=max_bytes):
        rows.append(row)
        if not row.kept:
            say(f"assay: not kept: {row.reason}")
    if json_:
        json_out(rows)
    else:
        kept = [
            [r.sha256[:12], str(r.bytes), "new" if r.new else "as before", r.revision[:12], r.url]
            for r in rows
            if r.kept
        ]
        table_out(["sha256", "bytes", "content", "revision", "url"], kept)
    raise typer.Exit(0 if all(row.kept for row in rows) else 1)


def read(
    hashes: Annotated[
        list[str] | None,
        typer.Argument(metavar="SHA256", help="Kept sources, by the beginning of their hash; else all."),
    ] = None,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept",
            help="Enter claims as facts: those that a review file accepts, else all that disagree with no known fact.",
        ),
    ] = False,
    review: Annotated[
        Path | None,
        typer.Option(
            "--review", metavar="FILE", help="Write a review file to edit; with --accept, enter it."
        ),
    ] = None,
    workdir: WorkDirOption = WORKDIR,
    own: EvidenceOption = None,
    json_: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Read kept sources into claims, each with its place and what is known beside it; accept them as own facts."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.evidence_growth import accept_all, enter_review, write_review
    from modelassay.pipeline.plan.evidence_bases import evidence_folder, evidence_of
    from modelassay.pipeline.source_reading import read_sources

    place = WorkDir(workdir)
    base, folder = evidence_of(place, own), evidence_folder(place, own)
    if accept and review is not None:
        _outcome_out(enter_review(review, place, base, folder), folder, json_)
        return
    readings = []
    failed = False
    for source, reading, trouble in read_sources(place, hashes or [], base):
        if reading is None:
            failed = True
            say(f"assay: not read: {source.url}: {trouble}")
        else:
            readings.append(reading)
    if accept:
        _outcome_out(accept_all(readings, folder), folder, json_)
    elif review is not None:
        say(f"{write_review(readings, review)} claims to review in {review}")
    else:
        _claims_out(readings, json_)
    raise typer.Exit(1 if failed else 0)


def _claims_out(readings: "list[Reading]", json_: bool) -> None:
    if json_:
        json_out([claim for reading in readings for claim in reading.to_json()])
        return
    words = {True: "agrees", False: "disagrees", None: "nothing known"}
    for reading in readings:
        rows = [
            [
                c.hub_id or c.model,
                c.protocol.benchmark if c.protocol else c.subject,
                c.metric,
                c.other or c.written,
                place,
                "; ".join([words[b.agrees], *(f"{f.written} ({f.citation.title})" for f in b.facts[:3])]),
            ]
            for c, place, b in zip(reading.claims, reading.places, reading.beside, strict=True)
        ]
        title = f"{reading.source.sha256[:12]} {reading.source.url}"
        if not reading.claims and not reading.unread:
            say(f"{title}: no claim read in it")
            continue
        table_out(["model", "about", "metric", "value", "location", "known"], rows, title=title)
        for unread in reading.unread:
            say(f"{reading.source.sha256[:12]}:{unread.line}: not read: {unread.quote} ({unread.reason})")


def _outcome_out(outcome: "Outcome", folder: Path, json_: bool) -> None:
    if json_:
        left = [{"locator": p, "claim": c, "reason": r} for p, c, r in outcome.left_out]
        json_out(
            {
                "folder": str(folder), "added": outcome.added, "changed": outcome.changed,
                "unchanged": outcome.unchanged, "left_out": left,
            }
        )  # fmt: skip
        return
    for place, claim, reason in outcome.left_out:
        say(f"left out: {claim} ({place}): {reason}")
    data(
        f"{len(outcome.added)} facts added, {len(outcome.changed)} changed, {len(outcome.unchanged)} as before, "
        f"{len(outcome.left_out)} claims left out; in {folder}"
    )
