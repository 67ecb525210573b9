"""Tables as cells that know where they stand: Markdown and HTML, with merged headers spread over their cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from modelassay.reading.layout.inline_text import Link, Plain, join_pieces, make_plain

_DELIMITER = re.compile(r"^[\s>]*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Cell:
    """One cell. `spread` is true for the copies of a cell that spans several columns or rows."""

    plain: Plain
    spread: bool = False

    @property
    def text(self) -> str:
        """The cell's plain text."""
        return self.plain.text.strip()


EMPTY = Cell(Plain())


@dataclass
class Grid:
    """A table: header rows and body rows, every row as long as the longest."""

    header: list[list[Cell]] = field(default_factory=list)
    body: list[list[Cell]] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Number of columns."""
        return max((len(row) for row in [*self.header, *self.body]), default=0)


def markdown_table(lines: Sequence[tuple[int, str]]) -> Grid:
    """A pipe table from its source lines (line number, raw text)."""
    grid = Grid()
    rows = [(number, raw) for number, raw in lines if raw.strip()]
    delimiter = next((i for i, (_, raw) in enumerate(rows) if _DELIMITER.match(raw)), 0)
    for index, (number, raw) in enumerate(rows):
        if index != delimiter:
            (grid.header if index < delimiter else grid.body).append(_split_row(number, raw))
    _promote_second_header(grid)
    return _pad(grid)


def _split_row(number: int, raw: str) -> list[Cell]:
    lead = re.match(r"[\s>]*\|?", raw)
    start = lead.end() if lead else 0
    stop = len(raw.rstrip())
    if stop > start and raw[stop - 1] == "|" and raw[stop - 2 : stop] != "\\|":
        stop -= 1
    cells = []
    for match in [*_PIPE.finditer(raw, start, stop), None]:
        end = match.start() if match else stop
        cells.append(Cell(make_plain([(number, start, raw[start:end])])))
        start = match.end() if match else stop
    return cells


def _promote_second_header(grid: Grid) -> None:
    """A first body row without a number under a header with gaps is the header's second line."""
    if not grid.header or not grid.body:
        return
    first = grid.body[0]
    has_gaps = any(not cell.text for cell in grid.header[0][1:])
    words = sum(bool(cell.text) for cell in first)
    if (
        has_gaps
        and words >= 2
        and not any(re.search(r"(?<![\w@])\d+(?:\.\d+)?\s*%?$", c.text) for c in first[1:])
    ):
        grid.header.append(grid.body.pop(0))
    if len(grid.header) > 1:
        grid.header[0] = spread_right(grid.header[0])


def spread_right(row: list[Cell]) -> list[Cell]:
    """Markdown has no merged cells: an empty header cell belongs to the one left of it."""
    spread: list[Cell] = []
    for index, cell in enumerate(row):
        gap = not cell.text and index > 1
        spread.append(Cell(spread[-1].plain, spread=True) if gap else cell)
    return spread


def _pad(grid: Grid) -> Grid:
    width = grid.width
    for row in [*grid.header, *grid.body]:
        row.extend([EMPTY] * (width - len(row)))
    return grid


@dataclass
class _HtmlCell:
    """A cell of an HTML table: its pieces of text with their places, which of them a <br> or a link begins before."""

    is_header: bool
    wide: int
    tall: int
    pieces: list[tuple[int, int, str]] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)  # indexes of pieces right behind a <br>
    links: list[tuple[int, int, str]] = field(
        default_factory=list
    )  # first piece, one behind the last, address

    def plain(self, first: int) -> Plain:
        """The text, whose table begins at line `first` of the source."""
        plain, offsets = join_pieces((first + line - 1, column, text) for line, column, text in self.pieces)
        plain.breaks += [offsets[piece] for piece in self.breaks if piece < len(self.pieces)]
        for start, end, url in self.links:
            if start < end:
                last = offsets[end - 1] + len(self.pieces[end - 1][2])
                plain.links.append(Link(offsets[start], min(last, len(plain.text)), url))
        return plain


class _TableParser(HTMLParser):
    """Collects rows of cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[_HtmlCell]]] = []
        self._open = 0
        self._link: tuple[int, str] | None = None

    def _cell(self) -> _HtmlCell | None:
        inside = self._open and self.tables and self.tables[-1] and self.tables[-1][-1]
        return self.tables[-1][-1][-1] if inside else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "table":
            self._open += 1
            self.tables.append([])
        elif self._open and tag == "tr":
            self.tables[-1].append([])
        elif self._open and tag in ("td", "th"):
            if not self.tables[-1]:
                self.tables[-1].append([])
            cell = _HtmlCell(tag == "th", _span(values.get("colspan")), _span(values.get("rowspan")))
            self.tables[-1][-1].append(cell)
            self._link = None
        elif tag in ("br", "a") and (open_cell := self._cell()) is not None:
            if tag == "br":
                open_cell.breaks.append(len(open_cell.pieces))
            else:
                self._link = len(open_cell.pieces), values.get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        cell = self._cell()
        if tag == "table" and self._open:
            self._open -= 1
        elif tag == "a" and self._link is not None and cell is not None:
            start, url = self._link
            cell.links.append((start, len(cell.pieces), url))
            self._link = None

    def handle_data(self, data: str) -> None:
        cell = self._cell()
        if cell is None:
            return
        line, column = self.getpos()
        for offset, part in enumerate(data.split("\n")):
            if part.strip():
                cell.pieces.append((line + offset, column if offset == 0 else 0, part))


def _span(value: str | None) -> int:
    return min(int(value), 50) if value and value.isdigit() and int(value) > 0 else 1


def html_table(lines: Sequence[tuple[int, str]]) -> list[Grid]:
    """All tables of an HTML block, from its source lines."""
    parser = _TableParser()
    parser.feed("\n".join(raw for _, raw in lines))
    first = lines[0][0] if lines else 1
    grids = []
    for rows in parser.tables:
        grid = Grid()
        waiting: dict[int, tuple[int, Cell]] = {}  # column → rows still covered from above
        for row in rows:
            cells = _place(row, waiting, first)
            header = bool(row) and all(cell.is_header for cell in row) and not grid.body
            (grid.header if header else grid.body).append(cells)
        if not grid.header and grid.body:
            grid.header.append(grid.body.pop(0))
        if grid.body:
            grids.append(_pad(grid))
    return grids


def _place(row: list[_HtmlCell], waiting: dict[int, tuple[int, Cell]], first: int) -> list[Cell]:
    cells: list[Cell] = []

    def fill_from_above() -> None:
        while len(cells) in waiting:
            left, cell = waiting.pop(len(cells))
            cells.append(cell)
            if left > 1:
                waiting[len(cells) - 1] = (left - 1, cell)

    for one in row:
        fill_from_above()
        plain = one.plain(first)
        for copy in range(one.wide):
            cell = Cell(plain, spread=copy > 0)
            if one.tall > 1:
                waiting[len(cells)] = (one.tall - 1, Cell(plain, spread=True))
            cells.append(cell)
    fill_from_above()
    return cells
