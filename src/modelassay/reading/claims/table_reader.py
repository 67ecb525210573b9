"""Claims out of a table: what its header says of each column, what its first cells say of each row.

Models may stand in rows or in columns. "65.2 (61.0)" under "HumanEval (+)" is the base score and the plus score.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from modelassay.core.published import Protocol
from modelassay.evidence.fact_files import parse_size
from modelassay.evidence.names import parse_name
from modelassay.evidence.vocabulary import Resolution
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.columns import (
    KIND_WORD,
    ROLES,
    Column,
    MakePassage,
    Role,
    listed_benchmarks,
    read_columns,
    split_sections,
)
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.numbers import Number
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.layout.tables import Cell, Grid

_MARK = re.compile(r"[/|;,]")
_VARIANT = re.compile(r"\s*(?:\+\s|w/|with\b|\(\+)", re.I)


def read_table(grid: Grid, scope: Scope, make_passage: MakePassage, draft: ClaimsDraft) -> None:
    """File the claims of one table, section by section when its header stands in it again."""
    for section in split_sections(grid, scope, make_passage):
        _read_section(section, scope, make_passage, draft)


def _read_section(grid: Grid, scope: Scope, make_passage: MakePassage, draft: ClaimsDraft) -> None:
    rows = [[make_passage(cell, scope) for cell in row] for row in grid.body]
    columns = [
        replace(column, notes=_notes([row[index] for row in grid.header], draft))
        for index, column in enumerate(read_columns(grid, scope, make_passage, rows, draft.vocabulary))
    ]
    above: Mention | None = None
    for row, passages in zip(grid.body, rows, strict=True):
        if passages and _VARIANT.match(passages[0].text):
            _skip_row(row, passages, draft)
            continue
        model, above = _row_model(row, columns, passages, above, draft)
        heads = [cell for cell, column in zip(row, columns, strict=True) if column.role != "score"]
        label = replace(_row_label(row, columns, passages), notes=_notes(heads, draft))
        for cell, column, passage in zip(row, columns, passages, strict=True):
            if cell.spread or not cell.text:
                continue
            owner = column.model or model or scope.model
            _read_cell(passage, _with_label(column, label, passage), owner, label, draft)
            _list_numbers(passage, draft)


def _notes(cells: Sequence[Cell], draft: ClaimsDraft) -> str:
    """The footnotes of cells that head a row or a column: they hold for all its numbers."""
    return " ".join(filter(None, (draft.footnotes(cell.plain.footnotes) for cell in cells)))


def _with_label(column: Column, label: Column, passage: Passage) -> Column:
    """A row that is about one thing lends its role to cells under a model, or under a header that says nothing."""
    lends = column.model is not None or (column.role == "other" and bool(passage.numbers))
    return replace(column, role=label.role) if lends and label.role != "other" else column


def _skip_row(row: list[Cell], passages: list[Passage], draft: ClaimsDraft) -> None:
    """ "+ Execution Feedback": the row above under another procedure, not a model of its own."""
    for cell, passage in zip(row, passages, strict=True):
        for number in passage.numbers if not cell.spread else ():
            draft.mark_read(passage, number)
            draft.skip(passage, [(number.start, number.end)], "a variant of the row above, not a model")


def _row_model(
    row: list[Cell], columns: list[Column], passages: list[Passage], above: Mention | None, draft: ClaimsDraft
) -> tuple[Mention | None, Mention | None]:
    """The model of a row, with a size or kind that stands in a column of its own; (model, the name to hand down)."""
    for index, (cell, column, passage) in enumerate(zip(row, columns, passages, strict=True)):
        if column.role not in ("model", "other") or (column.role == "other" and index > 1):
            continue
        names = [m for m in passage.mentions if not m.short]
        if names:
            mention = names[1] if len(names) > 1 and names[0].tuned else names[0]
            whole = _completed(mention, row, columns, draft)
            if cell.spread:
                return whole, above
            if whole.hub_id is not None or whole.resolution.how in ("unknown", "not-released"):
                draft.add(passage, [(mention.start, mention.end)], "existence", model=whole)
            return whole, mention
        if column.role == "model" and re.search(r"[A-Za-z]{2}", cell.text):
            for number in passage.numbers:
                draft.mark_read(passage, number)
            resolution = draft.vocabulary.resolve(cell.text)
            whole = _completed(
                Mention(0, max(1, len(passage.text)), cell.text, resolution), row, columns, draft
            )
            return whole, whole
    if above is not None and row and not row[0].text:
        return _completed(above, row, columns, draft), above
    return None, above


def _completed(mention: Mention, row: list[Cell], columns: list[Column], draft: ClaimsDraft) -> Mention:
    """Add the size and kind that stand in other columns to a name that lacks them.

    A size column is part of the name: "DeepSeek-Coder | 5.7B" is never the 1.3B that the document named elsewhere.
    """
    pairs = list(zip(row, columns, strict=True))
    size = next((c.text for c, col in pairs if col.role == "size" and c.text), "")
    kinds = [KIND_WORD.search(c.text) for c, col in pairs if col.role == "kind"]
    kind = next((found[1] for found in kinds if found), "")
    if re.fullmatch(r"[~≈]?\d+(?:\.\d+)?", size):
        size += "B"
    own_size = parse_name(mention.text).size
    if own_size is not None and mention.hub_id is not None and mention.resolution.how != "context":
        return mention
    if own_size is None and parse_size(size) is not None:
        # The kind comes first: where a bare name means the base, "7B | Instruct" is not the bare name.
        for text in (f"{mention.text} {size} {kind}" if kind else "", f"{mention.text} {size}"):
            resolution = draft.vocabulary.resolve(text)
            if resolution.hub_id is not None:
                return replace(mention, resolution=resolution)
        return mention if _has_size(mention, size, draft) else _unknown(mention, size)
    resolution = draft.vocabulary.resolve(f"{mention.text} {kind}") if kind else mention.resolution
    return replace(mention, resolution=resolution) if resolution.hub_id is not None else mention


def _has_size(mention: Mention, size: str, draft: ClaimsDraft) -> bool:
    """Is the resolved model of this size, by its name? A name without a size can't be held against it."""
    if mention.hub_id is None or mention.resolution.how == "context":
        return False
    nominal, written = draft.vocabulary.size(mention.hub_id), parse_size(size)
    return nominal is None or written is None or abs(nominal - written) <= 0.15 * nominal


