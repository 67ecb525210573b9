"""Rows of cells with places on a page as lines of Markdown: a table where numbers stand below each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_VALUE = re.compile(
    r"[~≈<>±]?\s*\d{1,3}(?:[.,]\d+)?\s*%?[*†‡§]*(?:\s*(?:±|\()\s*\d+(?:\.\d+)?\)?)?|[-–—]|N/?A", re.I
)
_NAMED = re.compile(r"[^\W\d_]{2}|[A-Za-z]\d|\d[BM]\b")
_CAPTION = re.compile(r"(?:Table|Tab\.|表)\s*[A-Z]?\.?\d+\s*[:.|：]")
_TITLE = re.compile(r"(\d+|\d+(?:\.\d+){1,3})\.?\s+[A-Z][\w-]*(?:[ :&/,-]+[\w+-]+){0,8}")
_NUMBER = re.compile(r"[-−–]?\d+(?:[.,]\d+)*[%kKMB]?")
_SCALE = 3  # rows of nothing but numbers
_NEAR = 5  # lines of a caption
_DIGIT = re.compile(r"\d")
_FAR = 3.0  # times the usual distance of rows: what is farther apart is another table
_HEAD_ROWS = 3  # lines of a table's head


@dataclass(frozen=True)
class Cell:
    """Words without a wide gap, in points from the page's left edge and over its bottom."""

    text: str
    left: float
    right: float
    base: float


Row = Sequence[Cell]
Rules = Sequence[tuple[float, float, float]]


def table_lines(rows: Sequence[Row], rules: Rules) -> list[str]:
    """The rows as lines: those of a table as a Markdown table, others as they stand; numbers of a plot are left out.

    rules: horizontal lines (height, left, right), which part the groups of a table.
    """
    lines: list[str] = []
    at = 0
    while at < len(rows):
        scale = next((i for i in range(at, len(rows)) if not _is_scale(rows[i])), len(rows))
        if scale - at >= _SCALE:  # the scale and the bars of a plot: numbers of nobody
            at = scale
            continue
        end = _table_end(rows, at)
        if end is None:
            lines.append(_text(rows[at]))
            at += 1
            continue
        body = at - 1 if at > 1 and _is_section(rows[at - 1]) and _head_start(rows, at - 1) < at - 1 else at
        head = rows[_head_start(rows, body) : body]
        del lines[len(lines) - len(head) - (at - body) :]
        caption = [] if any(_CAPTION.match(line) for line in lines[-_NEAR:]) else _caption(rows, end)
        lines += [*caption, "", *_table(head, rows[body:end], rules), ""]
        at = end + len(caption)
    return lines


def _is_data(row: Row) -> bool:
    """A row of a table: several cells, half of them values, one with a digit."""
    values = [cell for cell in row if _VALUE.fullmatch(cell.text)]
    return len(row) >= 2 and 2 * len(values) >= len(row) - 1 and any(_DIGIT.search(c.text) for c in values)


def _text(row: Row) -> str:
    """A line outside tables; a numbered title as a heading, so that what stands below it is read under it."""
    text = " ".join(cell.text for cell in row)
    title = _TITLE.fullmatch(text)
    return f"{'#' * min(6, 1 + title[1].count('.'))} {text}" if title else text


def _caption(rows: Sequence[Row], start: int) -> list[str]:
    """The caption that stands below a table, to be read before it: its lines, up to a wider gap."""
    if start >= len(rows) or not _CAPTION.match(" ".join(cell.text for cell in rows[start])):
        return []
    lines: list[str] = []
    apart = 0.0
    for row, before in zip(rows[start : start + _NEAR], [None, *rows[start:]], strict=False):
        gap = before[0].base - row[0].base if before else 0.0
        if apart and gap > 1.3 * apart:
            break
        apart = apart or gap
        lines.append(" ".join(cell.text for cell in row))
    return lines


def _is_scale(row: Row) -> bool:
    return all(_NUMBER.fullmatch(word) for cell in row for word in cell.text.split())


def _is_section(row: Row) -> bool:
    """ "Open-source models": words across a table that head the rows below."""
    return len(row) == 1 and _VALUE.fullmatch(row[0].text) is None and len(row[0].text.split()) <= 6


