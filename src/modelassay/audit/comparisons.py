"""Comparisons and rankings, recomputed from the evidence: better, worse, by how much, best, none above.

Only scores under protocols that may be held against each other are subtracted, from one source where there is
one. The verdict looks at every such pair: true for all, false for all, or true only under some protocol. A comparison
is judged only on a benchmark that is named, or that the document's own scores of the model leave no doubt about; a
ranking only by rivals that the document names or that were out when it was written.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from modelassay.audit import rounding
from modelassay.audit.comparability import describe, differ
from modelassay.audit.context import Context
from modelassay.audit.dates import read_date
from modelassay.audit.related_models import relate, tuned
from modelassay.audit.remarks import Remark, by_trust, percent
from modelassay.audit.score_index import index_scores
from modelassay.core.published import Claim, Fact, Verdict
from modelassay.core.records import Record
from modelassay.evidence.measurement_gaps import is_reliable

BENCHMARKS = ("humaneval", "mbpp")  # what "on both metrics" means when a claim names none
_ABOUT_SCORES = re.compile(
    r"humaneval|mbpp|pass@|benchmark|scor(?:e|es|ing)\b|perform|accura|结果|得分|\d\s?%", re.IGNORECASE
)
TIE = Decimal(6)  # points: one standard error of the difference of two runs over 164 problems is up to 5.5
EVEN = Decimal(1)  # points: closer scores are called even, not better or worse
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*[-–]\s*(\d+(?:\.\d+)?)\s*B\b", re.IGNORECASE)
_UPTO = re.compile(r"(?:≤|<=?|up to|under|below|sub-?)\s*(\d+(?:\.\d+)?)\s*B\b", re.IGNORECASE)
SMALL = 3.5e9  # parameters: what "small" means when no range is written; nominal 3B models count
_RIVALS = 3  # models in range, out when the document was written, before "the best" is confirmed
_NOMINAL = 1.17  # a nominal 3B may hold 3.5 B parameters

_SEVERITIES: dict[Verdict, Literal["supports", "refutes"]] = {
    "confirmed": "supports",
    "contradicted": "refutes",
}


class Pair(Record):
    """One score of each model under comparable protocols; `difference` in points, left minus right."""

    left: Fact
    right: Fact
    difference: Decimal
    shared_source: bool


def pair_scores(left: str, right: str, benchmark: str, context: Context) -> list[Pair]:
    """Every comparable pair of pass@1 scores; only those from one source or harness when there are such."""
    found = []
    for one in context.evidence.scores(left, benchmark):
        for two in context.evidence.scores(right, benchmark):
            pair = _pair(one, two)
            if pair is not None:
                found.append(pair)
    shared = [pair for pair in found if pair.shared_source]
    return sorted(shared or found, key=lambda p: (by_trust(p.left), by_trust(p.right)))


def _pair(one: Fact, two: Fact) -> Pair | None:
    if one.protocol is None or two.protocol is None or not (is_reliable(one) and is_reliable(two)):
        return None
    difference = differ(one.protocol, two.protocol)
    a, b = rounding.of_fact(one), rounding.of_fact(two)
    if a is None or b is None:
        return None
    one_document = one.citation.document == two.citation.document
    # A table that lists a base and an instruct model has prompted each in its own way: that is its protocol.
    fields = [field for field in difference.fields if not field.startswith("prompt ")]
    if fields or (difference.harness and not one_document):
        return None
    same = one_document or (one.protocol.harness is not None and one.protocol.harness == two.protocol.harness)
    return Pair(left=one, right=two, difference=a.low - b.low, shared_source=same)


def check_comparison(claim: Claim, context: Context) -> list[Remark]:
    """Better, worse or equal, and by how much, from the evidence."""
    if claim.subject != "comparison" or claim.relation not in ("above", "below", "equal"):
        return []
    if claim.hub_id is None or claim.other is None or _same_model(claim.hub_id, claim.other, context):
        return []
    missing = [name for name in (claim.hub_id, claim.other) if _never_released(name, context)]
    if claim.release_list is not None and not missing:
        missing = [claim.other]  # a claim of a never-released subject has had its verdict before
    if missing:
        message = f"{missing[0]} was never released, so there is nothing to compare"
        return [Remark(check="comparison", severity="refutes", message=message, verdict="no-such-model")]
    names = benchmarks_of(claim, context)
    groups = {name: pair_scores(claim.hub_id, claim.other, name, context) for name in names}
    groups = {name: pairs for name, pairs in groups.items() if pairs}
    if groups:
        return [_judge_pairs(claim, groups)]
    sides = describe_sides(claim, names, context)
    if not sides:
        return []
    message = f"no comparable protocol for both: {sides}"
    return [Remark(check="comparison", severity="doubts", message=message, verdict="different-protocol")]


def benchmarks_of(claim: Claim, context: Context) -> tuple[str, ...]:
    """What a comparison is about: the benchmark it names, else those of the document's own scores of the model where
    the line speaks of scores at all; nothing otherwise."""
    if claim.protocol is not None:
        return (claim.protocol.benchmark,)
    if not _ABOUT_SCORES.search(f"{claim.quote} {context.line(claim.line)}"):
        return ()
    scores = context.claimed_by_model.get(claim.hub_id or "", ())
    said = {one.protocol.benchmark for one in scores if one.protocol is not None}
    return tuple(name for name in BENCHMARKS if name in said)


def follows_from_document(claim: Claim, context: Context) -> bool:
    """Whether the difference as written is that of two scores that the document itself has."""
    if claim.hub_id is None or claim.other is None or claim.subject != "comparison":
        return False
    mine, theirs = (context.claimed_by_model.get(name, ()) for name in (claim.hub_id, claim.other))
    return any(
        _holds(claim, a.low - b.low)
        for one in mine
        for two in theirs
        if one.protocol and two.protocol and one.protocol.benchmark == two.protocol.benchmark
        if (a := rounding.of_claim(one)) is not None and (b := rounding.of_claim(two)) is not None
    )


def _same_model(one: str, two: str, context: Context) -> bool:
    """A model and itself, or a packaged copy of it."""
    relation = relate(one, two, context.evidence)
    return relation is not None and set(relation.differences) <= {"packaging"}


def _never_released(hub_id: str, context: Context) -> bool:
    model = context.evidence.model(hub_id)
    return model is not None and not model.exists


def _judge_pairs(claim: Claim, groups: dict[str, list[Pair]]) -> Remark:
    held = [[_holds(claim, pair.difference) for pair in pairs] for pairs in groups.values()]
    facts = {fact.id: fact for pairs in groups.values() for pair in pairs for fact in (pair.left, pair.right)}
    parts = [f"{name}: {_describe_pairs(pairs)}" for name, pairs in groups.items()]
    message = f"recomputed for {claim.hub_id} against {claim.other}: {'; '.join(parts)}"
    verdict: Verdict
    if all(all(group) for group in held):
        verdict = "confirmed"
    elif claim.value is not None and all(any(group) for group in held):
        verdict = "confirmed"  # the difference as written stands between two of the sources
    elif any(_all_wrong(claim, pairs) for pairs in groups.values()):
        verdict = "contradicted"
    else:
        verdict, message = "different-protocol", message + "; it holds only under some of these protocols"
    if claim.negated and verdict in ("confirmed", "contradicted"):
        verdict = "contradicted" if verdict == "confirmed" else "confirmed"
    return Remark(
        check="comparison", severity=_SEVERITIES.get(verdict, "doubts"),
        message=message, facts=tuple(facts.values()), verdict=verdict,
        closest=next(iter(groups.values()))[0].left,
    )  # fmt: skip


def _holds(claim: Claim, difference: Decimal) -> bool:
    """Whether one recomputed difference is what the claim says."""
    signed = -difference if claim.relation == "below" else difference
    if claim.relation == "equal":
        return abs(difference) <= TIE
    if claim.value is None:
        return signed >= EVEN
    number = rounding.print_share(claim.value, claim.written, claim.high, claim.approximate)
    low, high = number.bounds
    slack = Decimal("0.1")  # both sides of the subtraction are rounded
    return low - slack <= signed <= high + slack


def _all_wrong(claim: Claim, pairs: Sequence[Pair]) -> bool:
    """Every pair says otherwise; for a mere "better" or "worse" by more than makes two scores even."""
    if claim.relation != "equal" and claim.value is None:
        sign = -1 if claim.relation == "below" else 1
        return all(sign * pair.difference <= -EVEN for pair in pairs)
    return not any(_holds(claim, pair.difference) for pair in pairs)


def _describe_pairs(pairs: Sequence[Pair]) -> str:
    seen: dict[str, str] = {}
    for pair in pairs:
        text = f"{percent(pair.left)} against {percent(pair.right)}"
        tie = ", about equal" if abs(pair.difference) < EVEN else ""
        seen.setdefault(text, f"{text} ({_points(pair.difference)} pp{tie}; {_cite_pair(pair)})")
    return ", ".join(list(seen.values())[:3])


def _points(difference: Decimal) -> str:
    """ "+4.8", with the decimals that the two numbers have."""
    rounded = difference.normalize() if difference else Decimal(0)
    return f"{rounded:+f}"


def _cite_pair(pair: Pair) -> str:
    one, two = pair.left.citation.title, pair.right.citation.title
    return one if one == two else f"{one} and {two}"


def check_ranking(claim: Claim, context: Context) -> list[Remark]:
    """ "The best in its range": any model of the range that beats it under a comparable protocol refutes it."""
    if claim.subject != "comparison" or claim.relation != "top" or claim.hub_id is None:
        return []
    names = benchmarks_of(claim, context)
    low, high = _range_of(claim, context)
    beaten = [pair for name in names for pair in _better(claim.hub_id, name, (low, high), context)]
    if beaten:
        parts = [f"{p.right.model} {percent(p.right)} against {percent(p.left)}" for p in beaten[:3]]
        message = f"not the best up to {high / 1e9:.3g}B: {'; '.join(parts)} ({_cite_pair(beaten[0])})"
        facts = tuple(fact for pair in beaten[:3] for fact in (pair.right, pair.left))
        return [_set_verdict(claim, "ranking", False, message, facts)]
    own = [f for name in names for f in context.evidence.scores(claim.hub_id, name) if is_reliable(f)]
    rivals = [
        model
        for model in context.scored_models
        if model != claim.hub_id and _in_range(model, low, high, context) and _was_out(model, context)
    ]
    if not own or len(rivals) < _RIVALS:
        return []
    message = f"no model of {low / 1e9:.3g} to {high / 1e9:.3g}B in the evidence beats it under a comparable protocol"
    return [_set_verdict(claim, "ranking", True, message, tuple(own[:2]))]


def _better(hub_id: str, benchmark: str, sizes: tuple[float, float], context: Context) -> list[Pair]:
    """Models of the same kind and size range that beat it in every comparable pair."""
    found = []
    for model in sorted({fact.model for fact in context.evidence.by_benchmark(benchmark) if fact.model}):
        if model == hub_id or not _in_range(model, *sizes, context) or not _was_out(model, context):
            continue
        if tuned(model, context.evidence) != tuned(hub_id, context.evidence):
            continue
        pairs = pair_scores(hub_id, model, benchmark, context)
        if pairs and all(pair.difference <= -EVEN for pair in pairs):
            found.append(min(pairs, key=lambda pair: pair.difference))
    return sorted(found, key=lambda pair: (not pair.shared_source, pair.difference, pair.right.id))


def check_set(claim: Claim, context: Context) -> list[Remark]:
    """ "No small model reaches 70%": one model in range that does refutes it."""
    if claim.subject != "comparison" or claim.relation != "none-above" or claim.value is None:
        return []
    if claim.protocol is None:
        return []
    low, high = _range_of(claim, context)
    threshold = Decimal(repr(round(claim.value, 6))) * 100
    index = index_scores(context.evidence).get((claim.protocol.benchmark, "pass@1"))
    facts = [
        fact
        for fact in (index.between(threshold, Decimal(100)) if index is not None else ())
        if _in_range(fact.model, low, high, context) and _was_out(fact.model, context)
    ]
    best: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda fact: (-(fact.value or 0), by_trust(fact))):
        best.setdefault(fact.model, fact)
    if best:
        parts = [f"{fact.model} {percent(fact)} ({fact.citation.title})" for fact in list(best.values())[:3]]
        message = f"{len(best)} models up to {high / 1e9:.3g}B reach {threshold:f}%: {', '.join(parts)}"
        return [_set_verdict(claim, "set", False, message, tuple(list(best.values())[:3]))]
    known = {f.model for f in (index.facts if index else ()) if _in_range(f.model, low, high, context)}
    if len([model for model in known if _was_out(model, context)]) < _RIVALS:
        return []
    return [
        _set_verdict(claim, "set", True, f"no model up to {high / 1e9:.3g}B in the evidence reaches it", ())
    ]


def _set_verdict(claim: Claim, check: str, right: bool, message: str, facts: tuple[Fact, ...]) -> Remark:
    holds = right != claim.negated
    return Remark(
        check=check, severity="supports" if holds else "refutes", message=message, facts=facts,
        verdict="confirmed" if holds else "contradicted", closest=facts[0] if facts else None,
    )  # fmt: skip


def _range_of(claim: Claim, context: Context) -> tuple[float, float]:
    """The size range meant: written in the sentence, else "small", else up to the model's own class."""
    if found := _RANGE.search(claim.quote):
        return float(found[1]) * 1e9 * 0.85, float(found[2]) * 1e9 * _NOMINAL
    if found := _UPTO.search(claim.quote):
        return 0.0, float(found[1]) * 1e9 * _NOMINAL
    model = None if claim.hub_id is None else context.evidence.model(claim.hub_id)
    own = model.params if model is not None and model.params is not None else 0.0
    return 0.0, max(SMALL, own * 1.01)


def _in_range(hub_id: str, low: float, high: float, context: Context) -> bool:
    model = context.evidence.model(hub_id)
    return model is not None and model.exists and model.params is not None and low <= model.params <= high


def _was_out(hub_id: str, context: Context) -> bool:
    """Whether a rival was out when the document was written: it is named there, or its release is known and not later."""
    if hub_id in context.named_models:
        return True
    model = context.evidence.model(hub_id)
    released = read_date(model.released) if model is not None and model.released else None
    if released is None or context.date is None:
        return False
    shared = min(len(released), len(context.date))
    return released[:shared] <= context.date[:shared]


def describe_sides(claim: Claim, benchmarks: Sequence[str], context: Context) -> str:
    """What the evidence has for each side when no pair is comparable; empty unless it has both."""
    sides = []
    for name in (claim.hub_id or "", claim.other or ""):
        facts = [f for b in benchmarks for f in context.evidence.scores(name, b) if is_reliable(f)]
        if facts:
            sides.append(f"{name} {percent(facts[0])} ({describe(facts[0].protocol)})")
    return "; ".join(sides) if len(sides) == 2 else ""
