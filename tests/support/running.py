"""Running `assay` as a user does, and a small study of both demo models."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

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
    """A study that runs while others do something else, at low priority. A context manager: leaving ends it.

    It is no child of this process, for some tests look at those, or kill them.
    """

    def __init__(self, folder: Path, study: Path, data: Path) -> None:
        self._folder = folder
        self._command = ["nice", *COMMAND, "study", str(study), "--data", str(data), "--offline"]

    def __enter__(self) -> Self:
        script = '("$@" 2>said.txt; echo $? >code) >/dev/null </dev/null &'
        leader = subprocess.Popen(
            ["sh", "-c", script, "sh", *self._command], cwd=self._folder, start_new_session=True
        )
        leader.wait(10)
        self._group = leader.pid
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._group, signal.SIGTERM)

    def folder(self) -> Path:
        """Its work directory, once it has ended."""
        code, end = self._folder / "code", time.monotonic() + 900
        while not (code.exists() and code.read_text()) and time.monotonic() < end:
            time.sleep(0.2)
        assert code.exists(), "the recorded study has not ended"
        assert code.read_text() == "0\n", (self._folder / "said.txt").read_text()
        return self._folder / "assay-work"
