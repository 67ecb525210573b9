"""LiveCodeBench by release and window of contest dates: `livecodebench@v6:2024-10..2025-04`.

Release vN is the first N files (`test.jsonl`, `test2.jsonl`, …) of `code_generation_lite`, which lie in a data folder: they are
gigabytes, so they are never downloaded here. Only rows inside the window are decoded. The files were never seen whole here; the
reader was tried on rows in their form.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from modelassay.core.errors import InputError, MissingError
from modelassay.core.problems import Problem, ProblemSet
from modelassay.sources.json_lines import parse_object
from modelassay.sources.problems.problem_rows import row_date, with_id
from modelassay.sources.problems.program_rows import HINT, program_problem

_FOLDERS: Final = ("livecodebench", "code_generation_lite", ".")
_GET: Final = (
    "hf download livecodebench/code_generation_lite --repo-type dataset --local-dir DATA/livecodebench"
)
_DAY: Final = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


class Window(NamedTuple):
    """Contest dates from `first` to the day before `after`; None for no bound."""

    first: date | None = None
    after: date | None = None

    def holds(self, when: date | None) -> bool:
        """Whether a date is inside; an unknown one is only where there is no bound."""
        if when is None:
            return self == Window()
        return (self.first is None or when >= self.first) and (self.after is None or when < self.after)


def parse_version(version: str) -> tuple[int, Window]:
    """`v6:2024-10..2025-04` → 6 and the window, its last month or day included. Raises InputError."""
    release, _, written = version.partition(":")
    if not written:
        return int(release.removeprefix("v")), Window()
    first, dots, last = written.partition("..")
    if not dots:
        raise InputError(f"{written!r} is no window of dates", hint="write it as 2024-10..2025-04")
    window = Window(_day(first, last=False), _day(last, last=True))
    if window.first and window.after and window.first >= window.after:
        raise InputError(f"the window {written} ends before it begins", hint="write the earlier date first")
    return int(release.removeprefix("v")), window


def _day(text: str, *, last: bool) -> date | None:
    """The first day of a bound, or the day after its last one; None for an open bound."""
    if not text:
        return None
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month, day = int(found[1]), int(found[2]), int(found[3] or 1)
        bound = date(year, month, day)
        if not last:
            return bound
        if found[3]:
            return date.fromordinal(bound.toordinal() + 1)
        return date(year + month // 12, month % 12 + 1, 1)
    except ValueError:
        raise InputError(f"{text!r} is no month or day", hint="write it as 2024-10 or 2024-10-31") from None


def read_livecodebench(version: str, licence: str, data: Path | None) -> ProblemSet:
    """The problems of a release inside its window. Raises InputError with file and line, MissingError."""
    number, window = parse_version(version)
    digest = hashlib.sha256()
    problems: dict[str, Problem] = {}
    for path in _files(number, data):
        for line, row in _rows(path, window, digest):
            problem = _problem(row, path, line)
            problems[problem.id] = problem
    if not problems:
        raise InputError(
            f"no problem of {version} is inside that window", hint="contest dates are in the rows"
        )
    return ProblemSet(
        name="livecodebench", version=version, sha256=digest.hexdigest(), licence=licence,
        problems=tuple(problems.values()),
    )  # fmt: skip


def _files(number: int, data: Path | None) -> list[Path]:
    """The files of release vN. Raises MissingError for one that is nowhere."""
    names = ["test.jsonl", *(f"test{n}.jsonl" for n in range(2, number + 1))]
    for folder in () if data is None else (data / name for name in _FOLDERS):
        if all((folder / name).is_file() for name in names):
            return [folder / name for name in names]
    where = "no data folder was given" if data is None else f"they are not in {data / _FOLDERS[0]}"
    raise MissingError(
        f"livecodebench v{number} needs {', '.join(names)}, and {where}",
        hint=f"give --data DATA, after: {_GET}",
    )


def _rows(path: Path, window: Window, digest: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows inside the window with their lines, one at a time: a file may be larger than the memory."""
    with path.open(encoding="utf-8") as lines:
        for number, text in enumerate(lines, 1):
            if not text.strip():
                continue
            row = parse_object(text, path, number)
            if window.holds(row_date(row, path, number)):
                digest.update(text.strip().encode())
                yield number, with_id(row, path, number - 1)


def _problem(row: dict[str, Any], path: Path, line: int) -> Problem:
    try:
        found = program_problem(row)
    except ValueError as error:
        raise InputError(str(error), path=path, line=line, hint=HINT) from error
    if found is None:
        raise InputError("no row of LiveCodeBench", path=path, line=line, hint=HINT)
    return replace(found, date=row_date(row, path, line))