def _unknown(mention: Mention, size: str) -> Mention:
    resolution = Resolution(written=f"{mention.text} {size}", hub_id=None, how="unknown")
    return replace(mention, text=f"{mention.text} {size}", resolution=resolution)


def _row_label(row: list[Cell], columns: list[Column], passages: list[Passage]) -> Column:
    """In a table with models in its columns, what the row is about: a benchmark, a size, a licence, …"""
    for cell, column, passage in zip(row, columns, passages, strict=True):
        if column.role in ("other", "model") and column.model is None and cell.text:
            names = [b.name for b in passage.benchmarks]
            if names:
                metric = passage.metrics[0].name if passage.metrics else ""
                return Column("score", cell.text, names[0], listed_benchmarks(passage), metric)
            role: Role = next((role for pattern, role in ROLES if pattern.search(cell.text)), "other")
            if role not in ("other", "model"):
                return Column(role, cell.text)
    return Column("other", "")


def _read_cell(
    passage: Passage,
    column: Column,
    owner: Mention | None,
    label: Column,
    draft: ClaimsDraft,
) -> None:
    text = passage.text.strip()
    if column.role == "score":
        _read_scores(passage, column, owner, label, draft)
    elif owner is None or owner.hub_id is None:
        return
    elif column.role == "size" and (size := _size_of(text, "B" in column.header)) is not None:
        for number in passage.numbers:
            draft.mark_read(passage, number)
        draft.add(passage, _trim(passage), "params", model=owner, written=text, value=size)
    elif column.role == "kind" and KIND_WORD.search(text):
        draft.add(passage, _trim(passage), "kind", model=owner, written=text)
    elif column.role == "licence" and re.search(r"[A-Za-z]{3}", text):
        draft.add(passage, _trim(passage), "licence", model=owner, written=text)
    elif column.role == "release" and re.search(r"\d{4}", text):
        for number in passage.numbers:
            draft.mark_read(passage, number)
        draft.add(passage, _trim(passage), "release", model=owner, written=text)
    elif column.role == "parent" and passage.mentions:
        parent = passage.mentions[0]
        draft.add(
            passage,
            _trim(passage),
            "lineage",
            model=owner,
            written=parent.text,
            other=parent.hub_id or parent.text,
        )


