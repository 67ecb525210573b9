"""Score claims against the evidence: does the number stand there, under this protocol, for this model?"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from modelassay.audit import rounding
from modelassay.audit.comparability import Difference, complete, describe, differ
from modelassay.audit.context import Context, Remark, by_trust, is_reliable, percent
from modelassay.audit.owners import find_owner
from modelassay.audit.source_tiers import named_sources
from modelassay.core.published import Claim, Fact

# Protocols of one model on one benchmark differ by up to 16 points in the evidence; beyond this it is no protocol.
PROTOCOL_REACH = Decimal(20)
_UNCONTESTED_CHANCE = 0.05  # an owner found while nothing is known of the claimed model itself must be surer
_SHOWN = 4


def check_agreement(claim: Claim, context: Context) -> list[Remark]:
    """The number stands in the evidence for this model and benchmark; if only under another protocol, says so."""
    protocol = context.stated(claim)
    agreeing = context.agreeing(claim)
    if protocol is None or not agreeing:
        return []
    printed_under = [fact.protocol for fact in agreeing if fact.protocol]
    differences = {
        f.id: differ(protocol, complete(f.protocol, printed_under)) for f in agreeing if f.protocol
    }
    good = [fact for fact in agreeing if differences[fact.id].is_comparable]
    other_harness = [fact for fact in agreeing if not differences[fact.id].is_structural]
    if good:
        return [_confirmed(claim, good, "")]
    if other_harness and not _comparable(claim, context):
        return [_confirmed(claim, other_harness, differences[other_harness[0].id].harness)]
    return [_right_elsewhere(claim, agreeing, differences[agreeing[0].id], context)]


def _confirmed(claim: Claim, facts: Sequence[Fact], harness: str) -> Remark:
    best = facts[0]
    message = f"{percent(best)} in {_cite(best)}"
    if len(_sources(facts)) > 1:
        message += f", and in {len(_sources(facts)) - 1} more"
    if harness:
        message += f" ({harness})"
    return Remark(
        check="agreement", severity="supports", message=message, facts=tuple(facts), verdict="confirmed", closest=best
    )  # fmt: skip


def _right_elsewhere(claim: Claim, facts: Sequence[Fact], difference: Difference, context: Context) -> Remark:
    comparable = _comparable(claim, context)
    closest = nearest(claim, comparable) or facts[0]
    message = f"{percent(facts[0])} is right only under another protocol ({difference.describe()}): {_cite(facts[0])}"
    if comparable:
        message += f"; as stated here it is {_list_values(comparable)}"
    return Remark(
        check="protocol", severity="doubts", message=message, facts=(*facts, *comparable),
        verdict="different-protocol", closest=closest, replacement=restate(claim, closest) if comparable else None,
    )  # fmt: skip


def check_owner(claim: Claim, context: Context) -> list[Remark]:
    """The number belongs to another model, variant, size, benchmark or metric (see owners.py)."""
    if claim.protocol is None or claim.value is None or context.agreeing(claim):
        return []
    match = find_owner(claim, context)
    own = [fact for fact in context.own_scores(claim) if is_reliable(fact)]
    if match is None or (not own and match.chance > _UNCONTESTED_CHANCE):
        return []
    comparable = _comparable(claim, context)
    closest = nearest(claim, comparable or own) or match.facts[0]
    chance = "less than 1 in 1000" if match.chance < 0.001 else f"about {100 * match.chance:.1g} %"
    message = (
        f"it belongs to {match.owner} ({match.why}; {_cite(match.facts[0])}); "
        f"chance of an accidental match {chance}"
    )
    if comparable:
        message += f"; {claim.model or claim.hub_id} has {_list_values(comparable)}"
    return [
        Remark(
            check="owner", severity="refutes", message=message, facts=(*match.facts, *comparable),
            verdict="misattributed", owner=match.owner, closest=closest,
            replacement=restate(claim, closest) if comparable else None,
        )
    ]  # fmt: skip


def check_disagreement(claim: Claim, context: Context) -> list[Remark]:
    """Comparable evidence gives another number; or no protocol is comparable, unless the gap is beyond any."""
    if claim.protocol is None or claim.value is None or context.agreeing(claim):
        return []
    own = [fact for fact in context.own_scores(claim) if is_reliable(fact)]
    if not own:
        return []
    comparable = _comparable(claim, context)
    closest = nearest(claim, comparable or own)
    assert closest is not None  # own is not empty
    if comparable:
        return [_contradicted("disagreement", claim, comparable, closest, "comparable evidence says")]
    if _gap(claim, closest) > PROTOCOL_REACH:
        said = "farther from every source than another protocol moves a score; the nearest say"
        return [_contradicted("disagreement", claim, own, closest, said)]
    stated = context.stated(claim) or claim.protocol
    difference = differ(stated, closest.protocol) if closest.protocol is not None else Difference()
    message = f"no source has this protocol; the nearest is {percent(closest)} ({difference.describe()}; {_cite(closest)})"
    return [
        Remark(
            check="protocol", severity="doubts", message=message, facts=(closest,),
            verdict="different-protocol", closest=closest,
        )
    ]  # fmt: skip


def _contradicted(check: str, claim: Claim, facts: Sequence[Fact], closest: Fact, said: str) -> Remark:
    return Remark(
        check=check, severity="refutes", message=f"{said} {_list_values(facts)}", facts=tuple(facts),
        verdict="contradicted", closest=closest, replacement=restate(claim, closest),
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
        message = f"{_cite(fact)} prints {percent(fact)} under this label, but: {words}"
        remarks.append(Remark(check="sources", severity="info", message=message, facts=(fact,)))
    good = [fact for fact in own if is_reliable(fact)]
    if len({fact.written for fact in good}) > 1:
        message = f"sources disagree: {'; '.join(_with_cause(fact) for fact in _distinct(good))}"
        remarks.append(Remark(check="sources", severity="info", message=message, facts=tuple(good)))
    return remarks


def _with_cause(fact: Fact) -> str:
    return f"{percent(fact)} ({describe(fact.protocol)}; {fact.citation.title})"


def _comparable(claim: Claim, context: Context) -> list[Fact]:
    """The model's own reliable scores under a protocol that may be held against the claim's, best source first.

    When the claim names its source and that source has figures, only those.
    """
    protocol = context.stated(claim)
    if protocol is None:
        return []
    own = sorted((fact for fact in context.own_scores(claim) if is_reliable(fact)), key=by_trust)
    attribution = context.attribution(claim)
    named = named_sources(attribution, own) if attribution else []
    found = [f for f in named or own if f.protocol and differ(protocol, f.protocol).is_comparable]
    return found or [f for f in own if f.protocol and differ(protocol, f.protocol).is_comparable]


def nearest(claim: Claim, facts: Iterable[Fact]) -> Fact | None:
    """The fact nearest in value; the better source where two are as near."""
    return min(facts, key=lambda fact: (_gap(claim, fact), by_trust(fact)), default=None)


def _gap(claim: Claim, fact: Fact) -> Decimal:
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


def _list_values(facts: Sequence[Fact]) -> str:
    shown = _distinct(facts)[:_SHOWN]
    return ", ".join(f"{percent(fact)} ({_cite(fact)})" for fact in shown)


def _distinct(facts: Sequence[Fact]) -> list[Fact]:
    """One fact for each value, the best source of each."""
    first: dict[str, Fact] = {}
    for fact in sorted(facts, key=by_trust):
        first.setdefault(fact.written, fact)
    return list(first.values())


def _sources(facts: Iterable[Fact]) -> set[str]:
    return {fact.citation.document for fact in facts}


def _cite(fact: Fact) -> str:
    protocol = fact.protocol
    shots = f", {protocol.shots}-shot" if protocol is not None and protocol.shots else ""
    return f"{fact.citation.title}{shots}"
