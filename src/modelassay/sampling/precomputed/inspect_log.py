"""Inspect's logs: `.eval`, a zip with a file per sample and epoch, and the JSON form of the same."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modelassay.core.errors import InputError
from modelassay.sampling.identify import Names
from modelassay.sampling.precomputed.raw import MalformedError, Raw, raws
from modelassay.sampling.precomputed.unpacking import Member
from modelassay.sources.json_lines import decode_text, parse_json


def is_log(files: Sequence[Member]) -> bool:
    """Whether an archive is such a log."""
    names = {file.name for file in files}
    return "_journal/start.json" in names or (
        "header.json" in names and any(n.startswith("samples/") for n in names)
    )


def rows(files: Sequence[Member], path: Path) -> list[dict[str, Any]]:
    """The samples of a log, in order of name. Raises InputError."""
    found = []
    for file in files:
        if file.name.startswith("samples/") and file.name.endswith(".json"):
            try:
                row = parse_json(decode_text(file.data, path))
            except (ValueError, RecursionError) as error:
                raise InputError(
                    f"{file.name}: not JSON: {error}", path=path, hint="fetch it again"
                ) from error
            found.append(row)
    if not found:
        raise InputError(
            "Inspect's log of a run that ended before its first answer", path=path, hint="run the task again"
        )
    return found


def samples(row: Mapping[str, Any], names: Names) -> list[Raw]:
    """One sample of one epoch: what the model put out, as it gave it. Raises MalformedError."""
    identifier, epoch = row.get("id"), row.get("epoch", 1)
    if not isinstance(identifier, str | int) or isinstance(identifier, bool) or not isinstance(epoch, int):
        raise MalformedError("no `id` or no `epoch`")
    output = row.get("output")
    if not isinstance(output, Mapping):
        raise MalformedError(f"{identifier}: no `output`")
    problem = names.by_id(identifier)
    found = raws(problem, str(identifier), output, "output", "unknown")
    if not found:  # the sample ended with an error before the model answered
        error = row.get("error")
        said = error.get("message") if isinstance(error, Mapping) else None
        raise MalformedError(f"{identifier}: no answer" + (f", {said}" if said else ""))
    return found
