"""Every Eval Ever's lines of samples: one per sample and aggregate result, so that a sample of two suites has two."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from modelassay.sampling.identify import Names
from modelassay.sampling.precomputed.raw import Chosen, MalformedError, Raw, Row, raws

_INDEX: Final = re.compile(r"#(\d+)$")


def is_row(row: Mapping[str, Any]) -> bool:
    """Whether an object is such a line, of one turn."""
    return {"sample_id", "interaction_type", "evaluation", "output"} <= row.keys()


def of_one_result(rows: Iterable[Row]) -> tuple[Iterable[Row], str]:
    """The lines of the first aggregate result, and a word on the choice where there are several."""
    found = list(dict.fromkeys(_result(row) for _, row in rows))
    if len(found) < 2:
        return rows, ""
    said = f"it lists each sample once for each of its {len(found)} results: those of {found[0]!r} are taken"
    return Chosen(rows, lambda row: _result(row) == found[0]), said


def samples(row: Mapping[str, Any], names: Names) -> list[Raw]:
    """The answers of one line: `output.raw`. `problem#3` is sample 3 of its problem. Raises MalformedError."""
    named, output = row.get("sample_id"), row.get("output")
    if not isinstance(named, str):
        raise MalformedError("`sample_id` is not a text")
    if not isinstance(output, Mapping) or "raw" not in output:
        raise MalformedError(f"{named}: no `output.raw`")
    problem = names.by_id(named) or names.by_id(_INDEX.sub("", named))
    return raws(problem, named, output["raw"], "output.raw", "unknown")


def _result(row: Mapping[str, Any]) -> str:
    return str(row.get("evaluation_result_id") or row.get("evaluation_name"))
