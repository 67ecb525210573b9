"""Tests in MultiPL-E's form: a list of assertions that call one function and compare what it returns.

They become two programs. One holds the sample, makes the calls and writes what they return; the other holds the tests as they
are, with a function in the sample's place that reads those values. So a sample never shares a process with an expected value
or a comparison, and one that ends early, or changes what `assert` means, gains nothing.
"""

from __future__ import annotations

import re

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.languages.source_text import calls

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Final

_ASSERTIONS: Final = {
    "js": re.compile(r"\bassert\s*\.\s*\w+\s*\("),
    "cpp": re.compile(r"\bassert\s*\("),
    "java": re.compile(r"\bassert\b"),
}


class SplitTests(NamedTuple):
    """calls: the call in each assertion, as it stands there. statements: their lines, to be shown."""

    calls: tuple[str, ...]
    statements: tuple[str, ...]


def split_tests(language: str, tests: str, name: str) -> SplitTests:
    """The calls of tests. name: of the function. Raises ValueError where they are of another form."""
    called = name if language == "java" else "candidate"
    places = calls(tests, called)
    asserted = [match.start() for match in _ASSERTIONS[language].finditer(tests)]
    if not places or len(places) != len(asserted):
        raise ValueError(f"its tests are not assertions with one call of {called} in each")
    for (start, _), assertion in zip(places, asserted, strict=True):
        if not assertion < start or ";" in tests[assertion:start]:
            raise ValueError(f"an assertion of its tests does not call {called}")
    statements = tuple(
        tests[tests.rfind("\n", 0, start) + 1 : (tests.find("\n", end) + 1 or len(tests) + 1) - 1].strip()
        for start, end in places
    )
    return SplitTests(tuple(tests[start:end] for start, end in places), statements)
