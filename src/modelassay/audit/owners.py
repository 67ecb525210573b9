"""Whose number is it? Find the model, variant, size, benchmark or metric that a wrong number is right for.

Coincidence is the enemy: an honest measurement of the claimed model may print any number near the published ones, and
hundreds of facts with one decimal fill the scale. An owner therefore needs scores of the claimed model on the very
benchmark, and either a relation (the same model elsewhere, its other variant, its other sizes) or a joint match of two
claimed numbers with one other model; and it always states the chance that some such match arises by accident, taken
from how far apart honest measurements lie (evidence/measurement_gaps.py).
"""

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import accumulate

from modelassay.audit import rounding
from modelassay.audit.comparability import describe, differ
from modelassay.audit.context import Context, is_telling, metric_of, model_key, number_key
from modelassay.audit.honest_share import honest_share, share_beside
from modelassay.audit.related_models import Relation
from modelassay.audit.related_numbers import related_numbers, same_number
from modelassay.audit.remarks import by_trust
from modelassay.audit.rounding import Printed
from modelassay.audit.score_index import index_scores
from modelassay.core.published import Claim, Fact, Protocol
from modelassay.core.records import Record
from modelassay.evidence.measurement_gaps import series_of

# Points between two scores of one run: 164 problems, 378 to 500, and what averages and other sets leave.
_GRID = {"humaneval": 0.61, "humaneval+": 0.61, "mbpp": 0.2, "mbpp+": 0.26}
_GRID_ELSE = 0.1
_ROUNDING = 1.05  # the density at a number and at the same number with other decimals
# Of the numbers in a document, how many are a related model's by mistake; against the chance of an accident.
SLIPS = 0.02
SUREST = 0.7  # an owner less probable than this is only mentioned
FARTHEST = 0.9  # the same for a model that differs in two things, as in version and kind
FARTHER = 0.85  # the same for a number on another benchmark, or of a model that is not related
CHANCE = 0.1  # where accident matches more often, nobody can say whose number it is
JOINT = (
    0.001  # a joint match that accident gives anywhere in the document more often than this accuses nobody
)


class Match(Record):
    """A candidate owner of a number. `chance`: how often accident gives some match at least this near.

    honest: the share of numbers that no source has and no related model explains, in the document and beside this one.
    """

    facts: tuple[Fact, ...]
    owner: str
    why: str
    chance: float
    joint: bool = False
    beside: bool = False  # the number of another row of the document
    honest: float = 1.0
    differences: int = 1  # of a related model from the claimed one

    @property
    def probability(self) -> float:
        """That the number is the owner's and not an honest measurement."""
        return SLIPS / (SLIPS + self.chance * self.honest)


def find_owner(claim: Claim, context: Context) -> Match | None:
    """The likeliest owner, or `None`. Joint and related models' matches compete by their chance of being accidental."""
    key = (model_key(claim), *number_key(claim))
    return context.once(key, lambda: _find_owner(claim, context))


def _find_owner(claim: Claim, context: Context) -> Match | None:
    number = rounding.of_claim(claim)
    if number is None or claim.protocol is None or not is_telling(claim) or not context.near_scores(claim):
        return None
    joint, related = _joint_match(claim, context), _related_match(claim, number, context)
    beside = _neighbour_match(claim, number, context)
    found = [joint] if joint is not None and joint.chance <= JOINT else []
    found += [beside] if beside is not None and beside.probability >= FARTHER else []
    found += (
        [related]
        if related is not None and related.probability >= _needed_probability(related, claim)
        else []
    )
    found = [match for match in found if match.chance <= CHANCE]
    return min(found, key=lambda match: match.chance, default=None)


def _needed_probability(match: Match, claim: Claim) -> float:
    """How probable a related model's number must be: more where the number is on a benchmark that is not the claim's or its
    plus set, since then more numbers could have matched than the evidence holds."""
    if match.differences > 1:
        return FARTHEST
    return SUREST if _is_same_task(match.facts[0], claim) else FARTHER


def _is_same_task(fact: Fact, claim: Claim) -> bool:
    """The claim's benchmark, or its plus or base set; never another language or window of it."""
    if fact.protocol is None or claim.protocol is None:
        return False
    told = claim.protocol.version and fact.protocol.version
    other = told and series_of(fact.protocol)[1] != series_of(claim.protocol)[1]
    return not other and fact.protocol.benchmark.removesuffix("+") == claim.protocol.benchmark.removesuffix(
        "+"
    )


