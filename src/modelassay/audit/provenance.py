"""Provenance: "verified from the model card", "arXiv paper", "no source confirms it", checked against that source."""

import re
from collections.abc import Sequence

from modelassay.audit import rounding
from modelassay.audit.context import Context, metric_of
from modelassay.audit.remarks import Remark, by_trust, percent
from modelassay.audit.source_tiers import named_sources
from modelassay.core.published import Claim, Fact, Verdict
from modelassay.evidence.measurement_gaps import is_reliable

_NOT_LISTED = re.compile(r"\bnot\W+(?:on|in|listed|part of|found|there)\b|\babsent\b|\bmissing\b", re.I)


def check_provenance(claim: Claim, context: Context) -> list[Remark]:
    """Whether the named source says what the document claims of this model."""
    if claim.subject != "provenance" or claim.hub_id is None:
        return []
    facts = [fact for fact in context.evidence.by_model(claim.hub_id) if is_reliable(fact)]
    words = " ".join(filter(None, (claim.other, claim.attribution))) or claim.quote
    named = named_sources(words, facts)
    if claim.negated and _NOT_LISTED.search(f"{claim.written} {claim.quote}"):
        return _check_absence(claim, named)
    if claim.negated:
        return _check_denial(claim, facts, context)
    said = _claimed(claim, context)
    right = [(one, own) for one in said if _any_agrees(one, own := _about(one, named))]
    settled = {one.protocol.benchmark for one, _ in right if one.protocol is not None}
    wrong = [
        (one, own)
        for one in said
        if one.protocol and one.protocol.benchmark not in settled and (own := _about(one, named))
    ]
    if wrong:
        one, own = wrong[0]
        cited = tuple(sorted({f.id: f for _, facts in wrong for f in facts}.values(), key=by_trust))
        message = f"{own[0].citation.title} prints {percent(own[0])}, not {one.written} (line {one.line})"
        return [_remark(claim, "contradicted", message, cited)]
    if right:
        cited = tuple(fact for _, facts in right for fact in facts)
        message = f"{cited[0].citation.title} prints {percent(cited[0])}"
        return [_remark(claim, "confirmed", message, cited)]
    return []


def _check_absence(claim: Claim, named: list[Fact]) -> list[Remark]:
    """ "Not on this leaderboard": refuted by a row there. Our copy of a source may be partial, so never confirmed."""
    if not named:
        return []
    message = f"it is in {named[0].citation.title} ({named[0].citation.locator})"
    return [_remark(claim, "contradicted", message, tuple(named[:3]))]


def _check_denial(claim: Claim, facts: list[Fact], context: Context) -> list[Remark]:
    """ "Unverifiable", "no source confirms it": refuted by a source that prints the claimed numbers."""
    scores = [fact for fact in facts if fact.subject == "score"]
    said = _claimed(claim, context)
    found = [fact for one in said for fact in _about(one, scores) if _any_agrees(one, [fact])]
    if found:
        cited = tuple(sorted({fact.id: fact for fact in found}.values(), key=by_trust))
        values = ", ".join(dict.fromkeys(f"{percent(fact)} {_benchmark(fact)}" for fact in cited))
        message = f"{cited[0].citation.title} prints {values} ({cited[0].citation.locator})"
        return [_remark(claim, "contradicted", message, cited)]
    if said and scores and any(_about(one, scores) for one in said):
        message = f"no source in the evidence prints the claimed numbers of {claim.hub_id}"
        return [_remark(claim, "confirmed", message, tuple(scores[:3]))]
    return []


def check_attribution(claim: Claim, context: Context) -> list[Remark]:
    """A score with its source beside it: what that source prints, when it is not this."""
    if claim.subject != "score" or not claim.attribution or claim.hub_id is None:
        return []
    own = named_sources(claim.attribution, [f for f in context.own_scores(claim) if is_reliable(f)])
    if not own:
        return []
    if _any_agrees(claim, own):
        message = f"the named source, {own[0].citation.title}, does print it"
        return [Remark(check="attribution", severity="supports", message=message, facts=tuple(own))]
    values = ", ".join(dict.fromkeys(percent(fact) for fact in own))
    message = f"the named source, {own[0].citation.title}, prints {values}"
    return [Remark(check="attribution", severity="doubts", message=message, facts=tuple(own))]


def _claimed(claim: Claim, context: Context) -> list[Claim]:
    """The document's own scores of this model that the statement vouches for.

    Those on its benchmark when it names one, and the one score it stands beside when its quote has the number.
    """
    wanted = None if claim.protocol is None else claim.protocol.benchmark

    def fits(one: Claim) -> bool:
        return not one.negated and one.protocol is not None and wanted in (None, one.protocol.benchmark)

    here = context.claims_by_place.get((claim.hub_id or "", claim.line), ())
    beside = [one for one in here if fits(one) and one.written and one.written in claim.quote]
    return beside or [one for one in context.claimed_by_model.get(claim.hub_id or "", ()) if fits(one)]


def _about(claim: Claim, facts: Sequence[Fact]) -> list[Fact]:
    """The facts on the same benchmark and metric."""
    return [
        fact
        for fact in facts
        if fact.protocol is not None
        and claim.protocol is not None
        and fact.protocol.benchmark == claim.protocol.benchmark
        and fact.metric == metric_of(claim)
    ]


def _any_agrees(claim: Claim, facts: Sequence[Fact]) -> bool:
    number = rounding.of_claim(claim)
    if number is None:
        return False
    pairs = ((rounding.of_fact(fact), fact.protocol) for fact in facts)
    return any(
        other is not None and rounding.agree(number, other, protocol.problems if protocol else None)
        for other, protocol in pairs
    )


def _benchmark(fact: Fact) -> str:
    return "" if fact.protocol is None else fact.protocol.benchmark


def _remark(claim: Claim, verdict: Verdict, message: str, facts: tuple[Fact, ...]) -> Remark:
    return Remark(
        check="provenance", severity="supports" if verdict == "confirmed" else "refutes", message=message,
        facts=facts, verdict=verdict, closest=facts[0] if facts else None,
    )  # fmt: skip
