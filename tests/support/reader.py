"""Someone who does what a guide or a walk says, step by step, in a folder that has the examples and nothing else."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support.documents import ROOT, Step
from support.pseudo_terminal import on_terminal

BIN = Path(sys.executable).parent


class Reader:
    """addresses: what the steps call their servers → what these are called here."""

    def __init__(self, folder: Path, addresses: Mapping[str, str], **environment: str) -> None:
        self.folder = folder
        self.addresses = addresses
        self.begun: list[subprocess.Popen[str]] = []
        self.terminal = False  # whether the steps see a terminal of 80 columns
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        self.environment = {
            **os.environ,
            "ASSAY_DATA": "",
            "NO_COLOR": "1",
            "OMP_NUM_THREADS": "1",
            "PATH": path,
            **environment,
        }
        (folder / "examples").symlink_to(ROOT / "examples")

    def do(self, step: Step) -> subprocess.CompletedProcess[str]:
        """One step; stderr comes with stdout, as on a terminal. What serves goes on until the end."""
        text = step.text
        for said, here in self.addresses.items():
            text = text.replace(said, here)
        if step.kind == "file":
            (self.folder / step.name).write_text(text, "utf-8")
            return subprocess.CompletedProcess([], 0, "")
        if text.startswith("assay serve"):
            return self._begin(text)
        command = [sys.executable, "-c", text] if step.kind == "python" else ["bash", "-c", text]
        if self.terminal:
            return on_terminal(command, self.folder, self.environment)
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def _begin(self, text: str) -> subprocess.CompletedProcess[str]:
        """A server, until its first line says where it listens."""
        begun = subprocess.Popen(
            text.split(), cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True
        )
        self.begun.append(begun)
        assert begun.stdout is not None
        line = begun.stdout.readline()
        return subprocess.CompletedProcess([], 0 if "127.0.0.1" in line else 1, line)

    def end(self) -> None:
        """End its servers."""
        for begun in self.begun:
            begun.terminate()
            begun.communicate(timeout=30)


@contextmanager
def reading(folder: Path, addresses: Mapping[str, str], **environment: str) -> Iterator[Reader]:
    """A reader whose servers end with the block."""
    reader = Reader(folder, addresses, **environment)
    try:
        yield reader
    finally:
        reader.end()


# What differs from run to run or from machine to machine, and what stands for it in a transcript.
_VARIES = (
    (re.compile(r"\b\d{4}-\d\d-\d\d(T| )\d\d:\d\d(:\d\d)?Z?"), "TIME"),
    (re.compile(r"--[0-9a-f]{12}\b"), "--HASH"),
    (re.compile(r"\b([0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{40}|[0-9a-f]{64})\b"), "HASH"),
    (re.compile(r"(%\s+\[[^\]]*\])\s+\d+(\.\d+)?\s+"), r"\1  #  "),
    (re.compile(r"\d+(\.\d+)?( s\b| seconds| samples/s| candidates/s| tokens/s)"), r"#\2"),
)
# Progress, which comes by the clock.
_PROGRESS = re.compile(r": \d+ of \d+(, about .*| left to do)?$|: \d+ to do$")
# What rests on samples that a model drew: other libraries or processors may draw others.
_SAMPLED = re.compile(
    r"%|\d/s\b|[\d\]] pp\b|^!|\bof the first \d|\d[\d.]* to [+−-]?\d|^\S+ solves |^\s*interval |samples/s|^    \S"
)


def transcript(
    line: str, done: subprocess.CompletedProcess[str], reader: Reader, *, sampled: bool = False
) -> str:
    """A command and what it printed, without what varies. sampled: it rests on a model's samples, so that lines with scores are … ."""
    text = done.stdout.replace(str(reader.folder), "DIR")
    for said, here in reader.addresses.items():
        text = text.replace(here, said)
    for pattern, stands in _VARIES:
        text = pattern.sub(stands, text)
    lines = [row.rstrip() for row in text.splitlines() if not _PROGRESS.search(row)]
    if sampled:
        told = ["…" if _SAMPLED.search(row) else row for row in lines]
        lines = [row for row, before in zip(told, ["", *told], strict=False) if row != "…" or before != "…"]
    code = [f"[exit {done.returncode}]"] if done.returncode else []
    return "\n".join([f"$ {line}", *lines, *code]) + "\n"
