"""MultiPL-E's rows: a function's head in another language, and tests to follow what a sample makes of it.

Known by their `language`, `prompt` and `tests`, as the set's authors and SandboxFusion publish them.
"""

import re
from typing import Any, Final

from modelassay.core.problems import Language, LanguageTests, Problem, Suite

_LANGUAGES: Final[dict[str, Language]] = {
    "js": "js", "javascript": "js", "cpp": "cpp", "c++": "cpp", "java": "java",
}  # fmt: skip
_HEAD: Final = re.compile(r"([A-Za-z_$][\w$]*)\s*\(")


def is_row(row: dict[str, Any]) -> bool:
    """Whether a row is one of MultiPL-E's, in a language that can be graded."""
    return _language(row) is not None and isinstance(row.get("tests"), str) and "prompt" in row


def problem(row: dict[str, Any]) -> Problem:
    """A row's problem. Raises ValueError for a prompt that does not end with a function's head."""
    language = _language(row)
    prompt, stop_texts = row["prompt"], row.get("stop_tokens") or []
    if not isinstance(prompt, str) or language is None:
        raise ValueError("`prompt` is not a text")
    if not isinstance(stop_texts, list) or not all(isinstance(stop, str) and stop for stop in stop_texts):
        raise ValueError("`stop_tokens` is not a list of texts")
    oracle = LanguageTests(language=language, tests=row["tests"], stop_texts=tuple(stop_texts))
    return Problem(
        id=str(row["task_id"]), prompt=prompt, entry_point=_entry_point(prompt),
        suites=(Suite(name="base", oracle=oracle),),
    )  # fmt: skip


def _language(row: dict[str, Any]) -> Language | None:
    named = row.get("language")
    return _LANGUAGES.get(named.lower()) if isinstance(named, str) else None


def _entry_point(prompt: str) -> str:
    """The function whose head a prompt ends with."""
    lines = [line for line in prompt.split("\n") if line.strip()]
    found = _HEAD.search(lines[-1]) if lines and lines[-1].rstrip().endswith("{") else None
    if found is None:
        raise ValueError("`prompt` does not end with the head of a function")
    return found[1]
