"""Source text of JavaScript, C++ and Java, as far as comments, texts and brackets go, which they have in common."""

from __future__ import annotations

import re

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

_OPENING, _CLOSING = "([{", ")]}"
_QUOTES: Final = "\"'`"


def code_characters(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """Place and character of everything that is in no comment and no quoted text; of a quoted text its first quote."""
    at = start
    while at < len(text):
        two = text[at : at + 2]
        if two == "//":
            at = _found(text, "\n", at)
            continue
        if two == "/*":
            at = _found(text, "*/", at + 2) + 2
            continue
        yield at, text[at]
        # 1'000 is a number of C++'s, and no text.
        quoted = text[at] in _QUOTES and not (text[at] == "'" and text[at - 1 : at].isalnum())
        at = _end_of_quoted(text, at) if quoted else at + 1


def matching(text: str, opening: int) -> int | None:
    """The place of the bracket that closes the one at `opening`; None where none does."""
    depth = 0
    for at, character in code_characters(text, opening):
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth == 0:
            return at
    return None


def calls(text: str, name: str) -> list[tuple[int, int]]:
    """Where a name is called: from its first letter to behind its last bracket. Calls within calls are not listed."""
    places = {at for at, _ in code_characters(text)}
    found: list[tuple[int, int]] = []
    for match in re.finditer(rf"(?<![\w$.]){re.escape(name)}\s*\(", text):
        if match.start() not in places or (found and match.start() < found[-1][1]):
            continue
        end = matching(text, match.end() - 1)
        if end is not None:
            found.append((match.start(), end + 1))
    return found


def _found(text: str, part: str, start: int) -> int:
    at = text.find(part, start)
    return len(text) if at < 0 else at


def _end_of_quoted(text: str, start: int) -> int:
    """The place behind a quoted text; a quote that is not closed on its line, where it has to be, is none."""
    quote, at = text[start], start + 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == quote:
            return at + 1
        if text[at] == "\n" and quote != "`":
            return start + 1
        at += 1
    return start + 1
