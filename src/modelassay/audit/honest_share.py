"""How many of a document's numbers are measurements that no source has: in all of it, and in the row and column of one.

A document that repeats published numbers to the last digit seldom holds a measurement that nobody else knows; one that
measured for itself holds little else. Many do the one in some rows or columns and the other in the rest.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from modelassay.audit import rounding
from modelassay.audit.context import Context, metric_of, model_key
from modelassay.audit.related_numbers import related_numbers, same_number
from modelassay.core.published import Claim
from modelassay.evidence.measurement_gaps import series_of

_Line = tuple[str, ...]  # a row: the model; a column: benchmark, its language or window, metric


def honest_share(context: Context) -> float:
    """The share of the document's numbers that are, as far as anybody can see, measurements of which no source knows:
    neither a source's for the model nor a related model's. One number more of either sort is added, for want of data."""
    return context.once(("honest",), lambda: _find_honest_share(_standing_alone(context)))


def _find_honest_share(known: Sequence[tuple[Claim, bool]]) -> float:
    return (sum(alone for _, alone in known) + 1) / (len(known) + 2)


def _standing_alone(context: Context) -> list[tuple[Claim, bool]]:
    """Every score whose model has scores, with whether neither a source nor a related model has its number."""
    known = (c for claims in context.claimed_by_model.values() for c in claims if context.near_scores(c))
    return context.once(
        ("standing alone",),
        lambda: [(c, not context.agreeing(c) and not _has_related_number(c, context)) for c in known],
    )


def _has_related_number(claim: Claim, context: Context) -> bool:
    number = rounding.of_claim(claim)
    if number is None:
        return False
    return any(same_number(number, fact) for _, _, fact in related_numbers(claim, context))


def share_beside(claim: Claim, context: Context) -> float:
    """The same share in the claim's row and column without itself, the larger of the two: who measured a model, or a
    benchmark, for himself did so in the whole row or column. The document's share counts like one number more."""
    everywhere = honest_share(context)
    if claim.protocol is None:
        return everywhere
    cells = _cells(context)
    row, column = _lines(claim)
    own = cells.get(row, {}).get(column, False)
    shares = []
    for line, crossing in ((row, column), (column, row)):
        beside = cells.get(line, {})
        known = len(beside) - (crossing in beside)
        alone = sum(beside.values()) - own
        if known:
            shares.append((alone + everywhere) / (known + 1))
    return max(shares, default=everywhere)


def _cells(context: Context) -> Mapping[_Line, Mapping[_Line, bool]]:
    """Row → column, and column → row, of every cell whose model has scores: whether no source knows its number."""
    return context.once(("cells",), lambda: _find_cells(_standing_alone(context)))


def _find_cells(known: Sequence[tuple[Claim, bool]]) -> Mapping[_Line, Mapping[_Line, bool]]:
    found: dict[_Line, dict[_Line, bool]] = defaultdict(dict)
    for claim, alone in known:
        if claim.protocol is None:
            continue
        row, column = _lines(claim)
        for line, crossing in ((row, column), (column, row)):
            found[line][crossing] = alone and found[line].get(crossing, True)
    return found


def _lines(claim: Claim) -> tuple[_Line, _Line]:
    assert claim.protocol is not None  # callers look first
    return (model_key(claim),), (*series_of(claim.protocol), metric_of(claim))
