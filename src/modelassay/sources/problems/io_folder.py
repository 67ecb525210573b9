"""Folders of tests in files: `1.in`, `1.out` (or `1.ans`), `2.in`, …, the problem's statement in `statement.md` or `statement.txt`, and
perhaps a right program in `reference.py`. A folder of such folders holds one problem in each.
"""

import hashlib
from pathlib import Path
from typing import Any, Final

from modelassay.core.errors import InputError
from modelassay.core.problems import Problem, ProblemSet, Programs, Suite
from modelassay.sources.json_lines import decode_text, read_bytes

_STATEMENTS: Final = ("statement.md", "statement.txt")
_ENDS: Final = (".out", ".ans")


def is_io_folder(path: Path) -> bool:
    """Whether a folder, or one in it, holds inputs."""
    return any(path.glob("*.in")) or any(path.glob("*/*.in"))


def read_io_folder(path: Path) -> ProblemSet:
    """The problem of a folder, or of each of its folders, named after it, its tests in the order of their numbers. Raises InputError."""
    digest = hashlib.sha256()
    if any(path.glob("*.in")):
        problems = [_problem(path, digest)]
    else:
        problems = []
        for folder in sorted({given.parent for given in path.glob("*/*.in")}):
            digest.update(folder.name.encode("utf-8", "surrogateescape") + b"\0")
            problems.append(_problem(folder, digest))
    name, sha256 = path.resolve().name, digest.hexdigest()
    return ProblemSet(
        name=name, version=sha256[:12], sha256=sha256, licence="unknown", problems=tuple(problems)
    )


def _problem(path: Path, digest: Any) -> Problem:
    """The problem of one folder. digest: takes in what its files hold. Raises InputError."""
    texts: dict[Path, str] = {}
    tests = [(given, _right(given)) for given in sorted(path.glob("*.in"), key=_order)]
    for file in (file for test in tests for file in test):
        raw = read_bytes(file)
        digest.update(file.name.encode("utf-8", "surrogateescape") + b"\0" + raw)
        texts[file] = decode_text(raw, file)
    statement = next((path / name for name in _STATEMENTS if (path / name).is_file()), None)
    oracle = Programs(
        inputs=tuple(texts[given] for given, _ in tests), outputs=tuple(texts[right] for _, right in tests)
    )
    program = path / "reference.py"
    reference = decode_text(read_bytes(program), program) if program.is_file() else None
    if reference is not None:
        digest.update(reference.encode("utf-8", "surrogatepass"))
    return Problem(
        id=path.resolve().name,
        prompt="" if statement is None else decode_text(read_bytes(statement), statement),
        entry_point="",
        suites=(Suite(name="base", oracle=oracle),),
        reference=reference,
    )


def _right(given: Path) -> Path:
    """The file with the right output for an input. Raises InputError."""
    found = next((file for end in _ENDS if (file := given.with_suffix(end)).is_file()), None)
    if found is None:
        raise InputError("no output beside this input", path=given, hint=f"write {given.stem}.out")
    return found


def _order(path: Path) -> tuple[int, str]:
    """By number, then by name."""
    return (int(path.stem), "") if path.stem.isdecimal() else (1 << 62, path.stem)
