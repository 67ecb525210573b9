"""Claims out of a table: what its header says of each column, what its first cells say of each row.

Models may stand in rows or in columns. A row that says one thing only ("Base models", "CodeLlama", "HumanEval") heads
those below it: a kind, a family whose sizes follow, a benchmark.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from modelassay.evidence.fact_files import parse_size
from modelassay.evidence.names import parse_name
from modelassay.evidence.vocabulary import Resolution
from modelassay.reading.claims import table_names
from modelassay.reading.claims.cell_scores import Place, read_cell, set_scales
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.column_roles import Column, Layout, MakePassage, Role
from modelassay.reading.claims.columns import (
    ROLES,
    has_own_number,
    is_foreign_label,
    is_of_settings,
    listed_benchmarks,
    listed_by_line,
    read_layout,
    split_sections,
)
from modelassay.reading.claims.table_names import KIND_WORD, Kind
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.language.terms import LANGUAGES
from modelassay.reading.layout.tables import Cell, Grid

# Columns that name models which are not the row's.
_OF_ANOTHER = re.compile(
    r"archit|teacher|judge|critic|generator|backend|engine|framework|optimi[sz]er|tokeni[sz]er|draft|compar|\bvs\b|rival|reference|source|架构",
    re.I,
)
_SUBSET = re.compile(r"^(?:humaneval|mbpp)-(?=[a-z]+$)")  # "humaneval-cpp"
_NUMBERED = re.compile(r"[A-Za-z]-\d+(?:\.\d+)?$")
_SETTING_ROW = re.compile(r"\W*(?:#?\s?(?:n-)?shots?|metrics?|settings?)\W*", re.I)
_VARIANT = re.compile(r"\s*(?:\+\s|w/|with\b|\(\+)", re.I)


@dataclass
class _Above:
    """What stands above a row: the name that rows without one go on with, and what section rows said."""

    name: Mention | None = None
    family: Mention | None = None
    kind: Kind | None = None
    benchmark: str | None = None
    label: Column | None = None


def read_table(grid: Grid, scope: Scope, make_passage: MakePassage, draft: ClaimsDraft) -> None:
    """File the claims of one table, section by section when its header stands in it again."""
    for section in split_sections(grid, scope, make_passage):
        _read_section(section, scope, make_passage, draft)


def _read_section(grid: Grid, scope: Scope, make_passage: MakePassage, draft: ClaimsDraft) -> None:
    rows = [[make_passage(cell, scope) for cell in row] for row in grid.body]
    layout = read_layout(grid, scope, make_passage, rows, draft.vocabulary, draft.terms)
    columns = [
        replace(column, notes=_notes([row[index] for row in grid.header], draft))
        for index, column in enumerate(layout.columns)
    ]
    layout = replace(layout, columns=columns)
    set_scales(rows, columns)
    above = _Above(kind=scope.kind)
    for row, passages in zip(grid.body, rows, strict=True):
        variant = (
            passages and _VARIANT.match(passages[0].text) and not is_of_settings(layout.columns[0].header)
        )
        if layout.names is not None and _SETTING_ROW.fullmatch(row[layout.names].text):
            _mark_row(passages, draft)  # "Shots | 25 | 3 | 0" below the header
        elif variant and (layout.names != 0 or above.name is None):
            _skip_row(row, passages, draft)
        elif not _heads(row, passages, layout, above, draft):
            _read_row(row, passages, layout, above, scope, draft)


def _mark_row(passages: list[Passage], draft: ClaimsDraft) -> None:
    for passage in passages:
        _mark_all(passage, draft)


def _heads(
    row: list[Cell], passages: list[Passage], layout: Layout, above: _Above, draft: ClaimsDraft
) -> bool:
    """A row with one thing in it, and no number: what it says holds for those below."""
    told = [(cell, p) for cell, p in zip(row, passages, strict=True) if cell.text and not cell.spread]
    if len(told) != 1 or any(n.is_share for n in told[0][1].numbers):
        return False
    cell, passage = told[0]
    if len(row) < 3 and table_names.kind_heard(cell.text) is None:
        return False  # a name whose only number is missing
    above.name, above.family, above.label = None, None, None
    above.kind = table_names.kind_heard(cell.text)
    kept = [b for b in passage.benchmarks if b.kept]
    above.benchmark = kept[0].name if len(kept) == 1 and layout.labels is None else None
    named = table_names.name_in(passage, draft.vocabulary) if above.kind is None and not kept else None
    if named is not None and layout.names is not None and parse_name(named.text).size is None:
        above.family = named
    return True


def _read_row(
    row: list[Cell], passages: list[Passage], layout: Layout, above: _Above, scope: Scope, draft: ClaimsDraft
) -> None:
    columns = layout.columns
    model = _row_model(row, layout, passages, above, scope, draft)
    heads = [cell for cell, column in zip(row, columns, strict=True) if column.role != "score"]
    label = replace(_row_label(row, layout, passages, above, scope), notes=_notes(heads, draft))
    if label.benchmark is None and label.role == "other" and above.benchmark is not None:
        label = replace(label, benchmark=above.benchmark)
    label = _of_problems(_of_language(label, row, columns), row, columns)
    sources = [c for c, column in zip(row, columns, strict=True) if column.role == "source" and not c.spread]
    source = " ".join(link.url for cell in sources for link in cell.plain.links if "://" in link.url)
    has_share = any(
        column.role == "score" and any(n.is_share for n in passage.numbers)
        for column, passage in zip(columns, passages, strict=True)
    )
    of_scope = scope.model and table_names.of_kind(scope.model, above.kind, draft.vocabulary)
    for index, (cell, column, passage) in enumerate(zip(row, columns, passages, strict=True)):
        if cell.spread or not cell.text:
            continue
        if index in (layout.names, layout.labels):
            if index == layout.names or not passage.mentions:
                _mark_all(passage, draft)
            continue
        own = column
        if column.role == "other" and passages[0].metrics and table_names.is_quantization(column.header):
            own = replace(column, role="score", benchmark=scope.benchmark, metric=passages[0].metrics[0].name)
        elif column.role == "count" and not has_share:
            own = replace(column, role="score", benchmark=column.benchmark or scope.benchmark)
        owner = column.model or model or of_scope
        place = Place(_with_label(own, label, passage), owner, label, layout, source)
        read_cell(passage, place, draft)


def _of_language(label: Column, row: list[Cell], columns: Sequence[Column]) -> Column:
    """ "HumanEval | Bash" is MultiPL-E's Bash: a row may name the language of its benchmark in a cell of its own."""
    if label.benchmark not in ("humaneval", "multipl-e") or label.version is not None:
        return label
    words = [
        _SUBSET.sub("", re.sub(r"\([^()]*\)", "", cell.text).strip().lower())
        for cell, column in zip(row, columns, strict=True)
        if column.role == "other" or (column.role == "score" and column.benchmark is None)
    ]
    language = next((LANGUAGES[word] for word in words if word in LANGUAGES), None)
    if language is None or (label.benchmark == "humaneval" and language == "python"):
        return label
    return replace(label, benchmark="multipl-e", version=language)


