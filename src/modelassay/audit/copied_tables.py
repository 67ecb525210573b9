"""Which source a table was copied from, told by its numbers: when all its other cells are one source's, so was this.

Sixteen cells of one leaderboard and a seventeenth that nobody printed is a slip in copying. It takes four other
numbers of the column and the row together, some of either (or five of the column), that are that source's to the last
digit; hardly any that are not; and a distance: the fewer the numbers, the farther apart than re-runs in one harness. A
number whose digits are the source's in another order needs two such numbers, and one as far away as hardly any
re-run one of either. What the source has of the model on other benchmarks counts under any shots and harness, which are each
benchmark's own.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from modelassay.audit import rounding
from modelassay.audit.context import Context, is_telling, metric_of
from modelassay.audit.remarks import by_trust
from modelassay.audit.written_by import is_own, is_quantised
from modelassay.core.published import Claim, Fact, Protocol
from modelassay.evidence.measurement_gaps import series_of

_CELLS, _COLUMN = 4, 5
_FEW_CELLS = 2  # enough where the digits are swapped, or where the number lies beyond the whole band
_STRAYS = 6  # numbers that are the source's, for each that is not
# The share of re-runs in one harness that a slip must lie beyond: with many numbers of both column and row beside it,
# with some of both or many of the column's alone, with five of it, with two or three.
_BEYOND_MANY, _BEYOND_SOME, _BEYOND_COLUMN, _BEYOND_FEW = 0.4, 0.75, 0.9, 0.99
_MANY = 8

_Column = tuple[str, str, str]  # benchmark, its language or window, metric
_Cell = tuple[str, _Column]  # the model, and the column
_Source = tuple[
    str, int | None, str | None
]  # document, shots, harness: what one column of its table has in common


@dataclass(frozen=True)
class CopiedCell:
    """What the source prints in this cell, and how many other numbers of the document beside it are the source's."""

    fact: Fact
    others: int


@dataclass
class _Match:
    """For one source: cells of the document that are its numbers, and cells that are not."""

    same: set[_Cell] = field(default_factory=set)
    other: set[_Cell] = field(default_factory=set)


def copied_cell(claim: Claim, context: Context) -> CopiedCell | None:
    """The cell of the source that this number's table repeats, where the number is not what stands there."""
    if claim.hub_id is None or claim.protocol is None or not is_telling(claim):
        return None
    found = []
    for fact in context.reliable_scores(claim):
        swapped = _is_swapped(claim, fact)
        others, beyond = _others(claim, fact, context, swapped=swapped)
        if others and (swapped or _is_far(claim, fact, context, beyond)):
            found.append(CopiedCell(fact, others))
    return max(found, key=lambda cell: (cell.others, -by_trust(cell.fact)[0]), default=None)


def _others(claim: Claim, fact: Fact, context: Context, *, swapped: bool) -> tuple[int, float]:
    """How many numbers beside the claim are this source's, 0 where that does not say that the table is; and the share
    of re-runs that the number must lie beyond."""
    match = _matches(context).get(_source(fact))
    if match is None or claim.hub_id is None or claim.protocol is None:
        return 0, 1.0
    mine = _column(claim.protocol, metric_of(claim))
    column = {cell for cell in match.same if cell[1] == mine and cell[0] != claim.hub_id}
    whole = _matches(context)[fact.citation.document]
    row = {cell for cell in whole.same if cell[0] == claim.hub_id and cell[1] != mine}
    strays = {cell for cell in match.other if cell[1] == mine and cell[0] != claim.hub_id}
    strays |= {cell for cell in whole.other if cell[0] == claim.hub_id and cell[1] != mine}
    others = len(column) + len(row)
    if others < _STRAYS * len(strays):
        return 0, 1.0
    if column and row and others >= _CELLS:
        return others, _BEYOND_MANY if others >= _MANY else _BEYOND_SOME
    if len(column) >= _COLUMN:
        return others, _BEYOND_SOME if others >= _MANY else _BEYOND_COLUMN
    few = others >= _FEW_CELLS and (swapped or (row and column and not strays))
    return (others, _BEYOND_FEW) if few else (0, 1.0)


def _is_swapped(claim: Claim, fact: Fact) -> bool:
    """The source's number with its first two digits, or the two around the point, in the other order."""
    mine, theirs = rounding.of_claim(claim), rounding.of_fact(fact)
    if mine is None or theirs is None or not mine.is_exact or mine.text == theirs.text:
        return False
    one, two = mine.text.replace(".", ""), theirs.text.replace(".", "")
    places = [place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b]
    if len(one) != len(two) or len(places) != 2 or places[1] != places[0] + 1:
        return False
    first = places[0]
    return one[first : first + 2] == two[first : first + 2][::-1]


def _is_far(claim: Claim, fact: Fact, context: Context, beyond: float) -> bool:
    """Farther away than this share of re-runs of one harness lie."""
    mine, theirs = rounding.of_claim(claim), rounding.of_fact(fact)
    if mine is None or theirs is None or claim.protocol is None or not mine.is_exact:
        return False
    usual = context.gaps.shape(claim.protocol.benchmark, "same-harness").reach(beyond)
    return float(abs(mine.low - theirs.low)) > usual


def _matches(context: Context) -> dict[_Source | str, _Match]:
    """For each source, and for each document under all shots and harnesses together."""
    return context.once(("copied tables",), lambda: _match_sources(context))


def _match_sources(context: Context) -> dict[_Source | str, _Match]:
    found: dict[_Source | str, _Match] = defaultdict(_Match)
    for claims in context.claimed_by_model.values():
        for claim in claims:
            if claim.hub_id is None or claim.protocol is None or not is_telling(claim):
                continue
            if is_quantised(claim) or is_own(claim, context):
                continue
            cell = (claim.hub_id, _column(claim.protocol, metric_of(claim)))
            agreeing = _sources(context.agreeing(claim))
            for source in _sources(context.reliable_scores(claim)):
                (found[source].same if source in agreeing else found[source].other).add(cell)
    for match in found.values():
        match.other -= match.same
    return found


def _column(protocol: Protocol, metric: str) -> _Column:
    return (*series_of(protocol), metric)


def _sources(facts: Iterable[Fact]) -> set[_Source | str]:
    return {name for fact in facts for name in (_source(fact), fact.citation.document)}


def _source(fact: Fact) -> _Source:
    protocol = fact.protocol or Protocol(benchmark="")
    return fact.citation.document, protocol.shots, protocol.harness
