"""`assay`: the verbs, and the one place where errors become exit codes.

Exit 0 done · 1 a known error in one line · 2 usage · 3 a surprise, with a log file · 130 interrupted.
"""

import os
import sys
import tempfile
import traceback
from pathlib import Path

import typer

from modelassay.cli import verbs_evidence, verbs_machine, verbs_runs, verbs_sampling, verbs_study
from modelassay.cli.output import say
from modelassay.core.errors import AssayError

app = typer.Typer(
    name="assay",
    help="Choose a small open code model on evidence: audit published scores, measure pass@k and speed, report.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for verbs in (verbs_study, verbs_evidence, verbs_sampling, verbs_runs, verbs_machine):
    verbs.register(app)


def main() -> None:
    """Run a verb; never returns. Known errors are one line, surprises leave a log file."""
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
        say(
            f"assay: unexpected {type(error).__name__}: {error} — please report it with the log {_log(error)}"
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