def _of_problems(label: Column, row: list[Cell], columns: Sequence[Column]) -> Column:
    """ "Num | 10" in what a harness printed: it ran so many of the benchmark's problems."""
    told = [c.text for c, column in zip(row, columns, strict=True) if column.header == "Num"]
    if label.benchmark is None or len(told) != 1 or re.fullmatch(r"\d{1,4}", told[0]) is None:
        return label
    return replace(label, problems=int(told[0]))


def _mark_all(passage: Passage, draft: ClaimsDraft) -> None:
    for number in passage.numbers:
        draft.mark_read(passage, number)


def _notes(cells: Sequence[Cell], draft: ClaimsDraft) -> str:
    """The footnotes of cells that head a row or a column: they hold for all its numbers."""
    return " ".join(filter(None, (draft.footnotes(cell.plain.footnotes) for cell in cells)))


def _with_label(column: Column, label: Column, passage: Passage) -> Column:
    """A row that is about one thing lends its role to cells under a model, or under a header that says nothing."""
    if label.role == "foreign" and column.role in ("score", "other"):
        return replace(column, role="foreign")
    lends = column.model is not None or (
        column.role == "other" and bool(passage.numbers) and not column.header
    )
    lends = lends or (
        column.role == "score" and column.benchmark is None and label.role not in ("other", "score")
    )
    return replace(column, role=label.role) if lends and label.role != "other" else column


