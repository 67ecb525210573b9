"""NeMo Evaluator's results.jsonl: an answer and its reward per problem, by the problem's place in the set, and repeat."""

from collections.abc import Mapping
from typing import Any, Final

from modelassay.sampling.identify import Names
from modelassay.sampling.precomputed.raw import MalformedError, Raw, raws

_ANSWERS: Final = ("model_response", "response", "generation", "completion", "output", "answer")


def is_row(row: Mapping[str, Any]) -> bool:
    """Whether an object is such a line."""
    return {"problem_idx", "repeat", "reward"} <= row.keys()


def samples(row: Mapping[str, Any], names: Names) -> list[Raw]:
    """The answer of one line; which number it has among those to its problem follows from the lines' order."""
    key = next((key for key in _ANSWERS if row.get(key) is not None), None)
    if key is None:
        raise MalformedError("a reward without the answer: run it with the answers kept")
    place = row["problem_idx"]
    named = row.get("task_id") or row.get("problem_id")
    problem = names.by_id(named) if named is not None else names.by_place(place)
    return raws(problem, str(named or f"problem_idx {place}"), row[key], key, "unknown")
