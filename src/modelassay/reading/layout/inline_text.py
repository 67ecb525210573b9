"""Markdown lines as plain text that knows where every character came from.

Emphasis, code marks, link addresses, HTML tags, pictures, footnote marks and escapes go; what stays maps back to
its line and column, so that a quote is always a verbatim slice of one source line. Addresses are kept as links.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

_MARKUP = re.compile(
    r"""(?P<image>!\[[^\]]*\]\([^)]*\))
    |(?P<open>\[(?=(?:[^\[\]]|!\[[^\[\]]{0,200}\]){0,400}\]\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s[^)]*)?\)))
    |\]\((?P<url>[^()\s]*(?:\([^()]*\)[^()\s]*)*)(?:\s[^)]*)?\)
    |\[\^(?P<footnote>[^\]\s]+)\]:?
    |(?P<auto><?https?://[^\s<>)\]|`"'*]+>?)
    |(?P<tag></?[A-Za-z][^<>]{0,300}>)
    |(?P<entity>&(?:\#\d+|\#x[0-9a-fA-F]+|[A-Za-z]{2,10});)
    |(?P<escape>\\(?=[!-/:-@\[-`{-~]))
    |(?P<strike>~~)
    |(?P<mark>(?<!\d)\*+|\*+(?!\d)|`+|(?<![A-Za-z0-9])_+(?=\S)|(?<=\S)_+(?![A-Za-z0-9]))""",
    re.VERBOSE,
)
_BARE_HUB = re.compile(r"(?<![\w/.@])(?:huggingface\.co|hf\.co|github\.com)/[\w./-]+\w")
_PLAIN_LINE = re.compile(r"[*_`\[\]<>&\\~]|https?://")  # what a line needs to hold to need any work
_FIGURE = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?\s*%?(?![\w.-])")
# Hyphens and spaces that only forbid a line break are those that every pattern knows.
_USUAL = str.maketrans({"\u2010": "-", "\u2011": "-", "\u00a0": " ", "\u2007": " ", "\u202f": " "})
PLACE = "￼"  # stands where an address stood


@dataclass(frozen=True)
class Link:
    """An address in the text; `start` and `end` are the offsets of its label (or of its placeholder)."""

    start: int
    end: int
    url: str


@dataclass
class Plain:
    """Plain text in pieces copied from the source: (offset in `text`, line from 1, column from 0) of each piece."""

    text: str = ""
    pieces: list[tuple[int, int, int]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    struck: list[tuple[int, int]] = field(default_factory=list)
    footnotes: list[tuple[int, str]] = field(default_factory=list)  # (offset a mark stands at, its label)
    breaks: list[int] = field(default_factory=list)  # offsets at which a <br> stood
    written: str = ""  # the text with its ideographs, where the readers see it without

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column) of a character. Raises `IndexError` when there is no text."""
        if len(self.pieces) == 1:
            return self.pieces[0][1], self.pieces[0][2] + offset - self.pieces[0][0]
        piece = self.pieces[max(0, bisect_right(self.pieces, offset, key=lambda p: p[0]) - 1)]
        return piece[1], piece[2] + offset - piece[0]

    def line(self, offset: int) -> int:
        """The source line of a character."""
        return self.place(offset)[0]

    def quote(self, start: int, end: int, source: list[str]) -> tuple[int, str]:
        """(line, verbatim text) for a span. A span over several lines is cut to the line it ends on."""
        last_line, last_column = self.place(end - 1)
        line, column = self.place(start)
        if line != last_line:
            column = min(p[2] for p in self.pieces if p[1] == last_line)
        return last_line, source[last_line - 1][column : last_column + 1].strip()


def make_plain(lines: Iterable[tuple[int, int, str]]) -> Plain:
    """Join source lines (line number, column of the first character, text) into plain text."""
    return join_pieces(lines)[0]


def join_pieces(lines: Iterable[tuple[int, int, str]]) -> tuple[Plain, list[int]]:
    """The lines as plain text, and the offset at which each of them begins, with one more for the end."""
    plain = Plain()
    joint = " "  # a hard line break stays a line break, a soft one is a space
    offsets = []
    for number, column, raw in lines:
        if plain.text:
            plain.pieces.append((len(plain.text), number, max(0, column - 1)))
            plain.text += joint
        joint = "\n" if raw.endswith(("  ", "\\", "<br>", "<br/>")) else " "
        offsets.append(len(plain.text))
        add_piece(plain, number, column, raw)
    mask_addresses(plain)
    return plain, [*offsets, len(plain.text)]


def add_piece(plain: Plain, number: int, column: int, raw: str) -> None:
    """Add a stretch of one source line, its markup taken away."""
    if not raw.isascii():
        raw = raw.translate(_USUAL)
    if _PLAIN_LINE.search(raw):
        _append_line(number, column, raw, plain)
    else:
        plain.pieces.append((len(plain.text), number, column))
        plain.text += raw


def _append_line(number: int, column: int, raw: str, plain: Plain) -> None:
    at = 0
    opened: list[int] = []
    struck_from: int | None = None

    def put(text: str, start: int) -> None:
        if text:
            plain.pieces.append((len(plain.text), number, column + start))
            plain.text += text

    for match in _MARKUP.finditer(raw):
        put(raw[at : match.start()], at)
        at = match.end()
        kind = match.lastgroup
        if kind == "open":
            opened.append(len(plain.text))
        elif kind == "url":
            if opened:
                plain.links.append(Link(opened.pop(), len(plain.text), match["url"]))
            else:
                put(match[0], match.start())
        elif kind == "image":
            words = _words_of(match[0])
            put(words, match.start() + 2)
            put(words and "\n", match.end() - 1)  # a badge is a statement of its own
        elif kind == "auto":
            address = match[0].strip("<>").rstrip(".,;:!?")
            plain.links.append(Link(len(plain.text), len(plain.text) + 1, address))
            put(PLACE, match.start())
        elif kind == "footnote":
            plain.footnotes.append((len(plain.text), match["footnote"]))
        elif kind == "tag":
            if match[0][1:3].lower() == "br":
                plain.breaks.append(len(plain.text))
            put(" ", match.start())
        elif kind == "entity":
            put(html.unescape(match[0])[:1], match.start())
        elif kind == "strike":
            struck_from = _strike(plain, struck_from)
    put(raw[at:], at)


def _strike(plain: Plain, since: int | None) -> int | None:
    """Begin a struck stretch, or end the one that is open since an offset; the offset of the open one."""
    if since is None:
        return len(plain.text)
    plain.struck.append((since, len(plain.text)))
    return None


def _words_of(image: str) -> str:
    """The words that stand for a picture, when they state a figure: a logo's name is decoration."""
    words = image[2 : image.index("]")]
    return words if _FIGURE.search(words) else ""


def mask_addresses(plain: Plain) -> None:
    """Addresses written without a scheme become links too, and no number inside them is read."""
    for match in _BARE_HUB.finditer(plain.text):
        inside = any(link.start <= match.start() < link.end for link in plain.links)
        if not inside:
            plain.links.append(Link(match.start(), match.end(), match[0]))
        filler = PLACE * (match.end() - match.start())
        plain.text = plain.text[: match.start()] + filler + plain.text[match.end() :]