def _table_end(rows: Sequence[Row], start: int) -> int | None:
    """Where the table that begins with a row of data ends; `None` where none does.

    Rows of one cell between rows of data are its section heads or names.
    """
    if not _is_data(rows[start]):
        return None
    last, count = start, 1
    distance = 0.0
    for at in range(start + 1, len(rows)):
        gap = rows[at - 1][0].base - rows[at][0].base
        if distance and gap > _FAR * distance:
            break
        if _is_data(rows[at]):
            distance = distance or gap
            last, count = at, count + 1
        elif at - last > 2 or (len(rows[at]) == 1 and len(rows[at][0].text.split()) > 8):
            break
    named = sum(_NAMED.search(row[0].text) is not None for row in rows[start : last + 1])
    return (
        last + 1 if count >= 2 and 2 * named > last + 1 - start else None
    )  # the scale of a plot names nothing


def _head_start(rows: Sequence[Row], at: int) -> int:
    """The first line of the head above a row of data: lines of several cells, at most three."""
    first = at
    while first and at - first < _HEAD_ROWS:
        row = rows[first - 1]
        if len(row) < 2 or _is_data(row) or any(len(cell.text.split()) > 6 for cell in row):
            break
        first -= 1
    return first


def _table(head: Sequence[Row], body: Sequence[Row], rules: Rules) -> list[str]:
    columns = _columns([row for row in body if _is_data(row)])
    titles = [""] * len(columns)
    for row in head:
        for cell in row:
            for place in _spanned(cell, columns):
                titles[place] = f"{titles[place]} {cell.text}".strip()
    grid = [_placed(row, columns) for row in body]
    _fill_names(grid, [row[0].base for row in body], rules)
    return [_line(titles), _line(["---"] * len(columns)), *map(_line, grid)]


def _columns(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """The columns of a table: stretches of the page's width that cells of the widest rows share."""
    most = max(len(row) for row in rows)
    found: list[tuple[float, float]] = []
    for cell in sorted((c for row in rows if len(row) >= most - 1 for c in row), key=lambda c: c.left):
        if found and cell.left < found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], cell.right)
        else:
            found.append((cell.left, cell.right))
    return found


def _spanned(cell: Cell, columns: Sequence[tuple[float, float]]) -> list[int]:
    """The columns that a cell of the head stands over; the nearest where it is over none."""
    over = [i for i, (left, right) in enumerate(columns) if cell.left < right and cell.right > left]
    middle = (cell.left + cell.right) / 2
    return over or [min(range(len(columns)), key=lambda i: abs(sum(columns[i]) / 2 - middle))]


def _placed(row: Row, columns: Sequence[tuple[float, float]]) -> list[str]:
    cells = [""] * len(columns)
    if _is_section(row):
        cells[0] = row[0].text
        return cells
    for cell in row:
        place = _spanned(cell, columns)[0]
        cells[place] = f"{cells[place]} {cell.text}".strip()
    return cells


def _fill_names(grid: list[list[str]], heights: Sequence[float], rules: Rules) -> None:
    """A name set in the middle of its rows is that of all of them: of those between two rules, if it is the only one."""
    marks = sorted({round(height) for height, _, _ in rules}, reverse=True)
    groups: dict[int, list[int]] = {}
    for index, height in enumerate(heights):
        groups.setdefault(sum(mark > height for mark in marks), []).append(index)
    for rows in groups.values():
        # a section's head above its rows is no name of theirs
        heads = len(rows) > 1 and grid[rows[0]][0] and not any(grid[rows[0]][1:])
        group = rows[1:] if heads and any(not grid[i][0] for i in rows) else rows
        named = [i for i in group if grid[i][0]]
        nameless = [i for i in group if not grid[i][0] and any(grid[i])]
        if not nameless:
            continue
        if len(named) == 1:
            for i in nameless:
                grid[i][0] = grid[named[0]][0]
            if not any(grid[named[0]][1:]):
                grid[named[0]] = []
        else:
            for i in nameless:  # whose they are the page does not say
                grid[i][0] = "?"
    grid[:] = [row for row in grid if row]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
