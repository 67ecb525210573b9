"""The options that many verbs share, defined once."""

from pathlib import Path
from typing import Annotated

import typer

WorkDirOption = Annotated[Path, typer.Option("--workdir", help="Where results lie.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of a table.")]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Never use the network.")]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="ASSAY_DATA", help="A folder with problem sets, looked at before the network."
    ),
]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, help="Sandboxes at work at once.")]
TimeoutOption = Annotated[
    float | None,
    typer.Option("--timeout", min=0.1, help="CPU seconds for one candidate, instead of a limit per problem."),
]
NoDedupeOption = Annotated[bool, typer.Option("--no-dedupe", help="Run equal programs every time.")]
WeakOption = Annotated[
    bool,
    typer.Option("--allow-weak-sandbox", help="Go on where this machine cannot isolate candidates fully."),
]
WORKDIR = Path("assay-work")


def example(text: str) -> str:
    """The worked example at the end of a verb's help."""
    return f"Example: {text}"