def _skip_row(row: list[Cell], passages: list[Passage], draft: ClaimsDraft) -> None:
    """ "+ Execution Feedback": the row above under another procedure, not a model of its own."""
    for cell, passage in zip(row, passages, strict=True):
        for number in passage.numbers if not cell.spread else ():
            draft.mark_read(passage, number)
            draft.skip(passage, [(number.start, number.end)], "a variant of the row above, not a model")


def _row_model(
    row: list[Cell], layout: Layout, passages: list[Passage], above: _Above, scope: Scope, draft: ClaimsDraft
) -> Mention | None:
    """The model of a row, with a size or kind that stands in a column of its own."""
    if layout.names is None:
        return _by_cell(row, passages, layout, scope, draft) or _by_size(row, layout, scope, above, draft)
    cell, passage = row[layout.names], passages[layout.names]
    if above.name is not None and _VARIANT.match(cell.text):
        return _unknown(above.name, table_names.clean(cell.text).removeprefix("+").strip(), " + ")
    if not cell.text:
        base = above.name or above.family
        return _completed(base, row, layout.columns, above.kind, draft) if base is not None else None
    if table_names.is_size_only(cell.text) or KIND_WORD.fullmatch(table_names.clean(cell.text)):
        base = above.family or above.name or scope.model
        if base is not None:
            return table_names.joined(base, table_names.clean(cell.text), draft.vocabulary, above.kind)
    if scope.model is not None and table_names.is_quantization(cell.text):
        return replace(scope.model, text=f"{scope.model.text} {table_names.clean(cell.text)}")
    known = any(not m.short for m in passage.mentions)
    if not known and scope.model is not None and not table_names.is_like_a_name(cell.text):
        return table_names.of_kind(scope.model, above.kind, draft.vocabulary)
    mention = table_names.name_in(passage, draft.vocabulary, above.kind, guess=True)
    if mention is None:
        return None
    whole = _completed(mention, row, layout.columns, above.kind, draft)
    shaped = known or table_names.is_like_a_name(cell.text)
    if (
        shaped
        and not cell.spread
        and (whole.hub_id is not None or whole.resolution.how in ("unknown", "not-released"))
    ):
        draft.add(passage, [(mention.start, mention.end)], "existence", model=whole)
    if not cell.spread or above.name is None:
        above.name = mention
    return whole


def _by_cell(
    row: list[Cell], passages: list[Passage], layout: Layout, scope: Scope, draft: ClaimsDraft
) -> Mention | None:
    """The one model that a whole cell of the row names, where no column is the models'; under a model's heading only
    one whose name goes on from that model's."""
    if any(column.model is not None for column in layout.columns):
        return None
    found = []
    for index, (cell, column, passage) in enumerate(zip(row, layout.columns, passages, strict=True)):
        full = [m for m in passage.mentions if not m.short]
        if column.role not in ("other", "foreign") or index == layout.labels or cell.spread:
            continue
        if len(full) != 1 or _OF_ANOTHER.search(column.header):
            continue
        named = table_names.name_in(passage, draft.vocabulary)
        if named is not None and table_names.clean(named.text) == table_names.clean(cell.text):
            found.append(named)
    if len(found) != 1:
        return None
    family = "" if scope.model is None else scope.model.text.lower()
    return found[0] if found[0].text.lower().startswith(family) else None


def _by_size(
    row: list[Cell], layout: Layout, scope: Scope, above: _Above, draft: ClaimsDraft
) -> Mention | None:
    """A row that says only a size is of that size of the family above."""
    family = scope.model
    sizes = [
        c.text for c, column in zip(row, layout.columns, strict=True) if column.role == "size" and c.text
    ]
    if family is None or not sizes or parse_name(family.text).size is not None:
        return None
    return table_names.joined(family, table_names.clean(sizes[0]), draft.vocabulary, above.kind)


