"""Running `assay` as a user does, and a small study of both demo models."""

import subprocess
import sys
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
