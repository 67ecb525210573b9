"""Problem sets by name, read from wherever they are: a data folder, the cache, the package or the network."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from modelassay.core.errors import AssayError, MissingError
from modelassay.core.problems import Problem, ProblemSet
from modelassay.sources.json_lines import decode_text, lines_of, parse_object
from modelassay.sources.problems import cruxeval, readers
from modelassay.sources.problems.catalogue import RELEASES, Release, find_release
from modelassay.sources.problems.custom_problems import problems_in
from modelassay.sources.problems.files import cached_path, candidates, data_folder, find_file, look_in, match
from modelassay.sources.problems.livecodebench import read_livecodebench

STARTER_FILE = Path(__file__).parents[1] / "data" / "starter.jsonl"

_READERS: Mapping[str, Callable[[str, Path], list[Problem]]] = {
    "humaneval": readers.humaneval,
    "humaneval+": readers.humaneval_plus,
    "mbpp": readers.mbpp,
    "mbpp-sanitized": readers.mbpp_sanitized,
    "mbpp+": readers.mbpp_plus,
    "starter": readers.starter,
    "cruxeval-o": cruxeval.outputs,
    "cruxeval-i": cruxeval.inputs,
}
_READERS_OF_VERSIONS: Mapping[str, Callable[[str, Path], list[Problem]]] = {
    "mbpp+@0.1.0": readers.early_mbpp_plus,
    "mbpp+@0.1.0-evalplus-2024-04": readers.exact_mbpp_plus,
    "humaneval+@0.1.9-evalplus-2024-04": readers.exact_humaneval_plus,
}


@dataclass(frozen=True)
class BenchmarkRow:
    """One line of `assay benchmarks`. found: a path, or None when it would have to be downloaded."""

    name: str
    version: str
    default: bool
    problems: int
    licence: str
    sha256: str
    addresses: tuple[str, ...]
    found: str | None
    trouble: str = ""  # why the file that is there cannot be used
    seen: bool = (
        True  # False: its bytes were never whole before us, so that there is no hash to hold a copy against
    )


def load_problem_set(
    name: str, version: str | None = None, *, data: Path | str | None = None, offline: bool = False
) -> ProblemSet:
    """A problem set, its default version when none is given. `sha256` is of the published file.

    data: a folder with problem sets, looked at before cache and network; None means ASSAY_DATA, if set.
    Raises InputError (unknown name or version, wrong hash), OfflineError, MissingError, StorageError.
    """
    release = find_release(name, version)
    if release.name == "livecodebench":
        return read_livecodebench(release.version, release.licence, data_folder(data))
    if release.name == "starter":
        content, path = _starter_bytes(), STARTER_FILE
    else:
        found = find_file(release, data, offline=offline)
        content, path = found.content, found.path
    sha256 = release.sha256 or hashlib.sha256(content).hexdigest()
    read = _READERS_OF_VERSIONS.get(release.label, _READERS.get(release.name, problems_in))
    problems = read(decode_text(content, path), path)
    return ProblemSet(
        name=release.name,
        version=release.version,
        sha256=sha256,
        licence=release.licence,
        problems=tuple(problems),
    )


def load_mbpp_examples(
    numbers: tuple[int, ...], *, data: Path | str | None = None, offline: bool = False
) -> tuple[Problem, ...]:
    """MBPP problems by number, from the whole file: those that prompts show are not in the test split.

    Raises as `load_problem_set`.
    """
    found = find_file(find_release("mbpp"), data, offline=offline)
    return readers.mbpp_examples(decode_text(found.content, found.path), found.path, numbers)


def published_lines(
    name: str, version: str, *, data: Path | str | None = None, offline: bool = False
) -> dict[str, str]:
    """Problem → its line in a set that is published as JSON lines with `task_id`. Raises as `load_problem_set`."""
    found = find_file(find_release(name, version), data, offline=offline)
    lines = lines_of(decode_text(found.content, found.path))
    return {str(parse_object(line, found.path, number)["task_id"]): line for number, line in lines}


def benchmark_table(data: Path | str | None = None) -> list[BenchmarkRow]:
    """Every problem set there is, and where it lies on this machine. Nothing is downloaded."""
    folder = data_folder(data)
    return [_row(release, folder) for release in RELEASES]


def _row(release: Release, folder: Path | None) -> BenchmarkRow:
    found, trouble = None, ""
    try:
        found = _place(release, folder)
    except AssayError as error:
        trouble = str(error)
    sha256 = release.sha256 or ""
    if release.name == "starter":
        sha256 = hashlib.sha256(_starter_bytes()).hexdigest() if STARTER_FILE.is_file() else ""
    return BenchmarkRow(
        name=release.name,
        version=release.version,
        default=find_release(release.name) == release,
        problems=release.size,
        licence=release.licence,
        sha256=sha256,
        addresses=release.addresses,
        found=found,
        trouble=trouble,
        seen=release.seen,
    )


def _place(release: Release, folder: Path | None) -> str | None:
    if release.name == "starter":
        return str(STARTER_FILE) if STARTER_FILE.is_file() else None
    if not release.seen:  # the files may be large, and there is no hash to hold them against
        return None if folder is None else next(map(str, candidates(folder, release)), None)
    found = None if folder is None else look_in(folder, release)
    if found is None and (kept := cached_path(release)).is_file():
        found = match(kept, release)
    return None if found is None else str(found.path)


def _starter_bytes() -> bytes:
    try:
        return STARTER_FILE.read_bytes()
    except FileNotFoundError as error:
        raise MissingError(
            "the starter problems are missing from the package", path=STARTER_FILE, hint="install it again"
        ) from error