def _completed(
    mention: Mention, row: list[Cell], columns: Sequence[Column], heard: Kind | None, draft: ClaimsDraft
) -> Mention:
    """Add the size and kind that stand in other columns to a name that lacks them.

    A size column is part of the name: "DeepSeek-Coder | 5.7B" is never the 1.3B that the document named elsewhere.
    """
    pairs = list(zip(row, columns, strict=True))
    size = next((table_names.clean(c.text) for c, col in pairs if col.role == "size" and c.text), "")
    kinds = [KIND_WORD.search(c.text) for c, col in pairs if col.role == "kind"]
    kind = next((found[1] for found in kinds if found), "")
    if re.fullmatch(r"[~≈]?\d+(?:\.\d+)?", size):
        size += "B"
    own_size = parse_name(mention.text).size
    if mention.resolution.how == "unknown" and _NUMBERED.search(mention.text):
        return mention  # "Grok-1" is whole: a size beside it is a fact about it
    if own_size is not None and mention.hub_id is not None and mention.resolution.how != "context":
        return mention
    if own_size is None and parse_size(size) is not None:
        # The kind comes first: where a bare name means the base, "7B | Instruct" is not the bare name.
        for text in (f"{mention.text} {size} {kind}" if kind else "", f"{mention.text} {size}"):
            whole = (
                table_names.joined(mention, text[len(mention.text) :], draft.vocabulary, heard)
                if text
                else None
            )
            if whole is not None and whole.hub_id is not None:
                return whole
        return mention if _has_size(mention, size, draft) else _unknown(mention, size)
    resolution = draft.vocabulary.resolve(f"{mention.text} {kind}") if kind else mention.resolution
    return replace(mention, resolution=resolution) if resolution.hub_id is not None else mention


def _has_size(mention: Mention, size: str, draft: ClaimsDraft) -> bool:
    """Is the resolved model of this size, by its name? A name without a size can't be held against it."""
    if mention.hub_id is None or mention.resolution.how == "context":
        return False
    nominal, written = draft.vocabulary.size(mention.hub_id), parse_size(size)
    return nominal is None or written is None or abs(nominal - written) <= 0.15 * nominal


def _unknown(mention: Mention, more: str, joint: str = " ") -> Mention:
    """A name with more words to it, which nobody knows: a size, or a procedure ("+ Execution Feedback")."""
    text = f"{mention.text}{joint}{more}"
    return replace(mention, text=text, resolution=Resolution(written=text, hub_id=None, how="unknown"))


def _row_label(
    row: list[Cell], layout: Layout, passages: list[Passage], above: _Above, scope: Scope
) -> Column:
    """What a row is about: a benchmark, a size, a licence, something that is no score; or nothing of the kind."""
    places = [layout.labels] if layout.labels is not None else range(min(2, len(row)))
    for index in places:
        column, cell, passage = layout.columns[index], row[index], passages[index]
        if index == layout.names or column.role not in ("other", "model", "kind") or column.model is not None:
            continue
        told = layout.names is not None or layout.labels is None
        if told and table_names.is_configuration(column.header):
            continue
        if not cell.text:
            if above.label is not None and layout.labels is not None:
                return above.label
            continue
        label = _label_of(cell, passage, layout, scope)
        if label.role not in ("other", "model"):
            above.label = label
            return label
    return Column("other", "")


def _label_of(cell: Cell, passage: Passage, layout: Layout, scope: Scope) -> Column:
    if cell.text.strip() == "mbpp_plus" and "lm-evaluation-harness" in scope.words:
        return Column("score", "378 problems", "mbpp")  # that task of the harness runs MBPP's three asserts
    terms = [b for b in passage.benchmarks if not has_own_number(passage, b)]
    if terms:
        if not any(term.kept for term in terms):
            return Column("foreign", cell.text)
        metric = passage.metrics[0].name if passage.metrics else ""
        kept = next(term for term in terms if term.kept)
        places = listed_by_line(passage) or listed_benchmarks(passage)
        return Column("score", cell.text, kept.name, places, metric, kept.version)
    if re.fullmatch(r"\W*EvalPlus\W*", cell.text, re.I):
        return Column("score", cell.text, "evalplus-average")
    if scope.benchmark == "multipl-e" and cell.text.lower() in LANGUAGES:
        return Column("score", cell.text, "multipl-e", version=LANGUAGES[cell.text.lower()])
    role: Role = next((role for pattern, role in ROLES if pattern.search(cell.text)), "other")
    if role not in ("other", "model"):
        return Column(role, cell.text)
    # among rows that name benchmarks one that does not is about something else
    others = layout.labels is not None and layout.names is None
    counted = re.match(r"\W*\d+\s*\(", cell.text) is not None  # "25 (1T tokens)": which step of something
    return Column(
        "foreign" if (is_foreign_label(cell.text) and not counted) or others else "other", cell.text
    )
