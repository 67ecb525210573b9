"""The last line of a command: the one that usually comes next, ready to be copied."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from modelassay.cli.output import say


def say_next(command: str, paths: Sequence[Path | str], data: Path | None = None, *options: str) -> None:
    """Name the next command on stderr. data: where the problem sets are, if the next command needs them told."""
    words = ["assay", command, *map(str, paths), *options]
    if data is not None and os.environ.get("ASSAY_DATA") != str(data):
        words += ["--data", str(data)]
    say(f"next: {shlex.join(words)}")
