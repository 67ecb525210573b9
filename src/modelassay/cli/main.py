"""`assay`: the commands, and the one place where errors become exit codes.

Exit 0 done · 1 a known error in one line · 2 usage · 3 an internal error, with a log file · 130 interrupted.
"""

import os
import re
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from modelassay import __version__
from modelassay.cli import (
    commands_discover,
    commands_evidence,
    commands_grading,
    commands_init,
    commands_machine,
    commands_runs,
    commands_sampling,
    commands_service,
    commands_sources,
    commands_speed,
    commands_study,
)
from modelassay.cli.inherited import make_usable, remedy
from modelassay.cli.options import LOOK, MAIN_JOB, PIECES
from modelassay.cli.output import data, say
from modelassay.core.errors import AssayError

# What help calls a value for which an option names nothing better, instead of the type in Python's terms.
_VALUES: Final = {"int": "N", "float": "NUMBER", "path": "PATH", "Path": "PATH", "str": "TEXT"}


class Grouped(TyperGroup):
    """Help that lists the commands group by group, each with its whole first sentence, wrapped and never cut."""

    # Any: the types are click's own in one release of typer, and typer's copy of them in the next.
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, its values named as people name them."""
        command = super().get_command(ctx, cmd_name)
        parameters: list[Any] = list(command.params) if command is not None else []
        for parameter in parameters:
            if not hasattr(parameter, "display_type"):  # a release of typer that names them well
                continue
            if parameter.param_type_name == "argument":
                parameter.display_type_rich = lambda ctx: None
            elif parameter.metavar is None and not parameter.is_flag:
                label = re.sub(r"<|>|list\[|\]| range", "", parameter.display_type(ctx))
                parameter.metavar = _VALUES.get(label)
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the groups in their order; a command without one comes last."""
        groups: dict[str, list[tuple[str, str]]] = {MAIN_JOB: [], LOOK: [], PIECES: []}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                group = getattr(command, "rich_help_panel", None) or "More"
                groups.setdefault(group, []).append((name, command.get_short_help_str(limit=1000)))
        for title, rows in groups.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


app = typer.Typer(
    name="assay",
    cls=Grouped,
    help="Choose a small open code model on evidence: audit published scores, measure pass@k and throughput, report.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for commands in (
    commands_study,
    commands_evidence,
    commands_discover,
    commands_sources,
    commands_sampling,
    commands_speed,
    commands_grading,
    commands_runs,
    commands_init,
    commands_service,
    commands_machine,
):
    commands.register(app)


def _version(asked: bool) -> None:
    if asked:
        data(f"modelassay {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of `assay` itself; without this docstring's text, for the app has its own help."""


def main() -> None:
    """Run a command; never returns. Known errors are one line, internal errors leave a log file."""
    make_usable()
    try:
        app(prog_name="assay")
    except AssayError as error:
        say(f"assay: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our stdout went away (`assay … | head`): no fault of anybody's.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # the last resort: whatever it is, the user gets a line and a log
        hint = remedy(error) if isinstance(error, OSError) else ""
        if hint:
            say(f"assay: {error.strerror if isinstance(error, OSError) else error} — {hint}")
            sys.exit(1)
        say(
            f"assay: internal error: {type(error).__name__}: {error} — please report it with the log {_log(error)}"
        )
        sys.exit(3)


def _log(error: Exception) -> Path:
    """A file with the traceback and the versions, in the system's folder for temporary files."""
    from modelassay.pipeline.run.environment import machine, packages

    descriptor, name = tempfile.mkstemp(prefix="assay-error-", suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(f"command: {sys.argv}\nmachine: {machine()}\npackages: {packages()}\n\n")
        file.write("".join(traceback.format_exception(error)))
    return Path(name)


if __name__ == "__main__":
    main()
