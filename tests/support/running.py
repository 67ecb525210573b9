"""Running `assay` as a user does, and a small study of both demo models."""

import subprocess
import sys
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
    """A study that runs while others do something else, at low priority. A context manager: leaving ends it."""

    def __init__(self, folder: Path, study: Path, data: Path) -> None:
        self._folder = folder
        self._command = ["nice", *COMMAND, "study", str(study), "--data", str(data), "--offline"]

    def __enter__(self) -> Self:
        self._said = (self._folder / "said.txt").open("w+")
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=self._said
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._said.close()

    def folder(self) -> Path:
        """Its work directory, once it has ended."""
        code = self._process.wait(900)
        assert code == 0, (self._folder / "said.txt").read_text()
        return self._folder / "assay-work"
