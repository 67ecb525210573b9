"""A table for people at a terminal: ids, paths and intervals stay whole, and what does not fit stands below its row."""

import re
import textwrap
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from modelassay.report.terminal import width

_GAP: Final = "  "
_ROOM: Final = 28  # columns in which prose still reads well; with fewer it goes below the row
_UNIT: Final = re.compile(r"(\d) (?=(?:s|ms|min|h|pp|%|[KMG]i?B)\b)")


def print_table(console: Console, names: Sequence[str], cells: Sequence[Sequence[str]], title: str) -> None:
    """Print the table. names: the heads; cells: one list for each row, as long as names."""
    widths = [max(map(width, column)) for column in zip(names, *cells, strict=True)]
    beside, wrapped = _arranged(widths, console.width)
    if wrapped is not None:
        widths[wrapped] = console.width - sum(widths[i] + len(_GAP) for i in beside if i != wrapped)
    right = {
        i for i in beside if cells and all(row[i][:1].isdigit() or row[i][:1] in "+-–—" for row in cells)
    }
    if title:
        console.print(Text(title, style="italic"), soft_wrap=True)
    for line in _lines([names[i] for i in beside], beside, widths, right):
        console.print(Text(line, style="bold"), soft_wrap=True)
    for row in cells:
        for line in _lines([row[i] for i in beside], beside, widths, right):
            console.print(Text(line), soft_wrap=True)
        for index in range(len(names)):
            if index not in beside and row[index].strip(" –-"):
                for line in _wrapped(f"{names[index]}: {row[index]}", console.width - 4):
                    console.print(Text("    " + line), soft_wrap=True)


def _arranged(widths: Sequence[int], room: int) -> tuple[list[int], int | None]:
    """The columns that stand beside each other, and the one of them that wraps. The first always stays."""
    beside = list(range(len(widths)))
    while len(beside) > 1 and sum(widths[i] for i in beside) + len(_GAP) * (len(beside) - 1) > room:
        widest = max(beside[1:], key=lambda i: widths[i])
        others = sum(widths[i] + len(_GAP) for i in beside if i != widest)
        if room - others >= _ROOM:
            return beside, widest
        beside.remove(widest)
    return beside, None


def _lines(row: Sequence[str], beside: Sequence[int], widths: Sequence[int], right: set[int]) -> list[str]:
    """A row's lines; more than one where a cell wraps."""
    parts = [_wrapped(cell, widths[i]) or [""] for cell, i in zip(row, beside, strict=True)]
    found = []
    for place in range(max(map(len, parts))):
        pieces = []
        for part, index in zip(parts, beside, strict=True):
            text = part[place] if place < len(part) else ""
            space = " " * (widths[index] - width(text))
            pieces.append(space + text if index in right else text + space)
        found.append(_GAP.join(pieces).rstrip())
    return found


def _wrapped(text: str, columns: int) -> list[str]:
    """Lines of so many columns; a word is never broken, nor a number from its unit."""
    kept = _UNIT.sub("\\1\u00a0", text)
    lines = textwrap.wrap(kept, max(columns, 1), break_long_words=False, break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]
