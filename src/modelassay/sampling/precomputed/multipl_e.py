"""MultiPL-E's completions: one file per problem with its prompt and all completions; only Python's are graded here."""

from collections.abc import Mapping
from typing import Any, Final

from modelassay.core.errors import InputError
from modelassay.sampling.identify import Names
from modelassay.sampling.precomputed.raw import Raw, raws

KEYS: Final = ("name", "language", "completions")


def is_problem(row: Mapping[str, Any]) -> bool:
    """Whether an object is such a file."""
    return all(key in row for key in KEYS)


def samples(row: Mapping[str, Any], names: Names, path: str) -> list[Raw]:
    """The completions of one file. Raises InputError for another language, MalformedError."""
    if row["language"] not in ("py", "python"):
        raise InputError(
            f"completions in {row['language']!r}",
            path=path,
            hint="only Python programs are graded; give those of py",
        )
    named = str(row["name"])
    return raws(names.by_id(named), named, row["completions"], "completions", "unknown")
