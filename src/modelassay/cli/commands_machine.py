"""`assay doctor` and `assay benchmarks`: what works on this machine, and which problems there are."""

from pathlib import Path
from typing import Annotated

import typer

from modelassay.cli.options import (
    LOOK,
    DataOption,
    EndpointOption,
    JsonOption,
    KeyOption,
    OfflineOption,
    TokenizerOption,
    example,
    split_names,
)
from modelassay.cli.output import json_out, say, table_out


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel=LOOK, epilog=example("assay doctor"))(doctor)
    app.command(rich_help_panel=LOOK, epilog=example("assay benchmarks --data problem-sets"))(benchmarks)
    app.command(rich_help_panel=LOOK, epilog=example("assay setup bigcodebench"))(setup)


def doctor(
    json_: JsonOption = False,
    problem_data: DataOption = None,
    offline: OfflineOption = False,
    endpoint: EndpointOption = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="With --endpoint: the server's name for the model; else its first."),
    ] = None,
    tokenizer: TokenizerOption = None,
    api_key_env: KeyOption = None,
) -> None:
    """Check what works on this machine, and what to do about what does not; with --endpoint, what a server obeys."""
    if endpoint is not None:
        from modelassay.pipeline.server_check import examine_server

        findings = examine_server(endpoint, model, tokenizer=tokenizer, api_key_env=api_key_env)
    else:
        from modelassay.pipeline.doctor import examine

        findings = examine()
    if json_:
        json_out(findings)
    else:
        rows = [[f.part, f.state, f.detail, f.remedy] for f in findings]
        table_out(["part", "state", "detail", "fix"], rows)


def benchmarks(
    json_: JsonOption = False, problem_data: DataOption = None, offline: OfflineOption = False
) -> None:
    """List the problem sets with version, size, hash, licence, and where each was found."""
    from modelassay.sources.problems.problem_sets import benchmark_table

    found = benchmark_table(data=problem_data)
    if json_:
        json_out(found)
        return
    rows = [
        [
            b.name,
            b.version,
            str(b.problems),
            b.sha256[:12] if b.seen else "never seen whole",
            b.licence,
            b.found
            or (
                "not available; fetched when needed"
                if b.seen
                else f"not available; get it from {b.addresses[0]}"
            ),
        ]
        for b in found
    ]
    table_out(["name", "version", "problems", "sha256", "licence", "location"], rows)


def setup(
    name: Annotated[str, typer.Argument(metavar="SET", help="bigcodebench.")],
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="Where; else in the user's cache.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAMES", help="Of its packages, as pandas,lxml; may be repeated."),
    ] = None,
    offline: OfflineOption = False,
    json_: JsonOption = False,
) -> None:
    """Make an environment with the libraries that a problem set imports, from pinned versions."""
    from modelassay.pipeline.setup_environment import setup as make

    made = make(name, into, split_names(only), offline=offline, note=say)
    if json_:
        json_out(made)
        return
    table_out(["package", "version"], [[package, version] for package, version in made.packages.items()])
    say(f"next: export {made.variable}={made.python}")
