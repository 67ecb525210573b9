"""lm-evaluation-harness's log of samples, which lists every answer once for each filter of the task."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelassay.core.errors import InputError
from modelassay.core.problems import Problem
from modelassay.sampling.identify import Names
from modelassay.sampling.precomputed.raw import Chosen, Form, MalformedError, Raw, Row, raws
from modelassay.sources.problems.python_source import defined


def samples(row: Mapping[str, Any], key: str, names: Names) -> list[Raw]:
    """`filtered_resps` (what it graded, whole programs) or `resps` (as the model gave them) of one row.

    A filter that takes the first of several answers loses the others: then all of them are read, as they were given.
    """
    doc = row.get("doc")
    if not isinstance(doc, dict):
        raise MalformedError("no `doc`")
    form: Form = "program" if key == "filtered_resps" else "unknown"
    responses = _flat(row.get(key, row.get("resps")))
    given = _flat(row.get("resps"))
    if len(given) > len(responses):
        responses, form, key = given, "unknown", "resps"
    identifier = doc.get("task_id", doc.get("question_id"))
    if identifier is None:
        problem, identifier = names.by_place(row.get("doc_id")), f"doc_id {row.get('doc_id')}"
    else:
        problem = names.by_id(identifier)
    return raws(problem, str(identifier), responses, key, form)


def _flat(responses: object) -> list[Any]:
    if isinstance(responses, list) and len(responses) == 1 and isinstance(responses[0], list):
        return _flat(responses[0])
    if isinstance(responses, list):
        return responses
    return [] if responses is None else [responses]


def of_one_filter(
    rows: Iterable[Row], problems: Sequence[Problem], wanted: str | None, path: str
) -> tuple[Iterable[Row], str]:
    """The rows of one filter, and a word on the choice where there are several.

    wanted: its name; without one the filter is taken under whose texts most are programs, the first of equals.
    Raises InputError for a filter that is not there.
    """
    found = list(dict.fromkeys(str(row.get("filter", "none")) for _, row in rows))
    if wanted is not None and wanted not in found:
        raise InputError(f"no filter {wanted!r} in it", path=path, hint=f"its filters: {', '.join(found)}")
    if len(found) < 2:
        return rows, ""
    chosen = wanted or max(found, key=lambda name: _programs(_of(rows, name), problems))
    others = ", ".join(name for name in found if name != chosen)
    said = (
        f"it lists each answer once for each of its filters: {chosen!r} is taken, not {others}; "
        "--samples-format lm-eval:FILTER chooses"
    )
    return _of(rows, chosen), "" if wanted else said


def _of(rows: Iterable[Row], name: str) -> Iterable[Row]:
    return Chosen(rows, lambda row: str(row.get("filter", "none")) == name)


def _programs(rows: Iterable[Row], problems: Sequence[Problem]) -> int:
    """How many texts define the function asked for, of at most 200."""
    names, entry_points = Names(problems), {p.id: p.entry_point for p in problems}
    count = 0
    for _, row in itertools.islice(rows, 200):
        try:
            found = samples(row, "filtered_resps", names)
        except MalformedError:
            continue
        count += sum(r.problem is not None and entry_points[r.problem] in defined(r.text) for r in found)
    return count
