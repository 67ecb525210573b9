"""The blocks of HTML text in the order they stand: headings, list items, paragraphs, and where its tables are.

Read for HTML pages and for HTML inside Markdown. Scripts, styles, titles and preformatted text are left out: what
stands in them is no statement. Tables are only located here; tables.py reads them.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Literal

from modelassay.reading.layout.inline_text import Link, Plain, add_piece, mask_addresses

_PAGE = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S)
_BLOCKS = frozenset(
    ["address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "head", "header", "hr", "html", "legend", "li", "main", "nav", "ol", "p", "section", "summary", "td", "th", "tr", "ul", "h1", "h2", "h3", "h4", "h5", "h6", "table"]
)  # fmt: skip
_UNREAD = frozenset(("script", "style", "title", "template", "pre", "noscript"))
_LISTS = frozenset(("ul", "ol"))


@dataclass
class Piece:
    """One block. `depth`: heading level or list nesting; `first` and `last`: lines, 1-based."""

    kind: Literal["heading", "item", "paragraph", "html"]
    first: int
    last: int
    depth: int = 0
    plain: Plain = field(default_factory=Plain)


def is_page(source: Sequence[str]) -> bool:
    """Is the whole document an HTML page?"""
    return _PAGE.match("\n".join(source[:40])) is not None


def split_html(source: Sequence[str], first: int, last: int) -> list[Piece]:
    """The blocks of lines `first` to `last` (1-based, both included). Never fails: odd HTML is text."""
    parser = _Parser(first)
    parser.feed("\n".join(source[first - 1 : last]))
    parser.close()
    parser.end_block()
    return parser.pieces


class _Parser(HTMLParser):
    """Collects text into blocks; the innermost heading or list item says what kind a block is."""

    def __init__(self, first: int) -> None:
        super().__init__(convert_charrefs=False)  # else the columns behind an entity would be wrong
        self.pieces: list[Piece] = []
        self._first = first
        self._plain = Plain()
        self._lists = 0
        self._heading = 0
        self._in_item = False
        self._tables: list[int] = []  # first lines of the open tables
        self._unread = 0
        self._links: list[tuple[int, str]] = []

    def _line(self) -> int:
        return self._first + self.getpos()[0] - 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.end_block()
        if tag == "table":
            self._tables.append(self._line())
        elif tag in _UNREAD:
            self._unread += 1
        elif tag in _LISTS:
            self._lists += 1
        elif tag == "li":
            self._in_item = True
        elif tag == "br":
            self._plain.text = self._plain.text.rstrip() + "\n" if self._plain.text else ""
        elif tag == "a":
            self._links.append((len(self._plain.text), dict(attrs).get("href") or ""))
        elif re.fullmatch(r"h[1-6]", tag):
            self._heading = int(tag[1])

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_block()
        if tag == "table" and self._tables:
            start = self._tables.pop()
            if not self._tables:
                self._end_table(start)
        elif tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag in _LISTS:
            self._lists = max(0, self._lists - 1)
        elif tag == "li":
            self._in_item = False
        elif tag == "a" and self._links:
            start, url = self._links.pop()
            if url and start < len(self._plain.text):
                self._plain.links.append(Link(start, len(self._plain.text), url))
        elif re.fullmatch(r"h[1-6]", tag):
            self._heading = 0

    def handle_data(self, data: str) -> None:
        if self._tables or self._unread:
            return
        row, column = self.getpos()
        for offset, raw in enumerate(data.split("\n")):
            text = raw.lstrip()
            if offset and self._plain.text and not self._plain.text.endswith((" ", "\n")):
                self._plain.text += " "
            if text:
                start = (column if offset == 0 else 0) + len(raw) - len(text)
                if start > column and offset == 0 and self._plain.text and not self._plain.text[-1].isspace():
                    start, text = start - 1, " " + text
                add_piece(self._plain, self._first + row - 1 + offset, start, text)

    def handle_entityref(self, name: str) -> None:
        self._put_character(html.unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self._put_character(html.unescape(f"&#{name};"))

    def _put_character(self, text: str) -> None:
        if not (self._tables or self._unread):
            self._plain.pieces.append((len(self._plain.text), self._line(), self.getpos()[1]))
            self._plain.text += text

    def _end_table(self, start: int) -> None:
        """Tables that share a line are one block, for a block is known by its lines."""
        last = self._line()
        if self.pieces and self.pieces[-1].kind == "html" and self.pieces[-1].last >= start:
            self.pieces[-1].last = last
        else:
            self.pieces.append(Piece("html", start, last, self._lists))

    def end_block(self) -> None:
        """File the text collected so far."""
        plain, self._plain, self._links = self._plain, Plain(), []
        if not plain.text.strip() or not plain.pieces:
            return
        mask_addresses(plain)
        first, last = plain.pieces[0][1], plain.pieces[-1][1]
        if self._heading:
            self.pieces.append(Piece("heading", first, last, self._heading, plain))
        elif self._lists:
            self.pieces.append(Piece("item", first, last, self._lists if self._in_item else 0, plain))
        else:
            self.pieces.append(Piece("paragraph", first, last, 0, plain))
