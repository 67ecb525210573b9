"""The options that say how tokens are chosen, and how vLLM is started."""

import json
from typing import Annotated, Final

import typer

PANEL: Final = "Decoding"
TopKOption = Annotated[
    int, typer.Option("--top-k", min=0, rich_help_panel=PANEL, help="Only the k likeliest tokens; 0 is all.")
]
MinPOption = Annotated[
    float,
    typer.Option(
        "--min-p", min=0.0, max=0.999, rich_help_panel=PANEL,
        help="Only tokens at least this times as likely as the likeliest.",
    ),
]  # fmt: skip
RepetitionOption = Annotated[
    float,
    typer.Option(
        "--repetition-penalty", min=0.01, rich_help_panel=PANEL, help="Of tokens in prompt and answer; 1 is none."
    ),
]  # fmt: skip
PresenceOption = Annotated[
    float,
    typer.Option("--presence-penalty", rich_help_panel=PANEL, help="Of tokens in the answer; 0 is none."),
]
FrequencyOption = Annotated[
    float,
    typer.Option(
        "--frequency-penalty", rich_help_panel=PANEL, help="Of tokens in the answer, each time; 0 is none."
    ),
]
StopOption = Annotated[
    list[str] | None,
    typer.Option("--stop", metavar="TEXT", rich_help_panel=PANEL,
                 help="End answers at this text, too; \\n is a line end. May be repeated."),
]  # fmt: skip
KeepSpecialOption = Annotated[
    bool,
    typer.Option(
        "--keep-special-tokens", rich_help_panel=PANEL, help="Keep the text of special tokens in answers."
    ),
]
DecodingOption = Annotated[
    str,
    typer.Option(
        "--decoding", metavar="plan|model", rich_help_panel=PANEL,
        help="plan: these settings and no others. model: the model's own generation settings instead.",
    ),
]  # fmt: skip
VllmOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vllm", metavar="NAME=VALUE",
        help="With --backend vllm: memory settings, such as gpu_memory_utilization=0.5. May be repeated.",
    ),
]  # fmt: skip


def unescaped(text: str) -> str:
    """A text from a command line, in which \\n and \\t stand for a line end and a tab."""
    return text.replace("\\n", "\n").replace("\\t", "\t")


def vllm_arguments(given: list[str]) -> dict[str, float | int | bool]:
    """`name=value` each, with a number or true or false as value."""
    found: dict[str, float | int | bool] = {}
    for argument in given:
        name, equals, written = argument.partition("=")
        try:
            value = json.loads(written.lower())
        except ValueError:
            value = None
        if not equals or not isinstance(value, int | float):
            raise typer.BadParameter(f"--vllm {argument}: give NAME=NUMBER, or true or false")
        found[name.strip().replace("-", "_")] = value
    return found
