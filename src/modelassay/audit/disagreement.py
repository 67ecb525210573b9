"""A number that no source has for the model: when it is wrong, and when it is only another measurement.

Most numbers in documents are honest measurements under a protocol that nobody names. A number is contradicted only
where (a) the source that the text names prints another one at that very cell, (b) it is known to be the same
measurement (same harness, greedy, same protocol), (c) it is impossible (forensics.py), or (d) it lies farther from
every measurement than any harness, prompt or precision moves a score. Everything else is compared, and stays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from modelassay.audit import rounding
from modelassay.audit.comparability import decoding, differ
from modelassay.audit.context import Context, model_key
from modelassay.audit.copied_tables import copied_cell
from modelassay.audit.honest_share import honest_share
from modelassay.audit.likelihood import BEYOND, CERTAIN, probability_wrong
from modelassay.audit.owners import find_owner
from modelassay.audit.remarks import Remark, by_trust, percent
from modelassay.audit.scores import cite, comparable_scores, list_values, nearest, points_apart, restate
from modelassay.audit.source_tiers import specific_sources
from modelassay.audit.written_by import is_own, is_own_run, is_quantised, names_in_full
from modelassay.core.published import Claim, Fact, Verdict
from modelassay.evidence.measurement_gaps import Circumstance, GapShape, circumstance_of, series_of

# Two greedy runs of one harness may differ in a problem or two: batching and precision move the arithmetic.
_SAME_RUN = Decimal("1.3")
_NOTABLE = Decimal(5)  # points below which nobody asks where his own run went wrong
_SEVERAL = 3
_WIDEST: tuple[Circumstance | None, ...] = ("unknown", None)


def check_named_source(claim: Claim, context: Context) -> list[Remark]:
    """(a) A source that the text names prints something else at that very cell."""
    attribution = context.attribution(claim)
    protocol = context.stated(claim)
    if not attribution or protocol is None or _is_settled(claim, context) or is_own_run(claim, context):
        return []
    named = specific_sources(attribution, context.reliable_scores(claim))
    cells = [f for f in named if f.protocol and not differ(protocol, f.protocol).is_structural]
    if not cells:
        return []
    message = f"the source it names prints {list_values(cells)}"
    return [_contradicted("named-source", claim, cells, message)]


def check_same_run(claim: Claim, context: Context) -> list[Remark]:
    """(b) The same harness, greedy, the same protocol: then it is the same measurement, and this is not its number."""
    protocol = context.stated(claim)
    if protocol is None or _is_settled(claim, context) or is_own(claim, context) or is_quantised(claim):
        return []
    if not protocol.harness or decoding(protocol) != "greedy":
        return []
    same = [
        f
        for f in context.reliable_scores(claim)
        if f.protocol
        and f.protocol.harness == protocol.harness
        and differ(protocol, f.protocol).is_comparable
    ]
    values = [f.value * 100 for f in same if f.value is not None]
    if not values or max(values) - min(values) > _SAME_RUN or not _quotes_harness(claim, context):
        return []
    closest = nearest(claim, same)
    if closest is None or points_apart(claim, closest) <= _SAME_RUN:
        return []
    return [_contradicted("same-run", claim, same, f"the same harness and protocol give {list_values(same)}")]


def _quotes_harness(claim: Claim, context: Context) -> bool:
    """Whether the document repeats this harness's published numbers, rather than running it: at least half of its
    other numbers under it that sources have are theirs."""
    harness = claim.protocol.harness if claim.protocol is not None else None
    others = [
        one
        for claims in context.claimed_by_model.values()
        for one in claims
        if one.id != claim.id and one.protocol is not None and one.protocol.harness == harness
    ]
    known = [one for one in others if context.reliable_scores(one) and find_owner(one, context) is None]
    agreeing = [one for one in known if context.agreeing(one)]
    return bool(agreeing) and 2 * len(agreeing) >= len(known)


def check_copied_table(claim: Claim, context: Context) -> list[Remark]:
    """(a) without words: the other numbers of the table are one source's, cell by cell, and this one is not."""
    if _is_settled(claim, context) or is_own(claim, context) or is_quantised(claim):
        return []
    found = copied_cell(claim, context)
    if found is None:
        return []
    message = f"{found.others} other numbers beside it are those of {cite(found.fact)}, which prints {percent(found.fact)} here"
    return [_contradicted("copied-table", claim, [found.fact], message)]


