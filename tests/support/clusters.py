"""A study on a Ray cluster as a user runs it, what it leaves, and its processes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from modelassay.core.measured import Grade, Manifest, Origin
from modelassay.core.store import read_records
from support.running import COMMAND

ROOT = Path(__file__).parents[2]
# A node that was killed is noticed by its closed connections. Only one that hangs is looked for by time, and on a busy machine
# Ray's ten seconds take nodes for lost that are not.
SYSTEM = {"health_check_timeout_ms": 120_000, "agent_register_timeout_ms": 600_000}


def study_text(*, n: int = 86, problems: int = 6) -> str:
    """One demo model on a part of `starter`; 86 samples of 6 problems are three blocks."""
    return f"""
title = "cluster"
[sampling]
samples_per_problem = {n}
max_tokens = 24
preflight = false
[estimates]
k = [1, 10]
[[benchmarks]]
name = "starter"
problems = {problems}
[[models]]
name = "demo-base-0.5m"
path = "{ROOT / "examples" / "models" / "demo-base-0.5m"}"
protocol = "completion"
demo = true
"""


class Running:
    """A study's process, and what it leaves."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        self.folder = folder
        command = [
            *COMMAND,
            "study",
            str(folder / "study.toml"),
            "--workdir",
            str(folder / "work"),
            "--offline",
            *words,
        ]
        self.said = (folder / "said.txt").open("a+")
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=self.said,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        )  # fmt: skip

    def end(self, seconds: float = 600.0) -> "Running":
        """Wait for it."""
        code = self.process.wait(seconds)
        assert code == 0, self.stderr
        return self

    @property
    def stderr(self) -> str:
        return (self.folder / "said.txt").read_text()

    @property
    def run(self) -> Path:
        (run,) = (self.folder / "work" / "runs").iterdir()
        return run

    @property
    def notes(self) -> str:
        return "\n".join(read_records(self.run / "manifest.jsonl", Manifest)[-1].notes)

    @property
    def origins(self) -> list[Origin]:
        return read_records(self.run / "origins.jsonl", Origin)

    def sampled(self) -> int:
        """How many samples are on disk."""
        found = list((self.folder / "work").glob("runs/*/completions.jsonl"))
        return found[0].read_bytes().count(b"\n") if found else 0

    def wait_until(self, what: Callable[[], Any], seconds: float = 400.0) -> Any:
        """What that gives once it is true; the study must not end before."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := what():
                return found
            assert self.process.poll() is None, self.stderr
            time.sleep(0.05)
        raise AssertionError(f"waited for {what}: {self.stderr}")


def results(run: Path) -> tuple[bytes, bytes, list[Grade]]:
    """Samples and estimates to the byte, and grades but for their CPU time."""
    grades = [msgspec.structs.replace(g, run_seconds=0.0) for g in read_records(run / "grades.jsonl", Grade)]
    grades.sort(key=lambda g: (g.problem, g.index, g.suite))
    return (run / "completions.jsonl").read_bytes(), (run / "estimates.jsonl").read_bytes(), grades


def children(parent: int) -> set[int]:
    """The processes that a process has started and that are there."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.add(int(folder.name))
        except OSError:  # has ended meanwhile
            continue
    return found


def processes(raylet: int, title: str) -> list[int]:
    """Workers of a node whose title begins so."""
    found = []
    for process in children(raylet):
        try:
            name = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if name.startswith(title):
            found.append(process)
    return found


def raylet_of(node: Any) -> int:
    """The process id of a node's raylet."""
    pid: int = node.all_processes["raylet"][0].process.pid
    return pid


def stop(pid: int) -> None:
    """Make a process hang."""
    os.kill(pid, signal.SIGSTOP)