def _width(number: Printed, benchmark: str) -> float:
    """How much of the scale one printed number covers: a whole-number score matches a lot, and so does "36.0". One
    run over N problems gives only multiples of 100 / N, however many decimals are printed."""
    low, high = number.bounds
    width = max(number.unit, high - low - number.unit * Decimal("0.5")) if number.approximate else number.unit
    round_number = number.low == number.low.to_integral_value()
    return max(float(width), 1.0 if round_number else 0.0, _GRID.get(benchmark, _GRID_ELSE))


def _accidents(
    number: Printed, values: Iterable[Decimal], own: Sequence[Fact], context: Context
) -> list[float]:
    """For each value: how often an honest measurement of the model prints it by accident.

    It is the density of honest numbers at the value's distance from the model's nearest score, times the width that
    one printed number covers.
    """
    known = [one.low for fact in own if (one := rounding.of_fact(fact)) is not None]
    if not known or own[0].protocol is None:
        return [1.0]
    shape = context.gaps.shape(own[0].protocol.benchmark, "unknown")
    near = (float(min(abs(value - mine) for mine in known)) for value in values)
    width = _width(number, own[0].protocol.benchmark)
    return [width * shape.density(distance) for distance in near]


def _related_match(claim: Claim, number: Printed, context: Context) -> Match | None:
    """The nearest related model with this number. The pool it was found in sets the chance."""
    pool = related_numbers(claim, context)
    hits = [(d, k, fact) for d, k, fact in pool if same_number(number, fact)]
    if not hits:
        return None
    distance, relation, fact = min(hits, key=lambda hit: (hit[0], by_trust(hit[2])))
    tried = {(f.model, f.written): rounding.of_fact(f) for d, _, f in pool if d <= distance}
    values = [one.low for one in tried.values() if one is not None]
    own = context.near_scores(claim)
    (here,) = _accidents(number, [number.low], own, context)
    # What is at most as likely as what was seen; a slip between values close to each other can't be told anyway.
    chance = min(1.0, sum(p for p in _accidents(number, values, own, context) if p <= here * _ROUNDING))
    honest = honest_share(context)
    if _is_same_task(
        fact, claim
    ):  # what a row repeats says little of a number on a benchmark that it has none of
        honest = min(honest, share_beside(claim, context))
    facts = tuple(f for d, _, f in hits if f.model == fact.model and f.protocol == fact.protocol)
    return Match(
        facts=facts, owner=name_owner(fact, claim), why=_why(claim, fact, relation), chance=chance,
        honest=honest, differences=len(relation.differences),
    )  # fmt: skip


def _why(claim: Claim, fact: Fact, relation: Relation) -> str:
    parts = [relation.describe()] if relation.differences else []
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


def _telling_benchmarks(key: str, context: Context) -> int:
    """On how many benchmarks a model has unconfirmed numbers of which a match says anything."""
    return len(
        {c.protocol.benchmark for c in context.unconfirmed(key) if is_telling(c) and c.protocol is not None}
    )


def _joint_match(claim: Claim, context: Context) -> Match | None:
    """One other model that has two or more of the wrong numbers claimed for this one."""
    model = model_key(claim)
    if context.once(("telling", model), lambda: _telling_benchmarks(model, context)) < 2:
        return None
    if not context.near_scores(claim):
        return None
    owners = context.joint_owners(model_key(claim))
    meant = context.readings(claim)
    key = number_key(claim)
    mine = [(model, facts) for (model, facts) in owners if key in facts and model not in meant]
    if not mine:
        return None
    model, facts = min(mine, key=lambda item: (-len(item[1]), item[0]))
    chance = _joint_chance(claim, model, context)
    written = " and ".join(
        dict.fromkeys(f"{f.written} on {task_name(f.protocol)}" for f in facts.values() if f.protocol)
    )
    own = facts[key]
    return Match(
        facts=(own, *(fact for fact in facts.values() if fact.id != own.id)),
        owner=name_owner(own, claim),
        why=f"{model} has {written} together",
        chance=chance,
        joint=True,
    )


def _neighbour_match(claim: Claim, number: Printed, context: Context) -> Match | None:
    """A model in the same document that has this very number on this benchmark, there and in a source: a row that
    slipped. The chance is over all numbers of the document of which no source knows, and all its models."""
    assert claim.protocol is not None  # the caller looks first
    key = ("neighbours", series_of(claim.protocol), metric_of(claim))
    beside = context.once(key, lambda: _confirmed_beside(claim, context))
    meant = (claim.hub_id, *context.readings(claim))
    others = {model: fact for model, fact in beside.items() if model not in meant}
    hits = [fact for fact in others.values() if same_number(number, fact)]
    if not hits:
        return None
    own = context.near_scores(claim)
    (here,) = _accidents(number, [number.low], own, context)
    values = [one.low for fact in others.values() if (one := rounding.of_fact(fact)) is not None]
    chance = sum(p for p in _accidents(number, values, own, context) if p <= here * _ROUNDING)
    fact = min(hits, key=by_trust)
    return Match(
        facts=(fact,), owner=fact.model, why="it stands for that model in this document, too",
        chance=min(1.0, chance * _unexplained(context)), joint=True, beside=True, honest=share_beside(claim, context),
    )  # fmt: skip


