"""The scores of one cell, once it is known whose row it is and what its column and row are about.

"65.2 (61.0)" under "HumanEval (+)" is the base score and the plus score. A benchmark or a model that the cell itself
names beats what its column says. 0.335 in a column of fractions is a fraction, in a column of percentages a third of one.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from msgspec.structs import replace as with_fields

from modelassay.evidence.fact_files import parse_size
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.column_roles import Column, Layout
from modelassay.reading.claims.prose_scores import measured_by, read_scores
from modelassay.reading.claims.table_names import KIND_WORD, clean, is_quantization
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.numbers import Number
from modelassay.reading.language.passages import Passage

_MARK = re.compile(r"[/|;,]")
_EXACT = 3  # decimals: "0.798" is no percentage
_Figure = tuple[Passage, Number]
_OUT_OF = re.compile(r"\s?/\s?(164|161|974|500|427|399|378)\b(?!\.\d)")


@dataclass(frozen=True)
class Place:
    """Where a cell stands: what its column and row say, and whose it is. source: the links of the row's source cell."""

    column: Column
    owner: Mention | None
    label: Column
    layout: Layout
    source: str = ""

    @property
    def benchmark(self) -> str | None:
        """What column and row say together; between the two, the column."""
        return self.column.benchmark or self.label.benchmark


def set_scales(rows: Sequence[Sequence[Passage]], columns: Sequence[Column]) -> None:
    """Numbers up to 1 are fractions where all of a column are; without benchmarks in columns where all of the table
    are, or all of a row that shows it ("0.798 | 78.9%" beside rows of percentages)."""
    groups: dict[int, list[_Figure]] = defaultdict(list)
    by_column = sum(c.benchmark is not None for c in columns) > 0
    for at, row in enumerate(rows):
        for index, (column, passage) in enumerate(zip(columns, row, strict=True)):
            if column.role != "score":
                continue
            for number in passage.numbers:
                if number.is_share and number.kind in ("plain", "fraction"):
                    groups[index if by_column else at].append((passage, number))
    if by_column or _are_fractions([figure for group in groups.values() for figure in group]):
        for group in groups.values():
            _scale(group, by_column is False or _are_fractions(group))
        return
    for at, group in groups.items():
        percent = any(n.kind == "percent" and n.value > 1 for passage in rows[at] for n in passage.numbers)
        exact = any(len(number.text.partition(".")[2]) >= _EXACT for _, number in group)
        _scale(group, _are_fractions(group) and (percent or exact))


def _are_fractions(group: Sequence[_Figure]) -> bool:
    return all(n.value <= 1 for _, n in group) and any(n.kind == "fraction" for _, n in group)


def _scale(group: Sequence[_Figure], fractions: bool) -> None:
    for passage, number in group:
        wanted: Literal["fraction", "plain"] = "fraction" if fractions else "plain"
        if number.kind != wanted:
            at = passage.numbers.index(number)
            passage.numbers = [*passage.numbers]
            passage.numbers[at] = replace(number, kind=wanted)


def read_cell(passage: Passage, place: Place, draft: ClaimsDraft) -> None:
    """File what a cell claims, and list its other numbers."""
    role = place.column.role
    if role not in ("foreign", "count") and _reads_as_prose(passage, place):
        scope = replace(
            passage.scope, model=place.owner, benchmark=place.benchmark or passage.scope.benchmark
        )
        passage.scope = scope
        read_scores(passage, draft)
    elif role == "score":
        _read_scores(passage, place, draft)
    elif place.owner is not None and place.owner.hub_id is not None:
        _read_fact(passage, place.column, place.owner, draft)
    reason = "a number in a column that names no benchmark"
    if role == "foreign":
        reason = f"no score: {place.label.header if place.label.role == 'foreign' else place.column.header}"
    for number in passage.numbers:
        if not draft.is_read(passage, number):
            draft.skip(passage, [(number.start, number.end)], reason)


def _reads_as_prose(passage: Passage, place: Place) -> bool:
    """A cell that names models or benchmarks with their numbers is read as a sentence is."""
    if not any(n.is_share for n in passage.numbers):
        return False
    named = [m for m in passage.mentions if not m.short]
    terms = [b for b in passage.benchmarks if b.kept]
    return bool(terms) or (bool(named) and place.column.role in ("other", "score", "source"))


def _read_fact(passage: Passage, column: Column, owner: Mention, draft: ClaimsDraft) -> None:
    """A size, a kind, a licence, a release date or a parent."""
    text = passage.text.strip()
    if column.role == "size" and (size := _size_of(text, "B" in column.header)) is not None:
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
        other = parent.hub_id or parent.text
        draft.add(passage, _trim(passage), "lineage", model=owner, written=parent.text, other=other)


