"""What a table's header says of its columns: a benchmark, a metric, a language, a size, a kind, a licence, a date."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from modelassay.evidence.names import parse_name
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.layout.tables import Cell, Grid, spread_right

MakePassage = Callable[[Cell, Scope], Passage]
Role = Literal["score", "size", "kind", "licence", "release", "model", "parent", "source", "other"]

_PLUS = re.compile(r"^\W*(?:\+|plus|ep|evalplus|extra|hard\+)\W*$|\(\s*\+\s*\)|\+\s*$", re.I)
_BASE_PLUS = re.compile(
    r"\(\s*(?:\+|plus)\s*\)|\bbase\s*/\s*plus\b|/\s*\+|\(\s*HumanEval\+|\(\s*MBPP\+", re.I
)
_SIZE = re.compile(r"^\W*(?:#?\s?param(?:eter)?s?(?: count)?|(?:model )?size|#\s?p)\b", re.I)
_KIND = re.compile(r"^\W*(?:type|kind|variant|stage)\W*$", re.I)
_LICENCE = re.compile(r"^\W*licen[cs]e", re.I)
_RELEASE = re.compile(r"^\W*(?:release(?:d| date)?|date|published)\b", re.I)
_PARENT = re.compile(r"^\W*(?:base model|parent|tuned from|based on|initiali[sz]ed from)\b", re.I)
_SOURCE = re.compile(r"^\W*(?:source|reference|evidence|from|where)\b", re.I)
_MODEL = re.compile(r"^\W*(?:models?|name|checkpoint|system|llm)\b", re.I)
_SCORE = re.compile(
    r"^\W*(?:scores?|results?|accuracy|values?|pass rate|greedy|ours|%|performance)\b|^\W*%\W*$", re.I
)
_LANGUAGES = {
    "python": "python", "c++": "c++", "cpp": "c++", "java": "java", "php": "php", "typescript": "typescript", "ts": "typescript",
    "c#": "c#", "cs": "c#", "bash": "bash", "javascript": "javascript", "js": "javascript", "go": "go", "rust": "rust", "ruby": "ruby",
    "avg": "average", "avg.": "average", "average": "average", "mean": "average",
}  # fmt: skip
ROLES: tuple[tuple[re.Pattern[str], Role], ...] = (
    (_SIZE, "size"), (_PARENT, "parent"), (_KIND, "kind"), (_LICENCE, "licence"), (_RELEASE, "release"),
    (_SOURCE, "source"), (_MODEL, "model"),
)  # fmt: skip
KIND_WORD = re.compile(r"\b(base|instruct|chat|pre-?trained)\b", re.I)
_JOINT = re.compile(r"\s*(?:pass\s?@\s?1)?\s*(?:[/|,;&]|\band\b)\s*", re.I)
_SIZE_CELL = re.compile(r"[~≈]?\d+(?:\.\d+)?\s?[BM]")


@dataclass(frozen=True)
class Column:
    """What a header says of a column."""

    role: Role
    header: str
    benchmark: str | None = None
    places: tuple[str, ...] = ()  # benchmarks of a cell with several numbers, "65.2 / 61.0", in their order
    metric: str = ""
    version: str | None = None
    model: Mention | None = None
    notes: str = ""  # what the footnotes of its header say


def split_sections(grid: Grid, scope: Scope, make_passage: MakePassage) -> list[Grid]:
    """A table as one grid for each header in it: a header may stand again half way down, with other columns."""
    sections = [Grid([*grid.header])]
    for row in grid.body:
        section = sections[-1]
        if not _is_header(row, grid, scope, make_passage):
            section.body.append(row)
        elif section.body:
            sections.append(Grid([row]))
        else:  # a header of several lines: the cells of the first span those below
            section.header[0] = spread_right(section.header[0])
            section.header.append(row)
    return [section for section in sections if section.body]


def _is_header(row: Sequence[Cell], grid: Grid, scope: Scope, make_passage: MakePassage) -> bool:
    """A body row that begins as the header does, has no figure, and names what the header's cells name."""
    first = grid.header[0] if grid.header else []
    if not row or not first or row[0].text != first[0].text:
        return False
    cells = [make_passage(cell, scope) for cell in row[1:] if cell.text]
    if not cells or any(number.is_share for cell in cells for number in cell.numbers):
        return False
    if len(cells) > 1 and _mostly(cells, lambda cell: bool(cell.benchmarks)):
        return True
    heads = [make_passage(cell, scope) for line in grid.header for cell in line[1:] if cell.text]
    return any(map(_names_a_model, heads)) and all(cell.mentions for cell in cells)