def _confirmed_beside(claim: Claim, context: Context) -> dict[str, Fact]:
    """Model → the fact, for every number of the document in this series that a source has for its model."""
    assert claim.protocol is not None  # the caller looks first
    found = {}
    for claims in context.claimed_by_model.values():
        for one in claims:
            same = one.protocol is not None and series_of(one.protocol) == series_of(claim.protocol)
            agreeing = context.agreeing(one) if same and one.metric == claim.metric else ()
            if agreeing:
                found[agreeing[0].model] = agreeing[0]
    return found


def _unexplained(context: Context) -> int:
    """How many numbers of the document no source has for their models; at least one."""
    known = (c for claims in context.claimed_by_model.values() for c in claims if context.near_scores(c))
    return context.once(("unexplained",), lambda: max(1, sum(not context.agreeing(c) for c in known)))


def _joint_chance(claim: Claim, owner: str, context: Context) -> float:
    """Expected accidental pairs in the whole document that are at most as likely as this one.

    Every model in it that has two or more numbers of which no source knows, every pair of them, every other model
    with both scores: the chance that honest measurements of the first print just these two.
    """
    least, chances, upto = context.once(("joint",), lambda: _pair_chances(context))
    limit = least.get((model_key(claim), owner))
    return 1.0 if limit is None else min(1.0, upto[bisect_right(chances, limit * 1.000001)])


def _pair_chances(context: Context) -> tuple[dict[tuple[str, str], float], list[float], list[float]]:
    """(model, other model) → the least chance of a pair; all chances, ascending; how many pairs to expect below each place there."""
    least: dict[tuple[str, str], float] = {}
    every: list[tuple[float, int]] = []
    for key in context.claims_by_model:
        for other, chance, pairs in _pair_accidents(key, context):
            least[key, other] = min(chance, least.get((key, other), chance))
            every.append((chance, pairs))
    every.sort()
    upto = list(accumulate((chance * pairs for chance, pairs in every), initial=0.0))
    return least, [chance for chance, _ in every], upto


def _pair_accidents(key: str, context: Context) -> Iterable[tuple[str, float, int]]:
    """(other model, chance of one pair, how many pairs) for the unconfirmed numbers of one model."""
    groups: dict[tuple[str, float], list[Claim]] = {}
    for claim in context.unconfirmed(key):
        number = rounding.of_claim(claim)
        if (
            number is not None
            and claim.protocol is not None
            and is_telling(claim)
            and context.near_scores(claim)
        ):
            groups.setdefault(
                (claim.protocol.benchmark, _width(number, claim.protocol.benchmark)), []
            ).append(claim)
    shares = {group: _accidents_by_model(claims[0], context) for group, claims in groups.items()}
    for one, two in itertools.combinations(sorted(groups), 2):
        if one[0] == two[0]:
            continue
        pairs = len(groups[one]) * len(groups[two])
        for model, share in shares[one].items():
            if model in shares[two]:
                yield model, share * shares[two][model], pairs


def _accidents_by_model(claim: Claim, context: Context) -> dict[str, float]:
    """Model → how often an honest measurement of the claimed model prints one of that model's scores."""
    assert claim.protocol is not None  # the caller looks first
    number = rounding.of_claim(claim)
    if number is None:
        return {}
    own = context.near_scores(claim)
    key = (
        "accidents",
        claim.protocol.benchmark,
        metric_of(claim),
        tuple(f.id for f in own),
        _width(number, claim.protocol.benchmark),
    )
    return context.once(key, lambda: _find_accidents(claim, number, own, context))


def _find_accidents(claim: Claim, number: Printed, own: Sequence[Fact], context: Context) -> dict[str, float]:
    assert claim.protocol is not None  # the caller looks first
    index = index_scores(context.evidence).get((claim.protocol.benchmark, metric_of(claim)))
    facts = index.facts if index is not None else ()
    shares: dict[str, float] = {}
    chances = _accidents(number, [one.low for f in facts if (one := rounding.of_fact(f))], own, context)
    for fact, chance in zip(facts, chances, strict=True):
        if fact.model != claim.hub_id:
            shares[fact.model] = shares.get(fact.model, 0.0) + chance
    return shares
