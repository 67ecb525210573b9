"""Whose number is it? Find the model, variant, size, benchmark or metric that a wrong number is right for.

Coincidence is the enemy: hundreds of facts with one decimal fill the scale. An owner therefore needs either
kinship (the same model elsewhere, its other variant, its other sizes) or a joint match of two claimed numbers
with one other model; and it always states the chance that some such match arises by accident.
"""

import itertools
from collections.abc import Iterable
from decimal import Decimal
from typing import cast

from modelassay.audit import rounding
from modelassay.audit.comparability import describe, differ
from modelassay.audit.context import (
    Context,
    by_trust,
    is_reliable,
    is_score,
    is_telling,
    metric_of,
    model_key,
    number_key,
)
from modelassay.audit.related_models import Kinship
from modelassay.audit.rounding import Printed
from modelassay.core.published import Claim, Fact, Protocol
from modelassay.core.records import Record

# Benchmarks whose numbers are taken for each other, because one is made from the other.
RELATED = (
    frozenset({"humaneval", "humaneval+", "multipl-e", "humanevalsynthesize", "humaneval-x"}),
    frozenset({"mbpp", "mbpp+", "mbpp-sanitized", "mbpp-et"}),
)
SCALE = Decimal(60)  # percent points over which published scores of code models spread
FARTHEST = 2.0  # kin beyond this distance are not accused
LIKELIEST = 0.1  # a match that accident gives more often than this is only mentioned


class Match(Record):
    """A candidate owner of a number. `chance`: how often accident gives some match at least this near."""

    facts: tuple[Fact, ...]
    owner: str
    why: str
    chance: float
    joint: bool = False


def find_owner(claim: Claim, context: Context) -> Match | None:
    """The likeliest owner, or `None`. Joint and kin matches compete by their chance of being accidental."""
    key = (model_key(claim), *number_key(claim))
    if key not in context.memo:
        context.memo[key] = _find_owner(claim, context)
    found = context.memo[key]
    return found if isinstance(found, Match) else None


def _find_owner(claim: Claim, context: Context) -> Match | None:
    number = rounding.of_claim(claim)
    if number is None or claim.protocol is None or not is_telling(claim):
        return None
    found = [m for m in (_joint_match(claim, context), _kin_match(claim, number, context)) if m is not None]
    likely = [match for match in found if match.chance <= LIKELIEST]
    return min(likely, key=lambda match: match.chance, default=None)


def _same_number(number: Printed, fact: Fact) -> bool:
    other = rounding.of_fact(fact)
    return other is not None and rounding.agree(number, other, None)


def _width(number: Printed) -> Decimal:
    """How much of the scale one printed number covers: a whole-number score matches a lot."""
    low, high = number.bounds()
    return max(number.unit, high - low - number.unit * Decimal("0.5")) if number.approximate else number.unit


def _kin_match(claim: Claim, number: Printed, context: Context) -> Match | None:
    """The nearest kin with this number. The pool it was found in sets the chance."""
    key = (claim.hub_id, claim.protocol and claim.protocol.benchmark, metric_of(claim))
    if key not in context.memo:
        context.memo[key] = _kin_scores(claim, context)
    pool = cast("list[tuple[float, Kinship, Fact]]", context.memo[key])
    hits = [(d, k, fact) for d, k, fact in pool if _same_number(number, fact)]
    if not hits:
        return None
    distance, kinship, fact = min(hits, key=lambda hit: (hit[0], by_trust(hit[2])))
    tried = {(f.model, f.written) for d, _, f in pool if d <= distance}
    chance = 1.0 - float(1 - min(Decimal(1), _width(number) / SCALE)) ** len(tried)
    facts = tuple(f for d, _, f in hits if f.model == fact.model and f.protocol == fact.protocol)
    return Match(facts=facts, owner=name_owner(fact, claim), why=_why(claim, fact, kinship), chance=chance)


