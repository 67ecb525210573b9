"""What a table's columns are: a role, and what the header says of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.layout.tables import Cell

MakePassage = Callable[[Cell, Scope], Passage]
Role = Literal[
    "score", "count", "foreign", "size", "kind", "licence", "release", "model", "parent", "source", "other"
]


@dataclass(frozen=True)
class Column:
    """What a header says of a column, or a label of a row.

    places: benchmarks of a cell with several numbers, "65.2 / 61.0", in their order; "" is none that is kept. notes: what the footnotes of its
    header say. problems: of how many a row's score is.
    """

    role: Role
    header: str
    benchmark: str | None = None
    places: tuple[str, ...] = ()
    metric: str = ""
    version: str | None = None
    model: Mention | None = None
    notes: str = ""
    problems: int | None = None


@dataclass(frozen=True)
class Layout:
    """A table's columns, and which of them names the models and which says what a row is about."""

    columns: list[Column]
    names: int | None
    labels: int | None
