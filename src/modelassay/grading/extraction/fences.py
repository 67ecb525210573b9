"""Rules `fence …`: code blocks between fences, as CommonMark has them and as models write them.

Fences of three or more ticks or tildes, with any indentation (lists), behind a list's marker or a quote's `>`,
closed by as many or more; an end that never comes; and, where that gives no program, one that is closed on the code's
last line, or a block inside another.
"""

from __future__ import annotations

import re
from typing import Final

_OPEN: Final = re.compile(
    r"^(?P<lead>[ \t]*(?:(?:[-*+]|\d{1,3}[.)]|>)[ \t]+)*)(?P<mark>`{3,}|~{3,})(?P<info>.*)$"
)
_INLINE: Final = re.compile(r"`{3,}[ \t]*(?:(?:python3?|py)[ \t]+)?(?P<code>\S.*?)`{3,}")


# A block whose first line of code stands on the fence itself.
_BEGUN: Final = re.compile(
    r"^(?P<fence>[ \t]*`{3,})[ \t]*(?:python3?|py)?[ \t]*(?P<code>(?:(?:async[ \t]+)?def|class|import|from|@)[ \t]*\w.*)$",
    re.MULTILINE | re.IGNORECASE,
)


def blocks(text: str) -> list[str]:
    """What stands between fences, in order."""
    return _parsed(text, closed_inside=False)


def loose_blocks(text: str) -> list[str]:
    """The same for fences that belong to the code: those that stand deeper than a fence that ends a block may, and all but the
    last. Then blocks that end at ticks on a line of code, what is inside of blocks, or on one line.
    """
    text = _BEGUN.sub(lambda m: f"{m['fence']}\n{m['code']}", text)
    found = [
        *_parsed(text, closed_inside=False, deepest=3),
        *_outermost(text),
        *_parsed(text, closed_inside=True),
    ]
    inner = [
        b
        for block in blocks(text)
        if "```" in block or "~~~" in block
        for b in _parsed(block, closed_inside=True)
    ]
    return [*found, *inner, *(m["code"] + "\n" for m in _INLINE.finditer(text))]


def before_lone_end(text: str) -> str:
    """What stands before the first fence, where that ends a block which the prompt began; "" where it begins one."""
    at = 0
    for line in text.split("\n"):
        if (opened := _opened(line)) is not None:
            return text[:at] if not line.replace(opened[1], "").strip() else ""
        at += len(line) + 1
    return ""


def behind_last(text: str) -> str:
    """What stands behind the last block that is closed; "" where a block is not."""
    rest: list[str] = []
    lead = mark = ""
    for line in text.split("\n"):
        if mark:
            if _closes(_without(line, lead), mark):
                mark, rest = "", []
        elif (opened := _opened(line)) is not None:
            lead, mark = opened
        else:
            rest.append(line)
    return "" if mark else "\n".join(rest)


def _outermost(text: str) -> list[str]:
    """What stands between the first fence and the last one that can end its block."""
    lines = text.split("\n")
    first = next(((n, o) for n, line in enumerate(lines) if (o := _opened(line)) is not None), None)
    if first is None:
        return []
    number, (lead, mark) = first
    inside = [_without(line, lead) for line in lines[number + 1 :]]
    ends = [n for n, line in enumerate(inside) if _closes(line, mark)]
    return [_joined(inside[: ends[-1]])] if len(ends) > 1 else []


def _parsed(text: str, *, closed_inside: bool, deepest: int | None = None) -> list[str]:
    """The blocks. deepest: how many blanks may stand before the fence that ends one, as CommonMark has it; None: any."""
    found: list[str] = []
    lines: list[str] | None = None
    lead = mark = ""
    for line in text.split("\n"):
        if lines is None:
            if (opened := _opened(line)) is not None:
                lead, mark = opened
                lines = []
            continue
        content = _without(line, lead)
        if _closes(content, mark) and (deepest is None or len(content) - len(content.lstrip()) <= deepest):
            found.append(_joined(lines))
            lines = None
        elif closed_inside and mark[0] == "`" and mark in content:
            found.append(_joined([*lines, content[: content.index(mark)]]))
            lines = None
        else:
            lines.append(content)
    if lines is not None:
        found.append("\n".join(lines))
    return found


def _opened(line: str) -> tuple[str, str] | None:
    """What stands before the fence, and the fence; None where the line opens no block."""
    if "```" not in line and "~~~" not in line:
        return None
    match = _OPEN.match(line)
    if match is None or (match["mark"][0] == "`" and "`" in match["info"]):
        return None
    return match["lead"], match["mark"]


def _closes(content: str, mark: str) -> bool:
    bare = content.strip()
    return len(bare) >= len(mark) and not bare.strip(mark[0])


def _without(line: str, lead: str) -> str:
    """A line of a block without what its fence stood behind: as many blanks at most, or the quote's marks."""
    for mark in range(lead.count(">")):
        bare = line.lstrip(" \t")
        if not bare.startswith(">"):
            break
        line = bare[1:]
        if line.startswith(" "):
            line = line[1:]
        if mark == lead.count(">") - 1:
            return line
    width = len(lead)
    blank = len(line) - len(line.lstrip(" \t"))
    return line[min(width, blank) :]


def _joined(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)


def indented(block: str) -> str:
    """A block as the body of a function."""
    return "".join(f"    {line}\n" for line in block.splitlines())
