"""lighteval's details, a Parquet file with one row per document of a task: the document, the model's answers, the metric."""

from collections.abc import Mapping
from typing import Any, Final

from modelassay.sampling.identify import Names
from modelassay.sampling.precomputed.raw import MalformedError, Raw, raws

_IDS: Final = ("task_id", "question_id", "problem_id")


def is_row(row: Mapping[str, Any]) -> bool:
    """Whether a row is of this form; versions differ in the underscores around the names of columns."""
    return isinstance(_column(row, "doc"), Mapping) and isinstance(_column(row, "model_response"), Mapping)


def samples(row: Mapping[str, Any], names: Names) -> list[Raw]:
    """The answers as the model gave them. The problem is known by the task's own id, else by its prompt, else by its place."""
    document, response = _column(row, "doc"), _column(row, "model_response")
    if not isinstance(document, Mapping) or not isinstance(response, Mapping):
        raise MalformedError("no `doc` with `model_response`")
    if response.get("text") is None:
        raise MalformedError("no `model_response.text`")
    specific = document.get("specific")
    inside = specific if isinstance(specific, Mapping) else {}
    named = next((inside[key] for key in _IDS if inside.get(key) is not None), None)
    query, place = document.get("query"), document.get("id")
    problem = names.by_id(named)
    if problem is None and isinstance(query, str):
        problem = names.by_prompt(query)
    if problem is None and named is None and str(place).isdecimal():
        problem = names.by_place(int(str(place)))
    return raws(
        problem, str(named or f"document {place}"), list(response["text"]), "model_response.text", "unknown"
    )


def _column(row: Mapping[str, Any], name: str) -> Any:
    return row.get(name, row.get(f"__{name}__"))
