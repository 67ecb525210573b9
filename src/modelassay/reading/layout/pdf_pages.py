"""A PDF as text: prose as lines, tables as Markdown tables, each line with its page.

pdfminer.six says where every character stands. Characters on one baseline are a line; a gap of a word's space parts words,
a wider one parts cells. Lines of cells with numbers, one below the other, are a table, whose columns are where the
numbers stand. A page in two columns is read one column after the other. What the characters stand for is the PDF's own
word: a page that is a picture holds no text, and a formula may hold little.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelassay.core.errors import InputError
from modelassay.reading.layout.pdf_tables import Cell, table_lines

MARK = b"%PDF-"
_CELL_GAP = 1.0  # of the size of the type: what is wider parts cells or columns
_WORD_GAP = 0.16
_SAME_LINE = 0.5  # of the size of the type: baselines nearer than that are one
_PROSE_WORDS = 4  # on either side of the middle: such a line is two lines of prose
_SHARE_OF_TWO = 0.4  # of a page's lines: from here on it is set in two columns
_TINY = 2.0  # points: smaller type is no text to read
_BROKEN = re.compile(r"(\S*\w)-$")  # the end of a line inside a word
_BEGUN = re.compile(r"([^\W_][^\s|]*)(?:\s+|$)")


@dataclass(frozen=True)
class PdfText:
    """The text of a PDF. pages: the 1-based page of each line of `text`."""

    text: str
    pages: tuple[int, ...]


@dataclass(frozen=True)
class _Glyph:
    text: str
    left: float
    right: float
    base: float  # height of the baseline over the page's bottom, points
    size: float


def is_pdf(data: bytes) -> bool:
    """Whether bytes are a PDF: by its mark, which may stand behind some junk."""
    return MARK in data[:1024]


def read_pdf(data: bytes, path: Path | str | None = None) -> PdfText:
    """The text of a PDF, page by page.

    Raises InputError, with the remedy, without pdfminer.six, and for a PDF that is damaged, locked or only pictures.
    """
    try:
        from pdfminer.high_level import extract_pages
        from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
    except ImportError as error:
        raise InputError(
            "a PDF needs pdfminer.six", path=path, hint="pip install 'modelassay[pdf]', or audit its source"
        ) from error
    lines: list[str] = []
    pages: list[int] = []
    try:
        for number, page in enumerate(extract_pages(io.BytesIO(data), laparams=None), start=1):
            rules: list[tuple[float, float, float]] = []
            found = _page_lines(_sorted_glyphs(page, rules), rules, page.width)
            lines += found
            pages += [number] * len(found)
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise InputError(
            "the PDF is encrypted", path=path, hint="save a copy without a password, e.g. qpdf --decrypt"
        ) from error
    except Exception as error:  # the parser raises whatever a broken file makes it trip over
        raise InputError(
            f"the PDF is damaged ({type(error).__name__})",
            path=path,
            hint="save it anew, or audit its source",
        ) from error
    if not any(re.search(r"\w", line) for line in lines):
        hint = "add a text layer, e.g. ocrmypdf, or audit its source" if pages or lines else "save it anew"
        raise InputError("the PDF holds no text, only pictures or nothing", path=path, hint=hint)
    return PdfText("\n".join(lines), tuple(pages))


def _sorted_glyphs(page: Any, rules: list[tuple[float, float, float]]) -> list[_Glyph]:
    """The characters of a page, and into `rules` its horizontal lines: height, left and right end."""
    from pdfminer.layout import LTChar, LTContainer, LTCurve

    glyphs: list[_Glyph] = []
    open_: list[Any] = [page]
    while open_:
        item = open_.pop()
        if isinstance(item, LTChar):
            if item.upright and item.size >= _TINY and item.get_text().strip():
                glyphs.append(_Glyph(item.get_text(), item.x0, item.x1, item.matrix[5], item.size))
        elif isinstance(item, LTContainer):
            open_ += list(item)
        elif isinstance(item, LTCurve) and item.height < 2 and item.width > 10:
            rules.append((item.y0, item.x0, item.x1))
    return glyphs


def _page_lines(glyphs: list[_Glyph], rules: list[tuple[float, float, float]], width: float) -> list[str]:
    """A page's lines of Markdown, with an empty line behind it."""
    rows = [_cells(line) for line in _by_baseline(glyphs)]
    found: list[str] = []
    for column in _columns(rows, width):
        found += [*table_lines(column, rules), ""]
    return [*_unbroken(found), ""]


def _unbroken(lines: list[str]) -> list[str]:
    """Words and names that a line's end breaks, made whole: "DeepSeek-" over "Coder-V2", "bench-" over "marks"."""
    for at in range(len(lines) - 1):
        end, rest = _BROKEN.search(lines[at]), _BEGUN.match(lines[at + 1])
        if end and rest and not lines[at].startswith("|"):
            plain = end[1].islower() and end[1].isalpha() and rest[1][0].islower()
            lines[at] = (lines[at][:-1] if plain else lines[at]) + rest[1]
            lines[at + 1] = lines[at + 1][rest.end() :]
    return lines


def _by_baseline(glyphs: list[_Glyph]) -> Iterator[list[_Glyph]]:
    """Characters of one line, from the page's top; a small raised or lowered one belongs to the line beside it."""
    line: list[_Glyph] = []
    for glyph in sorted(glyphs, key=lambda g: (-g.base, g.left)):
        size = max((g.size for g in line), default=glyph.size)
        if line and line[0].base - glyph.base > _SAME_LINE * max(size, glyph.size):
            yield line
            line = []
        line.append(glyph)
    if line:
        yield line


def _cells(line: list[_Glyph]) -> list[Cell]:
    """The words of a line, joined to cells where no wide gap parts them."""
    line = sorted(line, key=lambda g: g.left)
    cells: list[Cell] = []
    text, left, right = "", 0.0, 0.0
    for glyph in line:
        gap = glyph.left - right
        if text and gap > _CELL_GAP * glyph.size:
            cells.append(Cell(text, left, right, line[0].base))
            text = ""
        if not text:
            left = glyph.left
        elif gap > _WORD_GAP * glyph.size:
            text += " "
        text += glyph.text
        right = max(right, glyph.right) if text else glyph.right
    return [*cells, Cell(text, left, right, line[0].base)] if text else cells


def _columns(rows: list[list[Cell]], width: float) -> Iterator[list[list[Cell]]]:
    """The rows in the order of reading. In two columns: each run of such rows left side first, then its right side."""
    middle = width / 2

    def parted(row: Sequence[Cell]) -> bool:
        return all(cell.right <= middle or cell.left >= middle for cell in row)

    def is_prose(row: Sequence[Cell]) -> bool:
        sides = [
            sum(len(c.text.split()) for c in row if (c.left >= middle) == right) for right in (False, True)
        ]
        return len(row) == 2 and parted(row) and min(sides) >= _PROSE_WORDS

    if sum(map(is_prose, rows)) < _SHARE_OF_TWO * len(rows):
        yield rows
        return
    held: list[list[Cell]] = []
    for row in [*rows, []]:
        if row and parted(row):
            held.append(row)
            continue
        for right in (False, True):
            side = [[c for c in one if (c.left >= middle) == right] for one in held]
            if any(side):
                yield [one for one in side if one]
        held = []
        if row:
            yield [row]
