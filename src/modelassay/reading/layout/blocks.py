"""A Markdown document as blocks in the order they stand: headings, items, paragraphs, tables, front matter.

Structure comes from markdown-it's block rules (its inline rules are not run: plain.py reads the inside, keeping
columns). Code blocks are kept apart: what stands in them is not a statement. An HTML page, and HTML inside
Markdown, become the same kinds of blocks.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from modelassay.reading.layout.html_blocks import is_page, split_html
from modelassay.reading.layout.inline_text import Plain, make_plain

Kind = Literal["heading", "item", "paragraph", "table", "html", "code", "front-matter"]
_LEAD = re.compile(r"^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?|#{1,6}\s+)*")
_CONTINUED = re.compile(r"^[\s>]*")
_TRAIL = re.compile(r"\s+#+\s*$")
LONGEST: Final = 3000  # characters of a block: a page of text without an empty line
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[A-Z])")
_ENDS = tuple(".!?:;")


@dataclass
class Block:
    """One block. `depth`: heading level 1–6, or list nesting from 1; 0 otherwise. `first`, `last`: lines, 1-based."""

    kind: Kind
    first: int
    last: int
    depth: int = 0
    plain: Plain = field(default_factory=Plain)
    goes_on: bool = False  # a further paragraph of a list item


def split_blocks(source: Sequence[str]) -> list[Block]:
    """Split source lines into blocks. Never fails: text without structure is paragraphs."""
    if is_page(source):
        return list(_html_blocks(source, 1, len(source)))
    body, front = _front_matter(source)
    blocks = [Block("front-matter", 1, front)] if front else []
    markdown = MarkdownIt("commonmark").enable("table")
    markdown.core.ruler.disable(["inline", "text_join"])
    blocks.extend(_walk(markdown.parse("\n".join(body)), source))
    return blocks


def _front_matter(source: Sequence[str]) -> tuple[list[str], int]:
    """The body (front matter blanked, so that lines keep their numbers) and the front matter's last line."""
    if source and source[0].strip() == "---":
        for index in range(1, len(source)):
            if source[index].strip() in ("---", "..."):
                return [""] * (index + 1) + list(source[index + 1 :]), index + 1
    return list(source), 0


def _walk(tokens: Sequence[Token], source: Sequence[str]) -> Iterator[Block]:
    lists = 0
    heading = 0
    table_end = -1
    in_item = opened = False
    for token in tokens:
        span = token.map
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists -= 1
        elif token.type == "list_item_open":
            in_item = opened = True
        elif token.type == "heading_open":
            heading = int(token.tag[1])
        elif token.type == "heading_close":
            heading = 0
        elif span is None or span[0] < table_end:
            continue
        elif token.type == "table_open":
            table_end = span[1]
            yield Block("table", span[0] + 1, span[1], lists and lists + 1)  # it belongs to the item
        elif token.type == "html_block":
            table_end = _end_of_tables(source, span[0], span[1])
            yield from _html_blocks(source, span[0] + 1, table_end)
        elif token.type in ("fence", "code_block"):
            yield Block("code", span[0] + 1, span[1], lists and lists + 1)
        elif token.type == "inline":
            kind: Kind = "heading" if heading else "item" if lists else "paragraph"
            last = min(span[1], len(source))
            depth = heading or (lists if in_item else 0)
            for part in _parts(_lines_of(source, span[0], last)):
                yield Block(
                    kind, part[0][0], part[-1][0], depth, make_plain(part), kind == "item" and not opened
                )
            opened = False


def _html_blocks(source: Sequence[str], first: int, last: int) -> Iterator[Block]:
    for piece in split_html(source, first, last):
        yield Block(piece.kind, piece.first, piece.last, piece.depth, piece.plain)


def _end_of_tables(source: Sequence[str], first: int, last: int) -> int:
    """Markdown ends an HTML block at an empty line; a table that is open there goes on to its closing tag."""
    text = "\n".join(source[first:last]).lower()
    if text.count("<table") > text.count("</table"):
        closing = (n for n in range(last, len(source)) if "</table" in source[n].lower())
        return next(closing, last - 1) + 1
    return last


def _parts(lines: Iterable[tuple[int, int, str]]) -> Iterator[list[tuple[int, int, str]]]:
    """A block's lines in parts of about LONGEST characters that end with a sentence where one does: reading a passage
    takes more than its length in time.
    """
    part: list[tuple[int, int, str]] = []
    size = 0
    for number, column, line in lines:
        at = 0
        while len(line) - at > LONGEST:
            end = at + _cut(line[at : at + LONGEST])
            yield [*part, (number, column + at, line[at:end])]
            part, size, at = [], 0, end
        part.append((number, column + at, line[at:]))
        size += len(line) - at
        if size >= 2 * LONGEST or (size >= LONGEST and line.endswith(_ENDS)):
            yield part
            part, size = [], 0
    if part:
        yield part


def _cut(text: str) -> int:
    """Where to cut within a text: behind its last whole sentence, else word, else at its end."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    return ends[-1] if ends else text.rfind(" ") + 1 or len(text)


def _lines_of(source: Sequence[str], first: int, last: int) -> Iterator[tuple[int, int, str]]:
    """A block's lines without list marks, heading marks and quote marks; columns count from the raw line."""
    for index in range(first, last):
        raw = source[index]
        lead = (_LEAD if index == first else _CONTINUED).match(raw)
        start = lead.end() if lead else 0
        yield index + 1, start, _TRAIL.sub("", raw[start:]) if raw.lstrip().startswith("#") else raw[start:]