def check_distance(claim: Claim, context: Context) -> list[Remark]:
    """(d) Beyond the band of honest measurements: contradicted. Within it: compared, with how usual such a gap is."""
    if _is_settled(claim, context) or claim.protocol is None:
        return []
    known = context.near_scores(claim)
    closest = nearest(claim, known)
    if closest is None or closest.protocol is None:
        return []
    points = points_apart(claim, closest)
    shape = context.gaps.shape(claim.protocol.benchmark, _circumstance(claim, closest, context))
    gap = _Gap(closest, points, shape, honest_share(context))
    if is_own_run(claim, context) or (is_own(claim, context) and not _has_the_published(claim, context)):
        return [_own_run(claim, gap)]
    if _is_beyond(claim, points, context):
        return [_beyond(claim, known, gap)]
    return [_compared(claim, gap, context)]


@dataclass(frozen=True)
class _Gap:
    """The nearest measurement, how far away it is, and how far apart such measurements lie."""

    closest: Fact
    points: Decimal
    shape: GapShape
    honest: float  # the share of the document's numbers that are measurements nobody else prints

    @property
    def usual(self) -> str:
        """ "12%": the share of honest pairs at least as far apart."""
        share = self.shape.exceeds(float(self.points))
        return f"{100 * share:.0f}%" if share >= 0.01 else "less than 1%"

    @property
    def text(self) -> str:
        """ "4.1 points from the nearest measurement, 65.2% (…)"."""
        return f"{self.distance} from the nearest measurement, {percent(self.closest)} ({cite(self.closest)})"

    @property
    def distance(self) -> str:
        """ "4.1 points"."""
        return f"{self.points.normalize():f} points"

    def remark(self, check: str, verdict: Verdict, message: str) -> Remark:
        """A remark that compares without proving anything."""
        return Remark(
            check=check, severity="doubts", message=message, facts=(self.closest,), verdict=verdict,
            closest=self.closest, proved=False, gap=float(self.points),
            probability_wrong=probability_wrong(self.points, self.shape, self.honest),
        )  # fmt: skip


def _circumstance(claim: Claim, closest: Fact, context: Context) -> Circumstance:
    """What is known to differ between a claim and the nearest fact."""
    assert claim.protocol is not None  # the caller looks first
    assert closest.protocol is not None
    if is_quantised(claim):
        return "quantised"
    if is_own(claim, context):
        return "own"
    return circumstance_of(context.stated(claim) or claim.protocol, closest.protocol)


def _is_beyond(claim: Claim, points: Decimal, context: Context) -> bool:
    """Whether it lies outside the band that harness, prompt and precision leave to a published score."""
    assert claim.protocol is not None  # the caller looks first
    benchmark, version = claim.protocol.benchmark, claim.protocol.version
    if is_quantised(claim) or benchmark == "livecodebench":
        return False
    compares = context.measures_for_itself or _has_the_published(claim, context)
    if compares and not _is_above(claim, context.near_scores(claim)):
        return False  # what goes wrong in a run of one's own makes a score lower, hardly ever higher
    if benchmark == "multipl-e" and version is None:
        return False  # the average or any language: nobody knows which
    if not names_in_full(claim) or _is_several(claim, context):
        return False
    names = (benchmark, "")  # the benchmark's own band, and what all benchmarks together show
    reach = max(context.gaps.shape(name, kind).reach(BEYOND) for name in names for kind in _WIDEST)
    return float(points) > reach


def _has_the_published(claim: Claim, context: Context) -> bool:
    """Whether the document also has, for the same model and benchmark, the number that sources print."""
    if claim.protocol is None:
        return False
    place = ("published", model_key(claim), series_of(claim.protocol), claim.metric)
    same = context.once(place, lambda: _agreeing_ids(claim, context))
    return bool(same - {claim.id})


def _agreeing_ids(claim: Claim, context: Context) -> set[str]:
    same = _of_series(claim, context.claimed_by_model.get(model_key(claim), ()))
    return {one.id for one in same if context.agreeing(one)}


