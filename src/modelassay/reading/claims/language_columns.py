"""Columns named by programming languages: of which benchmark, if any."""

from dataclasses import replace

from modelassay.reading.claims.column_roles import Column
from modelassay.reading.language.passages import Scope
from modelassay.reading.language.terms import LANGUAGES, Terms

# Benchmarks of their own whose tables have a column a language.
_MULTILINGUAL = ("humaneval-x", "humanevalsynthesize", "humanevalfix", "humanevalexplain", "mceval", "mxeval")
# Translations of a benchmark's prompts: no published score has them.
_NATURAL = frozenset(
    {
        "en",
        "zh",
        "es",
        "fr",
        "ru",
        "de",
        "ja",
        "ko",
        "ar",
        "pt",
        "it",
        "hi",
        "vi",
        "th",
        "english",
        "chinese",
        "spanish",
        "french",
        "russian",
        "german",
    }
)


def as_languages(columns: list[Column], scope: Scope, terms: Terms) -> list[Column]:
    """Columns named by programming languages belong to the multilingual benchmark of the table.

    Where no benchmark is named they are MultiPL-E's, save under a heading of another task, or beside a column of a
    benchmark that is not kept ("Ruby | Go | Java | CosQA" is code search).
    """
    if sum(c.header.lower().strip() in _NATURAL for c in columns) >= 2:
        natural = {*_NATURAL, *(word for word, language in LANGUAGES.items() if language == "average")}
        return [
            replace(c, role="foreign", benchmark=None) if c.header.lower().strip() in natural else c
            for c in columns
        ]
    found = [c for c in columns if c.header.lower().strip() in LANGUAGES]
    if len(found) < 2 and not (found and scope.benchmark == "multipl-e"):
        return columns
    if scope.benchmark in _MULTILINGUAL:
        return [
            replace(c, role="score", benchmark=scope.benchmark, version=LANGUAGES[c.header.lower().strip()])
            if c in found
            else c
            for c in columns
        ]
    beside = any(c.role == "foreign" and _only_unkept(c.header, terms) for c in columns)
    unsaid = scope.benchmark is None and (scope.other_task or beside)
    if (
        scope.benchmark not in ("multipl-e", "humaneval", None)
        or unsaid
        or any(c.role == "score" and c.benchmark not in (None, "humaneval", scope.benchmark) for c in columns)
    ):
        return [replace(c, role="foreign", benchmark=None) if c in found else c for c in columns]
    result = []
    for column in columns:
        language = LANGUAGES.get(column.header.lower().strip())
        if language is None or column.role not in ("other", "score"):
            result.append(column)
            continue
        own = scope.benchmark == "humaneval" and language == "python"
        benchmark, version = ("humaneval", None) if own else ("multipl-e", language)
        result.append(replace(column, role="score", benchmark=benchmark, version=version))
    return result


def _only_unkept(header: str, terms: Terms) -> bool:
    found = terms.find("benchmarks", header)
    return bool(found) and not any(term.kept for term in found)