def _size_of(text: str, in_billions: bool) -> float | None:
    size = parse_size(text)
    if size is None and in_billions and re.fullmatch(r"[~≈]?\d+(?:\.\d+)?", text):
        size = parse_size(f"{text.lstrip('~≈')}B")
    return size


def _trim(passage: Passage) -> list[tuple[int, int]]:
    start = len(passage.text) - len(passage.text.lstrip())
    return [(start, max(start + 1, len(passage.text.rstrip())))]


def _read_scores(passage: Passage, place: Place, draft: ClaimsDraft) -> None:
    places = place.column.places or place.label.places
    # "103.6" is read, and found impossible; whole numbers above 100 count something
    shares = [
        n for n in passage.numbers if n.is_share and (n.value <= 100 or (n.value < 120 and "." in n.text))
    ]
    for index, number in enumerate(shares):
        at = _place(passage.text, number, index, len(places))
        by_line = len(places) > 1 and len(passage.plain.breaks) == len(places) - 1
        if by_line:
            at = sum(mark <= number.start for mark in passage.plain.breaks)
        second = draft.second if index == 1 and not places and _is_second(passage.text, shares) else None
        if at >= max(1, len(places)) and not number.text.endswith("%") and second is None:
            continue
        if second == "plus" and place.benchmark in ("humaneval", "mbpp"):
            places, at = (place.benchmark, f"{place.benchmark}+"), 1
        elif second == "plus":
            continue
        name = places[at] if at < len(places) else place.benchmark or passage.scope.benchmark
        reason = ""
        if not name:
            reason = "a score, but the table does not say on which benchmark"
        elif not draft.terms.is_kept(name):
            reason = f"a score on a benchmark of which nothing is kept: {name}"
        elif place.owner is None:
            reason = "a score, but the table does not say of which model"
        if reason or not name or place.owner is None:
            draft.mark_read(passage, number)
            draft.skip(passage, [(number.start, number.end)], reason)
        else:
            _file(passage, place, (place.owner, name), number, draft, reported=second == "reported")


def _is_second(text: str, shares: Sequence[Number]) -> bool:
    """ "81.1 (75.6)", "81.1 / 75.6": two numbers and nothing else."""
    between = text[shares[0].end : shares[1].start]
    return len(shares) == 2 and re.fullmatch(r"[\s%*]*(?:/|\(\s*|（)[\s*]*", between) is not None


def _place(text: str, number: Number, index: int, places: int) -> int:
    """Which of a cell's places a number has: as many marks as places need ("– / 45.1") count, else its turn."""
    marks = [match.start() for match in _MARK.finditer(text)]
    return sum(mark < number.start for mark in marks) if len(marks) == places - 1 else index


def _file(
    passage: Passage,
    place: Place,
    whose: tuple[Mention, str],
    number: Number,
    draft: ClaimsDraft,
    *,
    reported: bool,
) -> None:
    """File a number of a cell as the score of a model on a benchmark; `reported`: by somebody else, beside the first."""
    owner, benchmark = whose
    # What stands nearest the number is read first: its footnote, then its cell, then the header, then above.
    column, label = place.column, place.label
    nearest = f"{draft.footnote(passage, number)} {passage.text} {label.notes} {column.notes}"
    header = column.header if column.model is None else ""
    words = f"{nearest} {header} {label.header} {passage.scope.words}"
    protocol = draft.terms.protocol(benchmark, words)
    version = column.version or label.version
    if version is not None:
        protocol = with_fields(protocol, version=version)
    if label.problems is not None:
        protocol = with_fields(protocol, problems=label.problems)
    if is_quantization(header):
        owner = replace(owner, text=f"{owner.text} {clean(header)}")
    value, written = number.share(), ""
    count = _OUT_OF.match(passage.text, number.end)
    if count is not None and number.kind == "plain" and value * 100 == int(value * 100):
        value, written = round(number.value / int(count[1]), 10), f"{number.text}/{count[1]}"
        protocol = with_fields(protocol, problems=int(count[1]))
        for other in passage.numbers:
            if count.start() <= other.start < count.end():
                draft.mark_read(passage, other)
    draft.add(
        passage, [(number.start, number.end)], "score", model=owner, number=number, protocol=protocol,
        metric=label.metric or column.metric, written=written, value=value, high=number.share_high(),
        attribution=place.source or passage.scope.attribution,
        measured_by="other" if reported else measured_by(f"{passage.text} {header}", passage.scope),
        negated=passage.scope.wrong or passage.is_wrong_at(number.start),
    )  # fmt: skip
