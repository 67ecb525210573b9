"""`assay doctor`: what works on this machine, found by trying it."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Literal

from modelassay.core.errors import SandboxError
from modelassay.core.records import Record
from modelassay.pipeline.run.environment import machine, packages


class Part(Record):
    """One thing that was tried. `remedy` is empty where nothing is to be done."""

    part: str
    state: Literal["works", "weak", "missing"]
    detail: str
    remedy: str = ""


def examine() -> list[Part]:
    """Try everything; nothing is changed."""
    facts = machine()
    return [
        Part(part="machine", state="works", detail=", ".join(f"{k} {v}" for k, v in facts.items())),
        Part(part="packages", state="works", detail=", ".join(f"{k} {v}" for k, v in packages().items())),
        *_sandbox(),
        *_languages(),
        _transformers(),
        _vllm(),
        _data(),
        _disk(),
    ]


def _sandbox() -> list[Part]:
    from modelassay.grading.sandbox.level import sandbox_level

    try:
        level = sandbox_level()
    except SandboxError as error:
        return [Part(part="sandbox", state="missing", detail=error.message, remedy=error.hint)]
    strong = level.strong
    remedy = (
        "" if strong else "allow unprivileged user namespaces, or pass --allow-weak-sandbox knowing the risk"
    )
    head = Part(part="sandbox", state="works" if strong else "weak", detail=level.name, remedy=remedy)
    layers = [
        Part(part=f"sandbox: {layer.name}", state="works" if layer.held else "missing", detail=layer.detail)
        for layer in level.layers
    ]
    return [head, *layers]


def _languages() -> list[Part]:
    """Other languages' tools, by which problems in these are graded."""
    from modelassay.core.languages import LANGUAGE_NAMES
    from modelassay.grading.sandbox.toolchains import NoToolchainError, toolchain

    parts = []
    for language, name in LANGUAGE_NAMES.items():
        try:
            found = toolchain(language)
        except NoToolchainError as lacking:
            what, remedy = lacking.parts
            parts.append(Part(part=name, state="missing", detail=what, remedy=remedy))
        else:
            where = ", ".join(found.programs.values())
            parts.append(Part(part=name, state="works", detail=f"{found.version}, {where}"))
    return parts


def _transformers() -> Part:
    missing = [
        n
        for n in ("torch", "transformers", "tokenizers", "safetensors")
        if importlib.util.find_spec(n) is None
    ]
    if missing:
        remedy = "pip install 'modelassay[transformers]' to sample in process"
        return Part(
            part="transformers backend", state="missing", detail=f"no {', '.join(missing)}", remedy=remedy
        )
    import torch

    device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    return Part(part="transformers backend", state="works", detail=f"torch {torch.__version__} on {device}")


# Looks without importing it, which takes seconds; its distributions have several names.
_VLLM_VERSION = (
    "from importlib import metadata, util; assert util.find_spec('vllm');"
    "print(next(d.version for d in metadata.distributions() if (d.name or '').startswith('vllm')))"
)


def _vllm() -> Part:
    from modelassay.sampling.vllm_engine import PYTHON_VARIABLE

    python = os.environ.get(PYTHON_VARIABLE, "")
    part, remedy = (
        "vllm backend",
        f"set {PYTHON_VARIABLE} to the python of an environment with vllm, to use it",
    )
    if not python:
        return Part(part=part, state="missing", detail=f"{PYTHON_VARIABLE} is not set", remedy=remedy)
    try:
        asked = [python, "-c", _VLLM_VERSION]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Part(part=part, state="missing", detail=f"{python}: {error}", remedy=remedy)
    if done.returncode or not done.stdout.strip():
        return Part(part=part, state="missing", detail=f"{python} has no vllm", remedy=remedy)
    return Part(part=part, state="works", detail=f"vllm {done.stdout.strip()} in {python}")


def _data() -> Part:
    folder = os.environ.get("ASSAY_DATA")
    if folder is None:
        remedy = "set ASSAY_DATA to a folder with problem sets to work without a network"
        return Part(
            part="problem sets",
            state="works",
            detail="starter is built in; others are fetched",
            remedy=remedy,
        )
    if not Path(folder).is_dir():
        return Part(
            part="problem sets",
            state="missing",
            detail=f"ASSAY_DATA={folder} is not a folder",
            remedy="fix ASSAY_DATA",
        )
    return Part(part="problem sets", state="works", detail=f"looked for in {folder} first")


def _disk() -> Part:
    free = shutil.disk_usage(tempfile.gettempdir()).free / 2**30
    state: Literal["works", "weak"] = "works" if free > 1 else "weak"
    remedy = "" if free > 1 else "free some space: a run of 100 samples on 164 problems takes about 50 MB"
    return Part(part="disk", state=state, detail=f"{free:.1f} GiB free for temporary files", remedy=remedy)
