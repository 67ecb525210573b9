"""Rules `diff`, `html`, `tool-call`, `transcript`: the program is written down in another notation, which is undone here.

A unified diff gives its new side, HTML the text of its `<pre>`, a tool call each text among its arguments, an interactive
session what was typed at its prompts, but for expressions, which only show values. Each gives texts that may hold the program.
"""

from __future__ import annotations

import ast
import html
import json
import re
import warnings
from collections.abc import Iterator
from typing import Any, Final

from modelassay.grading.extraction.fences import blocks

MOST: Final = 16  # JSON values, or texts in them, that are looked at
_HEADER: Final = ("--- ", "+++ ", "@@", "diff --git ", "index ", "\\ No newline", "new file mode")
_PRE: Final = re.compile(r"<(pre|code)\b[^>]*>(.*?)(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG: Final = re.compile(r"</?(?:code|pre|span|div|p|b|i|em|strong|font|mark|a)\b[^<>]*>", re.IGNORECASE)
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_PARAMETER: Final = re.compile(
    r"<parameter(?:=[^<>]*| name=[^<>]*)>\n?(.*?)(?:</parameter>|\Z)", re.DOTALL
)  # Qwen's and Anthropic's form
_OPENING: Final = re.compile(r"[{\[]")
_TYPED: Final = re.compile(r"^[ \t]*(?:>>>|In \[\d+\]:) ?(.*)$")
_GOES_ON: Final = re.compile(r"^[ \t]*(?:\.\.\.:?|\.{3,}:) ?(.*)$")


def diff(text: str) -> Iterator[str]:
    """The new side of each unified diff: of fenced blocks that are one, or of the text from its first header on."""
    for block in blocks(text):
        lines = block.split("\n")
        if all(not line or line[0] in " +-@\\" or line.startswith(_HEADER) for line in lines):
            yield _new_side(lines)
    lines = text.split("\n")
    start = next((n for n, line in enumerate(lines) if line.startswith(("--- ", "@@ ", "diff --git "))), None)
    if start is not None:
        yield _new_side(lines[start:])


def _new_side(lines: list[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line.startswith(_HEADER):
            continue
        if line and line[0] not in " +-":
            break
        if line[:1] != "-":
            kept.append(line[1:])
    return "\n".join(kept) + "\n"


def page(text: str) -> Iterator[str]:
    """The text of `<pre>` and `<code>` elements, without tags and entities; then as it stands, if it was not escaped."""
    for element in _PRE.finditer(text):
        inner = _BREAK.sub("\n", element[2]) if "\n" not in element[2].strip() else element[2]
        yield html.unescape(_TAG.sub("", inner)).strip("\n") + "\n"
        yield _TAG.sub("", element[2]).strip("\n") + "\n"


def tool_call(text: str) -> Iterator[str]:
    """Each text of several lines among the JSON values of an answer, and in JSON that is such a text; then parameters in tags."""
    decoder, at, found = json.JSONDecoder(strict=False), 0, 0
    while found < MOST and (opened := _OPENING.search(text, at)) is not None:
        try:
            value, at = decoder.raw_decode(text, opened.start())
        except (ValueError, RecursionError):
            at = opened.end()
            continue
        found += 1
        yield from _texts(value, 0)
    yield from (parameter[1] for parameter in _PARAMETER.finditer(text))


def _texts(value: Any, depth: int) -> Iterator[str]:
    if depth > MOST:
        return
    if isinstance(value, str):
        yield value
        if value.lstrip()[:1] in ("{", "["):
            try:
                yield from _texts(json.loads(value, strict=False), depth + 1)
            except (ValueError, RecursionError):
                return
    elif isinstance(value, dict | list):
        for part in list(value.values() if isinstance(value, dict) else value)[:MOST]:
            yield from _texts(part, depth + 1)


def transcript(text: str) -> Iterator[str]:
    """What was typed in an interactive session, of each statement that is more than an expression."""
    groups: list[list[str]] = []
    typing = False
    for line in text.split("\n"):
        if (typed := _TYPED.match(line)) is not None:
            groups.append([typed[1]])
            typing = True
        elif typing and (typed := _GOES_ON.match(line)) is not None:
            groups[-1].append(typed[1])
        else:
            typing = False
    kept = ["\n".join(group) for group in groups if _is_statement("\n".join(group))]
    if kept:
        yield "\n".join(kept) + "\n"


def _is_statement(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not isinstance(node, ast.Expr) for node in tree.body)
