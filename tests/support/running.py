"""Running `assay` as a user does, and a small study of both demo models."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

Assay = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-m", "modelassay.cli.main"]


def demo_study(root: Path, *, limit: int = 6, n: int = 10, notes: str = "") -> str:
    """A study file with absolute paths, so that it can lie anywhere. `notes` is a line of TOML."""
    models = root / "examples" / "models"
    return f"""
title = "small"
{notes}
baseline = "demo-base-0.5m"
[sampling]
samples_per_problem = {n}
max_tokens = 80
[estimates]
k = [1, {n}]
[[benchmarks]]
name = "starter"
problems = {limit}
[[models]]
name = "demo-base-0.5m"
path = "{models / "demo-base-0.5m"}"
protocol = "completion"
demo = true
[[models]]
name = "demo-instruct-3m"
path = "{models / "demo-instruct-3m"}"
protocol = "chat"
demo = true
"""


class RecordedStudy:
    """A study that runs while others do something else, at low priority.

    It is no child of a process that runs tests, for some tests look at those, or kill them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @staticmethod
    def begin(folder: Path, study: Path, data: Path) -> None:
        """Start it there."""
        command = ["nice", *COMMAND, "study", str(study), "--data", str(data), "--offline"]
        script = 'echo $$ >leader; ("$@" 2>said.txt; echo $? >code) >/dev/null </dev/null &'
        subprocess.Popen(["sh", "-c", script, "sh", *command], cwd=folder, start_new_session=True).wait(10)

    @staticmethod
    def end(folder: Path) -> None:
        """End what goes on there, if anything does."""
        if (folder / "leader").exists() and not (folder / "code").exists():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(int((folder / "leader").read_text()), signal.SIGTERM)

    def folder(self) -> Path:
        """Its work directory, once it has ended."""
        code, end = self._folder / "code", time.monotonic() + 900
        while not (code.exists() and code.read_text()) and time.monotonic() < end:
            time.sleep(0.2)
        assert code.exists(), "the recorded study has not ended"
        assert code.read_text() == "0\n", (self._folder / "said.txt").read_text()
        return self._folder / "assay-work"