def _is_several(claim: Claim, context: Context) -> bool:
    """Whether the document has three or more numbers for the model on this benchmark, or two in one row: they are then
    of checkpoints, prompts, settings or thresholds, of which sources have one."""
    assert claim.protocol is not None  # the caller looks first
    place = ("several", model_key(claim), series_of(claim.protocol), claim.metric)
    own = context.claims_by_model.get(model_key(claim), ())
    same = context.once(place, lambda: _of_series(claim, own))
    beside = any(one.line == claim.line and one.value != claim.value for one in same)
    return beside or len({one.value for one in same}) >= _SEVERAL


def _of_series(claim: Claim, claims: Iterable[Claim]) -> list[Claim]:
    """Those of the claims that are on the same benchmark, in its parts, and of the same metric."""
    assert claim.protocol is not None  # the caller looks first
    series = series_of(claim.protocol)
    return [
        one
        for one in claims
        if one.protocol is not None and one.metric == claim.metric and series_of(one.protocol) == series
    ]


def _is_above(claim: Claim, known: Sequence[Fact]) -> bool:
    """Whether the number is higher than every score of the model."""
    mine = rounding.of_claim(claim)
    return mine is not None and all((one := rounding.of_fact(f)) is None or mine.low > one.low for f in known)


def _beyond(claim: Claim, known: Sequence[Fact], gap: _Gap) -> Remark:
    message = (
        f"{gap.distance} from every measurement of this model, farther than any harness, prompt or precision is known "
        f"to move a score; sources have {list_values(known)}"
    )
    remark = gap.remark("beyond-measurement", "contradicted", message)
    return msgspec.structs.replace(
        remark,
        severity="refutes",
        facts=tuple(sorted(known, key=by_trust)),
        replacement=restate(claim, gap.closest),
    )


def _compared(claim: Claim, gap: _Gap, context: Context) -> Remark:
    assert claim.protocol is not None  # the caller looks first
    assert gap.closest.protocol is not None
    if is_quantised(claim):
        message = f"quantised weights, of which no source has a score; {gap.text}; {gap.usual} of quantised runs lie as far away"
        return gap.remark("protocol", "different-protocol", message)
    usual = f"{gap.usual} of honest measurements lie as far apart"
    if comparable_scores(claim, context):
        return gap.remark("distance", "unverified", f"no source prints it; {gap.text}; {usual}")
    difference = differ(context.stated(claim) or claim.protocol, gap.closest.protocol)
    if difference.is_comparable:
        return gap.remark("distance", "unverified", f"no source prints it; {gap.text}; {usual}")
    message = f"no source has this protocol; {gap.text} ({difference.describe()}); {usual}"
    return gap.remark("protocol", "different-protocol", message)


def _own_run(claim: Claim, gap: _Gap) -> Remark:
    """What a writer measured himself is compared with everybody else's, and never contradicted by distance."""
    mine, theirs = rounding.of_claim(claim), rounding.of_fact(gap.closest)
    side = "below" if mine is not None and theirs is not None and mine.low < theirs.low else "above"
    message = (
        f"the writer's own measurement, {gap.distance} {side} every other measurement of this model; the nearest is "
        f"{percent(gap.closest)} ({cite(gap.closest)}); {gap.usual} of people's own runs lie as far from a published score"
    )
    if gap.points > _NOTABLE and side == "below":
        message += "; check the chat template, the stop words and how the program is cut out of the answer"
    return gap.remark("own-measurement", "unverified", message)


def _is_settled(claim: Claim, context: Context) -> bool:
    """Nothing to disagree about: no number, or one that a source has for the model."""
    return claim.value is None or claim.protocol is None or bool(context.agreeing(claim))


def _contradicted(check: str, claim: Claim, facts: Sequence[Fact], message: str) -> Remark:
    closest = nearest(claim, facts)
    return Remark(
        check=check, severity="refutes", message=message, facts=tuple(sorted(facts, key=by_trust)),
        verdict="contradicted", closest=closest, replacement=restate(claim, closest) if closest else None,
        probability_wrong=CERTAIN, gap=float(points_apart(claim, closest)) if closest else None,
    )  # fmt: skip
