"""Where in a document a claim stands, in words: "table 2, row 3, column 4 (HumanEval), line 40".

Rows and columns are counted from 1 as they stand in the source, the header being row 0, so that a person finds the
cell. JSON and YAML have paths, table files row and column, and prose its line below its heading.
"""

import csv
import io
import json
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property

import yaml

from modelassay.core.published import Claim
from modelassay.reading.claims.model_cards import compose, is_eval_results
from modelassay.reading.layout.blocks import Block, split_blocks
from modelassay.reading.layout.json_places import leaves, parse
from modelassay.reading.layout.tables import Grid, html_table, markdown_table

_Mark = tuple[int, int]  # line from 1, column from 0


class Locators:
    """The places of one document."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._source = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def of(self, claim: Claim) -> str:
        """Where a claim stands."""
        line, column = claim.line, (claim.column or 1) - 1
        if self._json is not None:
            starts, paths = self._json
            offset = self._offsets[line - 1] + column
            index = bisect_right(starts, offset) - 1
            return f"{paths[index]}, line {line}" if index >= 0 else f"line {line}"
        path = self._yaml_path(line, column)
        if path:
            return f"{path}, line {line}"
        cell = self._cells.get(line)
        if cell is not None:
            at = bisect_right(cell, column, key=lambda entry: entry[0]) - 1
            return f"{cell[max(0, at)][1]}, line {line}"
        if self._header is not None and line > 1:
            return self._cell_of_row(line, column)
        heading = self._heading(line)
        return f"line {line}" + (f", below {heading!r}" if heading else "")

    @cached_property
    def _offsets(self) -> list[int]:
        found, at = [], 0
        for raw in self._source:
            found.append(at)
            at += len(raw) + 1
        return found

    @cached_property
    def _json(self) -> tuple[list[int], list[str]] | None:
        """(Where each value or its key begins, its path) of a JSON document; of JSON lines, with the row before it."""
        text = "\n".join(self._source)
        if text.lstrip()[:1] not in ("{", "["):
            return None
        data = parse(text)
        if data is not None:
            found = list(leaves(text, data))
            return [leaf.key_start for leaf in found], [_path(leaf.path) for leaf in found]
        starts, paths = [], []
        for index, raw in enumerate(self._source):
            if raw.strip() and (row := parse(raw)) is not None:
                for leaf in leaves(raw, row):
                    starts.append(self._offsets[index] + leaf.key_start)
                    paths.append(f"row {index + 1}, {_path(leaf.path)}")
        return (starts, paths) if starts else None

    @cached_property
    def _blocks(self) -> list[Block]:
        return split_blocks(self._source)

    @cached_property
    def _yaml(self) -> list[tuple[_Mark, str]]:
        """(place, path) of every value of the front matter, or of a file of results."""
        if is_eval_results(self._source):
            return _yaml_places(compose(self._source), 0)
        front = self._blocks[0] if self._blocks and self._blocks[0].kind == "front-matter" else None
        return [] if front is None else _yaml_places(compose(self._source[1 : front.last - 1]), 1)

    def _yaml_path(self, line: int, column: int) -> str:
        """The path of the value on a line of YAML; "" elsewhere."""
        on_line = [path for (row, at), path in self._yaml if row == line and at >= column]
        values = [
            path for path in on_line if path.endswith(".value")
        ]  # {type: pass@1, value: 61.0} on one line
        return (values or on_line or [""])[0]

    @cached_property
    def _cells(self) -> dict[int, list[tuple[int, str]]]:
        """Line → (column from 0 at which a cell begins, what to call the cell), in order."""
        found: dict[int, list[tuple[int, str]]] = {}
        number = 0
        for block in self._blocks:
            if block.kind not in ("table", "html"):
                continue
            lines = [(n, self._source[n - 1]) for n in range(block.first, block.last + 1)]
            for grid in [markdown_table(lines)] if block.kind == "table" else html_table(lines):
                number += 1
                _add_cells(grid, number, found)
        for entries in found.values():
            entries.sort()
        return found

    @cached_property
    def _header(self) -> tuple[list[str], str] | None:
        """The header's cells and the delimiter of a table file."""
        first = self._source[0] if self._source else ""
        delimiter = max(",;\t", key=first.count)
        if (
            first.count(delimiter) < 2
            or self._json is not None
            or any(b.kind == "heading" for b in self._blocks)
        ):
            return None
        return next(csv.reader(io.StringIO(first), delimiter=delimiter), []), delimiter

    def _cell_of_row(self, line: int, column: int) -> str:
        header, delimiter = self._header or ([], ",")
        raw = self._source[line - 1]
        before = next(csv.reader(io.StringIO(raw[:column] + "x"), delimiter=delimiter), [])
        index = len(before)
        name = (
            f" ({header[index - 1].strip()})"
            if 0 < index <= len(header) and header[index - 1].strip()
            else ""
        )
        return f"row {line - 1}, column {index}{name}, line {line}"

    def _heading(self, line: int) -> str:
        above = [b for b in self._blocks if b.kind == "heading" and b.first <= line]
        return " ".join(above[-1].plain.text.split())[:60] if above else ""


def _path(keys: Sequence[str | int]) -> str:
    """ "$.results[0].value", with keys that are no plain words in brackets."""
    parts = [
        f"[{key}]"
        if isinstance(key, int)
        else f".{key}"
        if key.isidentifier()
        else f"[{json.dumps(key, ensure_ascii=False)}]"
        for key in keys
    ]
    return "$" + "".join(parts)


def _add_cells(grid: Grid, number: int, found: dict[int, list[tuple[int, str]]]) -> None:
    heads = [
        " ".join(dict.fromkeys(t for row in grid.header if index < len(row) and (t := row[index].text)))
        for index in range(grid.width)
    ]
    rows = [(0, row) for row in grid.header] + list(enumerate(grid.body, start=1))
    for row_number, row in rows:
        for index, cell in enumerate(row):
            if cell.spread or not cell.plain.pieces:
                continue
            title = f" ({' '.join(heads[index].split())[:60]})" if row_number and heads[index] else ""
            name = f"table {number}, row {row_number}, column {index + 1}{title}"
            for _, line, column in cell.plain.pieces:
                found.setdefault(line, []).append((column, name))


def _yaml_places(root: yaml.Node | None, first: int) -> list[tuple[_Mark, str]]:
    """Every scalar below a node with its path. `first`: lines of the document before the YAML's own."""
    found: list[tuple[_Mark, str]] = []

    def walk(node: yaml.Node | None, path: tuple[str | int, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                walk(value, (*path, str(key.value)))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                walk(value, (*path, index))
        elif isinstance(node, yaml.ScalarNode):
            mark = node.start_mark
            found.append(((mark.line + 1 + first, mark.column), _path(path)))

    walk(root, ())
    return found