def read_columns(
    grid: Grid,
    scope: Scope,
    make_passage: MakePassage,
    rows: Sequence[Sequence[Passage]],
    vocabulary: Vocabulary,
) -> list[Column]:
    """The roles of all columns, from the header, and where that is silent from what stands below it."""
    columns = [_column(grid, index, scope, make_passage, vocabulary) for index in range(grid.width)]
    columns = _as_languages(columns, scope)
    for index, column in enumerate(columns):
        cells = [row[index] for row in rows if row[index].text.strip()]
        if (
            column.role == "other"
            and index <= 1
            and sum(map(_names_a_model, cells)) >= max(2, 0.3 * len(cells))
        ):
            columns[index] = replace(column, role="model")
        elif column.role == "other" and _mostly(cells, _is_size):
            columns[index] = replace(column, role="size")
    return columns


def _mostly(cells: Sequence[Passage], test: Callable[[Passage], bool]) -> bool:
    return bool(cells) and sum(map(test, cells)) >= 0.5 * len(cells)


def _names_a_model(cell: Passage) -> bool:
    return any(not m.short for m in cell.mentions)


def _is_size(cell: Passage) -> bool:
    return _SIZE_CELL.fullmatch(cell.text.strip()) is not None


def _whole_name(mention: Mention, header: str, vocabulary: Vocabulary) -> Mention:
    """A family in one header cell and the size and kind in the cell below it are one name: "Yi-Coder", "1.5B-Chat".

    Only what the cells say together counts: the document may have named another size in full.
    """
    if parse_name(mention.text).size is not None or parse_name(header).size is None:
        return mention
    resolution = vocabulary.resolve(header)
    if resolution.hub_id is None and mention.hub_id is not None and mention.resolution.how != "context":
        return mention  # a whole name already: the size below it is one fact more
    return Mention(mention.start, mention.end, header, resolution)


def _column(
    grid: Grid, index: int, scope: Scope, make_passage: MakePassage, vocabulary: Vocabulary
) -> Column:
    cells = [row[index] for row in grid.header if row[index].text]
    header = " ".join(dict.fromkeys(cell.text for cell in cells))
    passages = [make_passage(cell, scope) for cell in cells]
    mentions = [
        m
        for p in passages
        for m in p.mentions
        if not m.short
        and (m.hub_id or m.resolution.alternatives or m.resolution.how in ("unknown", "not-released"))
    ]
    names = [b.name for p in passages for b in p.benchmarks]
    metrics = [m.name for p in passages for m in p.metrics]
    benchmark = names[-1] if names else None
    places = next((listed for p in reversed(passages) if (listed := listed_benchmarks(p))), ())
    if cells and benchmark in ("humaneval", "mbpp") and len(cells) > 1 and _PLUS.search(cells[-1].text):
        benchmark = f"{benchmark}+"
    stem = benchmark.rstrip("+") if benchmark else ""
    if stem in ("humaneval", "mbpp") and _BASE_PLUS.search(header):
        benchmark, places = stem, (stem, f"{stem}+")
    metric = metrics[-1] if metrics else scope.metric
    role: Role = next((role for pattern, role in ROLES if pattern.search(header)), "other")
    if benchmark is not None or metrics or (role == "other" and scope.benchmark and _SCORE.search(header)):
        role = "score"
    if mentions and benchmark is None:
        model = _whole_name(mentions[0], header, vocabulary) if len(cells) > 1 else mentions[0]
        return Column("score", header, metric=metric, model=model)
    return Column(role, header, benchmark or (scope.benchmark if role == "score" else None), places, metric)


def listed_benchmarks(passage: Passage) -> tuple[str, ...]:
    """The benchmarks of a header that lists several for one cell: "HumanEval / HumanEval+"; else nothing."""
    terms = passage.benchmarks
    joined = all(_JOINT.fullmatch(passage.text[one.end : two.start]) for one, two in pairwise(terms))
    names = tuple(term.name for term in terms)
    return names if len(set(names)) == len(names) > 1 and joined else ()


def _as_languages(columns: list[Column], scope: Scope) -> list[Column]:
    """Columns named by programming languages belong to the multilingual benchmark of the table."""
    found = [c for c in columns if c.header.lower().strip() in _LANGUAGES]
    if len(found) < 2 and not (found and scope.benchmark == "multipl-e"):
        return columns
    if scope.benchmark not in ("multipl-e", "humaneval", None):
        return columns
    result = []
    for column in columns:
        language = _LANGUAGES.get(column.header.lower().strip())
        if language is None or column.role not in ("other", "score"):
            result.append(column)
            continue
        own = scope.benchmark == "humaneval" and language == "python"
        result.append(
            replace(
                column,
                role="score",
                benchmark="humaneval" if own else "multipl-e",
                version=None if own else language,
            )
        )
    return result
