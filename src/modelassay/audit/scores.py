"""Score claims against the evidence: does the number stand there, under this protocol, for this model?"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from modelassay.audit import rounding
from modelassay.audit.comparability import Difference, complete, describe, differ
from modelassay.audit.context import Context
from modelassay.audit.owners import find_owner
from modelassay.audit.remarks import Remark, by_trust, percent
from modelassay.audit.source_tiers import named_sources
from modelassay.audit.written_by import is_own_run, is_quantised, is_subject, names_in_full
from modelassay.core.published import Claim, Fact
from modelassay.evidence.measurement_gaps import is_reliable
from modelassay.evidence.names import parse_name

_CONFIRMED = 0.01  # a number that a source has may still be put under another one's name
_ELSEWHERE = 0.5  # right, but not under the protocol that the claim states
_SHOWN = 4


def check_agreement(claim: Claim, context: Context) -> list[Remark]:
    """The number stands in the evidence for this model and benchmark; if only under another protocol, says so."""
    protocol = context.stated(claim)
    agreeing = context.agreeing(claim)
    if protocol is None or not agreeing:
        return _as_another_reading(claim, context)
    if is_quantised(claim) and all(f.protocol is None or f.protocol.quantization is None for f in agreeing):
        return [_of_whole_weights(agreeing)]
    printed_under = [fact.protocol for fact in agreeing if fact.protocol]
    differences = {
        f.id: differ(protocol, complete(f.protocol, printed_under)) for f in agreeing if f.protocol
    }
    good = [fact for fact in agreeing if differences[fact.id].is_comparable]
    other_harness = [fact for fact in agreeing if not differences[fact.id].is_structural]
    if good:
        return [_confirmed(claim, good, "")]
    if other_harness and not comparable_scores(claim, context):
        return [_confirmed(claim, other_harness, differences[other_harness[0].id].harness)]
    return [_right_elsewhere(claim, agreeing, differences[agreeing[0].id], context)]


def _as_another_reading(claim: Claim, context: Context) -> list[Remark]:
    """The number is that of the base or instruct sibling, and the name as written leaves open which is meant."""
    number = rounding.of_claim(claim)
    found = []
    for fact in context.near_scores(claim) if number is not None else ():
        other = rounding.of_fact(fact)
        problems = fact.protocol.problems if fact.protocol is not None else None
        if number is not None and other is not None and rounding.agree(number, other, problems):
            found.append(fact)
    if not found:
        return []
    best = min(found, key=by_trust)
    if parse_name(claim.model).kind is not None:
        return [_confirmed(claim, sorted(found, key=by_trust), "")]  # the name itself says which of the two
    message = f"{percent(best)} is {best.model}'s ({cite(best)}), which the name as written may mean; say base or instruct"
    return [
        Remark(
            check="reading", severity="doubts", message=message, facts=tuple(found), verdict="unverified",
            closest=best, proved=False, probability_wrong=_CONFIRMED, gap=0.0,
        )
    ]  # fmt: skip


def _of_whole_weights(facts: Sequence[Fact]) -> Remark:
    """A quantised copy with exactly the number of the original: measured anew, or copied; nobody can tell."""
    message = f"{percent(facts[0])} is the score of the weights before quantisation ({cite(facts[0])}); no source has one of this copy"
    return Remark(
        check="protocol", severity="doubts", message=message, facts=tuple(facts), verdict="different-protocol",
        closest=facts[0], proved=False, gap=0.0,
    )  # fmt: skip


def _confirmed(claim: Claim, facts: Sequence[Fact], harness: str) -> Remark:
    best = facts[0]
    message = f"{percent(best)} in {cite(best)}"
    if len(_sources(facts)) > 1:
        message += f", and in {len(_sources(facts)) - 1} more"
    if harness:
        message += f" ({harness})"
    return Remark(
        check="agreement", severity="supports", message=message, facts=tuple(facts), verdict="confirmed", closest=best,
        probability_wrong=_CONFIRMED,
    )  # fmt: skip


def _right_elsewhere(claim: Claim, facts: Sequence[Fact], difference: Difference, context: Context) -> Remark:
    comparable = comparable_scores(claim, context)
    closest = nearest(claim, comparable) or facts[0]
    message = f"{percent(facts[0])} is right only under another protocol ({difference.describe()}): {cite(facts[0])}"
    if comparable:
        message += f"; as stated here it is {list_values(comparable)}"
    return Remark(
        check="protocol", severity="doubts", message=message, facts=(*facts, *comparable),
        verdict="different-protocol", closest=closest, replacement=restate(claim, closest) if comparable else None,
        probability_wrong=_ELSEWHERE,
    )  # fmt: skip


def check_owner(claim: Claim, context: Context) -> list[Remark]:
    """The number belongs to another model, variant, size, benchmark or metric (see owners.py)."""
    if claim.protocol is None or claim.value is None or context.agreeing(claim):
        return []
    if is_own_run(claim, context) or is_quantised(claim):
        return []  # what somebody measured himself is nobody else's
    match = find_owner(claim, context)
    if match is None or not ((match.joint and not match.beside) or names_in_full(claim)):
        return []
    if is_subject(claim, context) and not match.joint and not _stands_elsewhere(match.facts, context):
        return []  # a maker's own number, from a run of which we hold nothing
    comparable = comparable_scores(claim, context)
    closest = nearest(claim, comparable or context.near_scores(claim)) or match.facts[0]
    chance = "less than 1 in 1000" if match.chance < 0.001 else f"about {100 * match.chance:.1g}%"
    message = (
        f"it belongs to {match.owner} ({match.why}; {cite(match.facts[0])}); "
        f"chance of an accidental match {chance}, probability of a mix-up {100 * match.probability:.0f}%"
    )
    if comparable:
        message += f"; {claim.model or claim.hub_id} has {list_values(comparable)}"
    return [
        Remark(
            check="owner", severity="refutes", message=message, facts=(*match.facts, *comparable),
            verdict="misattributed", owner=match.owner, closest=closest,
            replacement=restate(claim, closest) if comparable else None,
            probability_wrong=round(match.probability, 3), gap=float(points_apart(claim, closest)),
        )
    ]  # fmt: skip


def _stands_elsewhere(facts: Sequence[Fact], context: Context) -> bool:
    """Whether the document also has the owner's number in the owner's own cell, from which it was copied."""
    return any(
        claim.protocol is not None and fact.protocol is not None
        and claim.protocol.benchmark == fact.protocol.benchmark
        and fact in context.agreeing(claim)
        for fact in facts
        for claim in context.claimed_by_model.get(fact.model, ())
    )  # fmt: skip


def check_coincidence(claim: Claim, context: Context) -> list[Remark]:
    """An unrelated model has the same number: mentioned, because readers will find it, and not believed."""
    if claim.protocol is None or context.agreeing(claim):
        return []
    match = find_owner(claim, context)
    accused = {fact.model for fact in match.facts} if match is not None else set()
    others = tuple(fact for fact in context.same_number_elsewhere(claim) if fact.model not in accused)
    if not others:
        return []
    names = ", ".join(dict.fromkeys(fact.model for fact in others[:3]))
    message = (
        f"the same number stands for {names} on {claim.protocol.benchmark}; by itself that is coincidence"
    )
    return [Remark(check="coincidence", severity="info", message=message, facts=others[:3])]


def check_sources(claim: Claim, context: Context) -> list[Remark]:
    """Sources that disagree about this score, each with what is known to differ; nothing is averaged."""
    if claim.protocol is None:
        return []
    own = sorted(context.own_scores(claim), key=by_trust)
    remarks = []
    wrong = [fact for fact in own if not is_reliable(fact)]
    for fact in wrong:
        words = fact.note or (fact.protocol.written if fact.protocol else "")
        message = f"{cite(fact)} prints {percent(fact)} under this label, but: {words}"
        remarks.append(Remark(check="sources", severity="info", message=message, facts=(fact,)))
    good = [fact for fact in own if is_reliable(fact)]
    if len({fact.written for fact in good}) > 1:
        message = f"sources disagree: {'; '.join(_with_cause(fact) for fact in _distinct(good))}"
        remarks.append(Remark(check="sources", severity="info", message=message, facts=tuple(good)))
    return remarks


def _with_cause(fact: Fact) -> str:
    return f"{percent(fact)} ({describe(fact.protocol)}; {fact.citation.title})"


def comparable_scores(claim: Claim, context: Context) -> list[Fact]:
    """The model's own reliable scores under a protocol that may be held against the claim's, best source first.

    When the claim names its source and that source has figures, only those.
    """
    protocol = context.stated(claim)
    if protocol is None:
        return []
    own = sorted(context.reliable_scores(claim), key=by_trust)
    attribution = context.attribution(claim)
    named = named_sources(attribution, own) if attribution else []
    found = [f for f in named or own if f.protocol and differ(protocol, f.protocol).is_comparable]
    return found or [f for f in own if f.protocol and differ(protocol, f.protocol).is_comparable]


def nearest(claim: Claim, facts: Iterable[Fact]) -> Fact | None:
    """The fact nearest in value; the better source where two are as near."""
    return min(facts, key=lambda fact: (points_apart(claim, fact), by_trust(fact)), default=None)


def points_apart(claim: Claim, fact: Fact) -> Decimal:
    mine, theirs = rounding.of_claim(claim), rounding.of_fact(fact)
    if mine is None or theirs is None:
        return Decimal(100)
    return max(mine.low - theirs.low, theirs.low - mine.high, Decimal(0))


def restate(claim: Claim, fact: Fact) -> str:
    """The fact's number in the claim's own way of writing: percent sign, bare, or fraction."""
    number = rounding.of_fact(fact)
    if number is None:
        return fact.written
    if "%" in claim.written:
        space = " " if " %" in claim.written else ""
        return f"{number.low:.{number.decimals}f}{space}%"
    if claim.value is not None and claim.value <= 1 and claim.written.strip("~≈ ").startswith(("0.", ".")):
        return f"{number.low / 100:.{number.decimals + 2}f}"
    return f"{number.low:.{number.decimals}f}"


def list_values(facts: Sequence[Fact]) -> str:
    shown = _distinct(facts)[:_SHOWN]
    return ", ".join(f"{percent(fact)} ({cite(fact)})" for fact in shown)


def _distinct(facts: Sequence[Fact]) -> list[Fact]:
    """One fact for each value, the best source of each."""
    first: dict[str, Fact] = {}
    for fact in sorted(facts, key=by_trust):
        first.setdefault(fact.written, fact)
    return list(first.values())


def _sources(facts: Iterable[Fact]) -> set[str]:
    return {fact.citation.document for fact in facts}


def cite(fact: Fact) -> str:
    protocol = fact.protocol
    shots = f", {protocol.shots}-shot" if protocol is not None and protocol.shots else ""
    return f"{fact.citation.title}{shots}"
