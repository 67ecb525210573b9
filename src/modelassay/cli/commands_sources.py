"""`assay collect`: documents and answers of the world, kept with their hash."""

from typing import Annotated

import typer

from modelassay.cli.options import PIECES, WORKDIR, JsonOption, OfflineOption, WorkDirOption, example
from modelassay.cli.output import json_out, say, table_out


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(
        rich_help_panel=PIECES, epilog=example("assay collect bigcode/starcoder2-3b arxiv:2402.19173")
    )(collect)


def collect(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE …",
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