def _size_of(text: str, in_billions: bool) -> float | None:
    size = parse_size(text)
    if size is None and in_billions and re.fullmatch(r"[~≈]?\d+(?:\.\d+)?", text):
        size = parse_size(f"{text.lstrip('~≈')}B")
    return size


def _trim(passage: Passage) -> list[tuple[int, int]]:
    start = len(passage.text) - len(passage.text.lstrip())
    return [(start, max(start + 1, len(passage.text.rstrip())))]


def _read_scores(
    passage: Passage, column: Column, owner: Mention | None, label: Column, draft: ClaimsDraft
) -> None:
    benchmark = column.benchmark or label.benchmark or passage.scope.benchmark
    places = column.places or label.places
    shares = [n for n in passage.numbers if n.is_share and n.value <= 100]
    for index, number in enumerate(shares):
        place = _place(passage.text, number, index, len(places))
        if place >= max(1, len(places)) and not number.text.endswith("%"):
            continue
        name = places[place] if place < len(places) else benchmark
        if name is None:
            draft.mark_read(passage, number)
            draft.skip(
                passage,
                [(number.start, number.end)],
                "a score, but the table does not say on which benchmark",
            )
            continue
        if owner is None:
            draft.mark_read(passage, number)
            draft.skip(
                passage, [(number.start, number.end)], "a score, but the table does not say of which model"
            )
            continue
        words = replace(
            column,
            header=f"{column.header} {label.header}",
            metric=label.metric or column.metric,
            notes=f"{label.notes} {column.notes}",
        )
        _file(passage, words, owner, name, number, draft)


def _place(text: str, number: Number, index: int, places: int) -> int:
    """Which of a cell's places a number has: as many marks as places need ("– / 45.1") count, else its turn."""
    marks = [match.start() for match in _MARK.finditer(text)]
    return sum(mark < number.start for mark in marks) if len(marks) == places - 1 else index


def _file(
    passage: Passage, column: Column, owner: Mention, benchmark: str, number: Number, draft: ClaimsDraft
) -> None:
    # What stands nearest the number is read first: its footnote, then its cell, then the header, then above.
    nearest = f"{draft.footnote(passage, number)} {passage.text} {column.notes}"
    words = f"{nearest} {column.header} {passage.scope.words}"
    protocol = draft.terms.protocol(benchmark, words)
    if column.version is not None:
        protocol = _with_version(protocol, column.version)
    draft.add(
        passage, [(number.start, number.end)], "score", model=owner, number=number, protocol=protocol, metric=column.metric,
        value=number.share(), high=number.share_high(), attribution=passage.scope.attribution,
        negated=passage.scope.wrong or passage.is_wrong_at(number.start),
    )  # fmt: skip


def _with_version(protocol: Protocol, version: str) -> Protocol:
    return Protocol(
        benchmark=protocol.benchmark, version=version, shots=protocol.shots, samples_per_problem=protocol.samples_per_problem,
        temperature=protocol.temperature, prompt_style=protocol.prompt_style, harness=protocol.harness,
    )  # fmt: skip


def _list_numbers(passage: Passage, draft: ClaimsDraft) -> None:
    for number in passage.numbers:
        if not draft.is_read(passage, number):
            draft.skip(passage, [(number.start, number.end)], "a number in a column that names no benchmark")
