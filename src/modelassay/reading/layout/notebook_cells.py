"""A Jupyter notebook as the lines of a Markdown document: its text cells, and what its code printed.

Code is no statement and is left out; printed text becomes a console block, a printed HTML table stays one. Every line
knows the line of the file it stands on.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, Final

from modelassay.reading.layout.json_places import Leaf, leaves, parse

_HEAD: Final = re.compile(r'\s*\{.{0,4000}?"cells"\s*:', re.S)
_LONGEST: Final = 20_000  # characters of one printed text: what is longer is a log
_KINDS: Final = ("text/html", "text/markdown", "text/plain")


@dataclass
class Lines:
    """Lines of text, and for each the 1-based line of the file that it comes from. printed: those that code printed."""

    text: list[str] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)
    printed: set[int] = field(default_factory=set)  # 1-based numbers of `text`

    def add(self, text: str, origin: int, *, printed: bool = False) -> None:
        """One line more."""
        self.text.append(text)
        self.origin.append(origin)
        if printed:
            self.printed.add(len(self.text))


def notebook_lines(text: str) -> Lines | None:
    """The readable lines of a notebook; `None` when the text is no notebook."""
    if _HEAD.match(text) is None and '"cells"' not in text[-2000:]:
        return None
    data = parse(text)
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        return None
    breaks = [found.start() for found in re.finditer("\n", text)]
    found: dict[int, list[Leaf]] = {}
    for leaf in leaves(text, data):
        if leaf.path[:1] == ("cells",) and len(leaf.path) > 2 and isinstance(leaf.value, str):
            found.setdefault(int(leaf.path[1]), []).append(leaf)
    lines = Lines()
    for index, cell in enumerate(data["cells"]):
        if isinstance(cell, dict):
            _add_cell(cell, found.get(index, []), breaks, lines)
    return lines


def _add_cell(cell: dict[str, Any], own: list[Leaf], breaks: list[int], lines: Lines) -> None:
    if cell.get("cell_type") == "markdown":
        for leaf in own:
            if leaf.path[2] == "source":
                _add_text(leaf, breaks, lines)
        lines.add("", lines.origin[-1] if lines.origin else 1)
        return
    for number, output in enumerate(cell.get("outputs") or []):
        printed = [leaf for leaf in own if leaf.path[2:4] == ("outputs", number)]
        kind = _kind_of(output)
        if kind is None or sum(len(leaf.value) for leaf in printed) > 10 * _LONGEST:
            continue
        chosen = [leaf for leaf in printed if kind in leaf.path]
        if not chosen or sum(len(leaf.value) for leaf in chosen) > _LONGEST:
            continue
        at = bisect_right(breaks, chosen[0].start) + 1
        fenced = kind in ("text", "text/plain")
        lines.add("```text" if fenced else "", at)
        for leaf in chosen:
            _add_text(leaf, breaks, lines, printed=True)
        lines.add("```" if fenced else "", at)
        lines.add("", at)


def _kind_of(output: Any) -> str | None:
    """Which form of an output is read: a table as HTML first, else text."""
    if not isinstance(output, dict):
        return None
    if output.get("output_type") == "stream":
        return "text"
    data = output.get("data")
    if not isinstance(data, dict):
        return None
    html = data.get("text/html")
    words = "".join(html) if isinstance(html, list) else str(html or "")
    kinds = _KINDS if "<table" in words else _KINDS[1:]
    return next((kind for kind in kinds if kind in data), None)


def _add_text(leaf: Leaf, breaks: list[int], lines: Lines, *, printed: bool = False) -> None:
    """The lines of one JSON text; all of them stand on the line of the file where it begins."""
    at = bisect_right(breaks, leaf.start) + 1
    for line in leaf.value.removesuffix("\n").split("\n"):
        lines.add(line.replace("\r", ""), at, printed=printed)
