"""A folder with one problem: `1.in`, `1.out`, `2.in`, …, its statement in `statement.md` or `statement.txt`, and perhaps a
right program in `reference.py`.
"""

import hashlib
from pathlib import Path
from typing import Final

from modelassay.core.errors import InputError
from modelassay.core.problems import Problem, ProblemSet, Programs, Suite
from modelassay.sources.json_lines import decode_text, read_bytes

_STATEMENTS: Final = ("statement.md", "statement.txt")


def is_io_folder(path: Path) -> bool:
    """Whether a folder holds inputs."""
    return any(path.glob("*.in"))


def read_io_folder(path: Path) -> ProblemSet:
    """The problem of a folder, named after it, its tests in the order of their numbers. Raises InputError."""
    digest = hashlib.sha256()
    texts: dict[str, str] = {}
    inputs = sorted(path.glob("*.in"), key=_order)
    for given in inputs:
        if not given.with_suffix(".out").is_file():
            raise InputError("no output beside this input", path=given, hint=f"write {given.stem}.out")
        for file in (given, given.with_suffix(".out")):
            raw = read_bytes(file)
            digest.update(file.name.encode() + b"\0" + raw)
            texts[file.name] = decode_text(raw, file)
    statement = next((path / name for name in _STATEMENTS if (path / name).is_file()), None)
    oracle = Programs(
        inputs=tuple(texts[f.name] for f in inputs), outputs=tuple(texts[f"{f.stem}.out"] for f in inputs)
    )
    right = path / "reference.py"
    reference = decode_text(read_bytes(right), right) if right.is_file() else None
    if reference is not None:
        digest.update(reference.encode("utf-8", "surrogatepass"))
    name = path.resolve().name
    problem = Problem(
        id=name,
        prompt="" if statement is None else decode_text(read_bytes(statement), statement),
        entry_point="",
        suites=(Suite(name="base", oracle=oracle),),
        reference=reference,
    )
    sha256 = digest.hexdigest()
    return ProblemSet(name=name, version=sha256[:12], sha256=sha256, licence="unknown", problems=(problem,))


def _order(path: Path) -> tuple[int, str]:
    """By number, then by name."""
    return (int(path.stem), "") if path.stem.isdecimal() else (1 << 62, path.stem)