def _kin_scores(claim: Claim, context: Context) -> list[tuple[float, Kinship, Fact]]:
    """Every score that this claim's number may have been mistaken for, with its distance."""
    if claim.hub_id is None or claim.protocol is None:
        return []
    found = []
    for model, kinship in context.kin(claim.hub_id):
        for fact in context.evidence.by_model(model):
            if not is_score(fact) or fact.protocol is None or not is_reliable(fact):
                continue
            task = _task_distance(claim, fact.protocol, fact.metric)
            if task and kinship.is_loose:
                continue
            distance = kinship.distance + task
            if 0 < distance <= FARTHEST:
                found.append((distance, kinship, fact))
    return found


def _task_distance(claim: Claim, protocol: Protocol, metric: str) -> float:
    """0 for the same benchmark and metric; other benchmarks cost more when they aren't related."""
    assert claim.protocol is not None  # callers look only at claims with a protocol
    cost = 0.0 if metric == metric_of(claim) else 1.0
    mine, theirs = claim.protocol.benchmark, protocol.benchmark
    if mine != theirs:
        cost += 1.0 if any({mine, theirs} <= group for group in RELATED) else 1.5
    return cost


def _why(claim: Claim, fact: Fact, kinship: Kinship) -> str:
    parts = [kinship.describe()] if kinship.differences else []
    if fact.protocol and claim.protocol and fact.protocol.benchmark != claim.protocol.benchmark:
        parts.append(f"{task_name(fact.protocol)}, not {claim.protocol.benchmark}")
    if fact.metric != metric_of(claim):
        parts.append(f"{fact.metric}, not {metric_of(claim)}")
    return "; ".join(parts)


def name_owner(fact: Fact, claim: Claim) -> str:
    """The owner: a hub id, and where benchmark or metric differ from the claim's, which they are."""
    parts = []
    if fact.protocol is not None and claim.protocol is not None:
        if fact.protocol.benchmark != claim.protocol.benchmark:
            parts.append(task_name(fact.protocol))
        elif fact.model == claim.hub_id and differ(claim.protocol, fact.protocol).is_structural:
            parts.append(describe(fact.protocol))
    if fact.metric != metric_of(claim):
        parts.append(fact.metric)
    return f"{fact.model} ({', '.join(parts)})" if parts else fact.model


def task_name(protocol: Protocol) -> str:
    """ "multipl-e, average of 8 languages"."""
    return ", ".join(filter(None, (protocol.benchmark, protocol.version)))


def _joint_match(claim: Claim, context: Context) -> Match | None:
    """One other model that has two or more of the wrong numbers claimed for this one."""
    wrong = [other for other in context.unconfirmed(model_key(claim)) if is_telling(other)]
    if len({other.protocol.benchmark for other in wrong if other.protocol is not None}) < 2:
        return None
    owners = context.joint_owners(model_key(claim))
    mine = [(model, facts) for (model, facts) in owners if number_key(claim) in facts]
    if not mine:
        return None
    model, facts = min(mine, key=lambda item: (-len(item[1]), item[0]))
    chance = _joint_chance(wrong, context)
    written = " and ".join(
        dict.fromkeys(f"{f.written} on {task_name(f.protocol)}" for f in facts.values() if f.protocol)
    )
    own = facts[number_key(claim)]
    return Match(
        facts=(own, *(fact for fact in facts.values() if fact.id != own.id)),
        owner=name_owner(own, claim),
        why=f"{model} has {written} together",
        chance=chance,
        joint=True,
    )


def _joint_chance(wrong: Iterable[Claim], context: Context) -> float:
    """Expected accidental pairs: every pair of claimed numbers against every model that has both scores."""
    numbers: dict[str, set[Decimal]] = {}
    widths: list[Decimal] = []
    for claim in wrong:
        number = rounding.of_claim(claim)
        if number is not None and claim.protocol is not None:
            numbers.setdefault(claim.protocol.benchmark, set()).add(number.low)
            widths.append(_width(number))
    share = float(max(widths) / SCALE) if widths else 1.0
    expected = 0.0
    for one, two in itertools.combinations(sorted(numbers), 2):
        pairs = len(numbers[one]) * len(numbers[two])
        expected += pairs * context.pairs_of_scores(one, two) * share * share
    return min(1.0, expected)
