"""Rule `bare code`: a program between prose, without fences.

From a line that can begin a program on, as far as it is Python. What ends it must be prose: a program that breaks off,
or breaks Python's rules, is not made into one by leaving out its end. Words alone on a line that name nothing are prose.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final

_START: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import\b|import[ \t]+\w|(?:async[ \t]+)?def[ \t]+\w|class[ \t]+\w|@\w|[A-Za-z_]\w*\s*=[^=])"
)
# A line of a program that Python cannot read, rather than of prose: it is indented, or begins like a statement.
_BROKEN: Final = re.compile(
    r"^[ \t]|^\[/?[A-Z]+\]|^</?\w+>|^(?:if|elif|else|for|while|return|try|except|finally|with|assert|raise|yield|print|lambda|async|await|def|class"
    r"|import|from\s+[\w.]+\s+import|[)\]}@])\b|^\w+(?:\.\w+|\[[^]]*\])*\s*(?:[-+*/%|&^]|//|\*\*)?=[^=]|^\w+\([^)]*$"
)
STARTS: Final = 12  # lines that are tried as a program's first
ENDS: Final = 12  # and as what follows its last, for each of them


def programs(text: str, entry_point: str, head: str = "") -> Iterator[str]:
    """Stretches of the text that are Python and hold the function's name, those that begin first, first.

    Each behind what it needs of the other stretches, as imports above a line of prose; head: what comes before in any case.
    """
    found = list(_stretches(text))
    for stretch in found:
        if entry_point in stretch:
            if len(found) > 1:
                from modelassay.grading.extraction.several_blocks import completed

                joined = completed(head, stretch, [other for other in found if other is not stretch])
                if joined is not None:
                    yield joined
            yield stretch


def _stretches(text: str) -> Iterator[str]:
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if _START.match(line)]
    read = 0  # what stands inside of a stretch, as a method in its class, is no stretch of its own
    for start in starts[:STARTS]:
        found = _longest(_dedented(lines[start:])) if start >= read else None
        if found is not None:
            read = start + found.count("\n")
            yield found


def _dedented(lines: list[str]) -> list[str]:
    """The lines without the first one's indentation, up to one that has less and is not blank."""
    width = len(lines[0]) - len(lines[0].lstrip(" \t"))
    if not width:
        return lines
    kept = []
    for line in lines:
        if line.strip() and line[:width].strip():
            break
        kept.append(line[width:])
    return kept


def _longest(lines: list[str]) -> str | None:
    """As many of the first lines as are Python; None where not even the first statement is."""
    for _ in range(ENDS):
        source = "\n".join(lines) + "\n"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source)
        except SyntaxError as error:
            end = min(error.lineno or 1, len(lines)) - 1
            if end < 1 or _BROKEN.match(lines[end]):
                return None
            lines = lines[:end]
            continue
        except (ValueError, RecursionError, MemoryError):
            return None
        return _without_words(lines, tree)
    return None


def _without_words(lines: list[str], tree: ast.Module) -> str | None:
    """Without expressions at the end that do nothing, as `Done` and `None` do: they are prose that looks like Python."""
    body = list(tree.body)
    while (
        body
        and isinstance(body[-1], ast.Expr)
        and isinstance(body[-1].value, ast.Name | ast.Attribute | ast.Tuple)
    ):
        body.pop()
    if not body:
        return None
    end = body[-1].end_lineno or len(lines)
    return "\n".join(lines[:end]) + "\n"
