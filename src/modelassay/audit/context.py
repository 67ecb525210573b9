"""What a check may look at: one claim, all claims of its document, the evidence; and what it may say."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeVar, cast

import msgspec

from modelassay.audit import rounding
from modelassay.audit.ambiguous_names import may_mean, read_own_words, read_titles
from modelassay.audit.dates import Date, latest_date
from modelassay.audit.related_models import Relation, relate
from modelassay.audit.remarks import by_trust
from modelassay.audit.source_tiers import stated_protocol
from modelassay.core.published import Claim, Fact, Protocol
from modelassay.evidence.base import Evidence
from modelassay.evidence.measurement_gaps import GapModel, gap_model, is_reliable, series_of
from modelassay.evidence.names import ModelName, parse_name, split_org

_HEADING = re.compile(r"\s{0,3}(?:#{1,6}\s|<h[1-6]\b)")
_ROUNDED = 0.006  # a share within this of another, written without decimals, is that one rounded

T = TypeVar("T")
NumberKey = tuple[str, str, float, float, str]


@dataclass(frozen=True)
class ScoreIndex:
    """Score facts of one benchmark and metric, sorted by value, to find who else has a number."""

    values: tuple[Decimal, ...]
    facts: tuple[Fact, ...]

    def between(self, low: Decimal, high: Decimal) -> tuple[Fact, ...]:
        """Facts with `low` ≤ value ≤ `high`, in percent."""
        return self.facts[bisect_left(self.values, low) : bisect_right(self.values, high)]


class Context:
    """One document's claims and the evidence, with the indexes that keep a long document fast."""

    def __init__(self, claims: Sequence[Claim], evidence: Evidence, text: str = "") -> None:
        self.claims = tuple(claims)
        self.evidence = evidence
        self.text = text
        self._memo: dict[tuple[object, ...], object] = {}
        self._own: dict[tuple[str, str, str], tuple[Fact, ...]] = {}
        self._related: dict[str, tuple[tuple[str, Relation], ...]] = {}
        self._unconfirmed: dict[str, tuple[Claim, ...]] = {}
        self._joint: dict[str, tuple[tuple[str, dict[NumberKey, Fact]], ...]] = {}
        self._agreeing: dict[tuple[object, ...], tuple[Fact, ...]] = {}
        self._agreeing_of: dict[int, tuple[Claim, tuple[Fact, ...]]] = {}
        self._readings: dict[tuple[str, str, str, int], tuple[str, ...]] = {}

    @cached_property
    def claims_by_model(self) -> Mapping[str, tuple[Claim, ...]]:
        """Score claims with a number, by model."""
        groups: dict[str, list[Claim]] = {}
        for claim in self.claims:
            if claim.subject == "score" and claim.value is not None and claim.protocol is not None:
                groups.setdefault(model_key(claim), []).append(claim)
        return {key: tuple(group) for key, group in groups.items()}

    @cached_property
    def claims_by_place(self) -> Mapping[tuple[str, int], tuple[Claim, ...]]:
        """Score claims by model and line."""
        groups: dict[tuple[str, int], list[Claim]] = {}
        for key, claims in self.claims_by_model.items():
            for claim in claims:
                groups.setdefault((key, claim.line), []).append(claim)
        return {place: tuple(group) for place, group in groups.items()}

    @cached_property
    def claimed_by_model(self) -> Mapping[str, tuple[Claim, ...]]:
        """Score claims that the document does not disown, by model; each number once, where it stands first."""
        found: dict[str, tuple[Claim, ...]] = {}
        for key, claims in self.claims_by_model.items():
            first: dict[NumberKey, Claim] = {}
            for claim in sorted(claims, key=lambda claim: claim.line):
                if not claim.negated:
                    first.setdefault(number_key(claim), claim)
            found[key] = tuple(first.values())
        return found

    @cached_property
    def index(self) -> Mapping[tuple[str, str], ScoreIndex]:
        """(benchmark, metric) → its reliable facts, sorted by value."""
        groups: dict[tuple[str, str], list[tuple[Decimal, str, Fact]]] = {}
        for fact in self.evidence.facts.values():
            number = rounding.of_fact(fact) if is_score(fact) else None
            if number is not None and fact.protocol is not None and is_reliable(fact):
                key = (fact.protocol.benchmark, fact.metric)
                groups.setdefault(key, []).append((number.low, fact.id, fact))
        found = {}
        for key, group in groups.items():
            group.sort(key=lambda item: item[:2])
            found[key] = ScoreIndex(
                values=tuple(item[0] for item in group), facts=tuple(item[2] for item in group)
            )
        return found

    @cached_property
    def gaps(self) -> GapModel:
        """How far apart honest measurements lie, learnt from this evidence base."""
        return gap_model(self.evidence)

    @cached_property
    def own_words(self) -> tuple[str, ...]:
        """What the document calls its writer's own."""
        return read_own_words(self.text)

    @cached_property
    def titles(self) -> tuple[ModelName, ...]:
        """What the document calls itself, as the names of models that these words may be."""
        return tuple(parse_name(split_org(word)[1]) for word in read_titles(self.text))

    @cached_property
    def named_models(self) -> frozenset[str]:
        """Hub ids of every model that the document says anything of."""
        return frozenset(name for claim in self.claims for name in (claim.hub_id, claim.other) if name)

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        return tuple(self.text.splitlines())

    def line(self, number: int) -> str:
        """The text of one line, 1-based; empty where the document was not given."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def section(self, number: int) -> int:
        """Which heading a line stands below; a name may mean the base model in one section and the tuned one in the next."""
        return bisect_right(self._headings, number)

    @cached_property
    def _headings(self) -> tuple[int, ...]:
        return tuple(n for n, line in enumerate(self._lines, start=1) if _HEADING.match(line))

    @cached_property
    def date(self) -> Date | None:
        """When the document was written, as far as the dates in it tell: not before the latest of them."""
        return latest_date(self.text)

    def own_scores(self, claim: Claim) -> tuple[Fact, ...]:
        """Every score of the claimed model in the claimed series and metric, mislabelled ones too.

        A series is what is compared only with itself: a benchmark, one language of MultiPL-E, one window of
        LiveCodeBench.
        """
        if claim.hub_id is None or claim.protocol is None:
            return ()
        return self.scores_of(claim.hub_id, claim.protocol, metric_of(claim))

    def scores_of(self, hub_id: str, protocol: Protocol, metric: str) -> tuple[Fact, ...]:
        """One model's scores in the series of a protocol."""
        series = series_of(protocol)
        key = (hub_id, "/".join(series), metric)
        if key not in self._own:
            found = self.evidence.scores(hub_id, protocol.benchmark, metric)
            self._own[key] = tuple(f for f in found if f.protocol and series_of(f.protocol) == series)
        return self._own[key]

    def readings(self, claim: Claim) -> tuple[str, ...]:
        """Models other than the resolved one that the name as written may mean as well: its base or instruct
        sibling where the name does not say which, its packaged copies. Not those that the document has a score
        of its own for, on this benchmark, under a name that says the kind."""
        if claim.hub_id is None or claim.protocol is None:
            return ()
        section = self.section(claim.line)
        key = (claim.hub_id, claim.model, claim.protocol.benchmark, section)
        if key not in self._readings:
            others = (model for model, _ in self.related(claim.hub_id) if model != claim.hub_id)
            self._readings[key] = tuple(
                other
                for other in others
                if (other, claim.protocol.benchmark, section) not in self._distinguished
                and not self._is_settled(claim, other)
                and may_mean(claim.model, claim.hub_id, other, self.evidence)
            )
        return self._readings[key]

    def _is_settled(self, claim: Claim, other: str) -> bool:
        """Whether the numbers under this name, below the same heading, say which model it means: two at least are the
        resolved model's to the last digit, and more than are the other's."""
        same = self._numbers_under.get((model_key(claim), claim.model, self.section(claim.line)), ())
        own = {c.protocol.benchmark for c in same if c.protocol and self.agreeing(c)}
        theirs = {
            c.protocol.benchmark
            for c in same
            if c.protocol and not self.agreeing(c) and self.agreeing(msgspec.structs.replace(c, hub_id=other))
        }
        return len(own) >= 2 and len(own) > len(theirs)

    @cached_property
    def _numbers_under(self) -> Mapping[tuple[str, str, int], tuple[Claim, ...]]:
        """(model, name as written, section) → its telling numbers, each once."""
        groups: dict[tuple[str, str, int], dict[NumberKey, Claim]] = {}
        for key, claims in self.claims_by_model.items():
            for claim in claims:
                group = groups.setdefault((key, claim.model, self.section(claim.line)), {})
                if number_key(claim) not in group and is_telling(claim):
                    group[number_key(claim)] = claim
        return {key: tuple(group.values()) for key, group in groups.items()}

    @cached_property
    def _distinguished(self) -> frozenset[tuple[str, str, int]]:
        """(model, benchmark, section) of scores whose name says base or instruct: a bare name beside them is the other."""
        scores = (c for claims in self.claims_by_model.values() for c in claims)
        return frozenset(
            (c.hub_id, c.protocol.benchmark, self.section(c.line))
            for c in scores
            if c.hub_id and c.protocol and parse_name(c.model).kind is not None
        )

    def reliable_scores(self, claim: Claim) -> tuple[Fact, ...]:
        """The claimed model's own scores in the claimed series whose labels can be believed."""
        return tuple(fact for fact in self.own_scores(claim) if is_reliable(fact))

    @cached_property
    def measures_for_itself(self) -> bool:
        """Whether the document mostly disagrees with published scores: then it prints measurements of its own."""
        told = {
            (model_key(claim), claim.protocol.benchmark): bool(self.agreeing(claim))
            for claims in self.claimed_by_model.values()
            for claim in claims
            if claim.protocol is not None and self.near_scores(claim)
        }
        return len({model for model, _ in told}) >= 3 and 2 * sum(told.values()) < len(told)

    def near_scores(self, claim: Claim) -> tuple[Fact, ...]:
        """Reliable scores that an honest number under this name may repeat: its own, and those of its readings."""
        if claim.protocol is None:
            return ()
        names = (claim.hub_id or "", *self.readings(claim))
        found = (f for name in names for f in self.scores_of(name, claim.protocol, metric_of(claim)))
        return tuple(f for f in found if is_reliable(f))

    @cached_property
    def _attributions(self) -> Mapping[tuple[str, str, float | None], str]:
        """What the document says, anywhere, of where a model's number comes from."""
        found: dict[tuple[str, str, float | None], set[str]] = {}
        for claim in self.claims:
            if claim.subject == "score" and claim.attribution and claim.protocol is not None:
                key = (model_key(claim), claim.protocol.benchmark, claim.value)
                found.setdefault(key, set()).add(claim.attribution)
        return {key: min(words) for key, words in found.items()}

    def attribution(self, claim: Claim) -> str:
        """The source written beside a score, here or where the document has the same score again, in full if it is
        rounded here ("~30%" after 30.5%)."""
        if claim.attribution or claim.protocol is None or claim.value is None:
            return claim.attribution
        model, benchmark = model_key(claim), claim.protocol.benchmark
        found = self._attributions.get((model, benchmark, claim.value))
        number = rounding.of_claim(claim)
        if found is None and number is not None and number.decimals == 0 and number.low == number.high:
            rounded = (
                words
                for (name, where, value), words in self._attributions.items()
                if (name, where) == (model, benchmark) and value and abs(value - claim.value) <= _ROUNDED
            )
            found = min(rounded, default=None)
        return found or ""

    def stated(self, claim: Claim) -> Protocol | None:
        """The claim's protocol with what its source implies."""
        return stated_protocol(claim, self.attribution(claim))

    def related(self, hub_id: str) -> tuple[tuple[str, Relation], ...]:
        """Every model with facts that is related to this one, itself included."""
        if hub_id not in self._related:
            related = ((model, relate(hub_id, model, self.evidence)) for model in self.scored_models)
            self._related[hub_id] = tuple(
                (model, relation) for model, relation in related if relation is not None
            )
        return self._related[hub_id]

    @cached_property
    def scored_models(self) -> tuple[str, ...]:
        """Models with at least one score, in a stable order."""
        return tuple(sorted({fact.model for fact in self.evidence.facts.values() if is_score(fact)}))

    def models_with(self, benchmark: str) -> tuple[str, ...]:
        """Models with a score on this benchmark, in a stable order."""
        return tuple(sorted({fact.model for fact in self.evidence.by_benchmark(benchmark) if fact.model}))

    def unconfirmed(self, key: str) -> tuple[Claim, ...]:
        """Claimed scores of one model that no score of its own agrees with; each number once, in a stable order."""
        if key not in self._unconfirmed:
            distinct = {number_key(claim): claim for claim in self.claims_by_model.get(key, ())}
            wrong = (claim for _, claim in sorted(distinct.items()) if not self.agreeing(claim))
            self._unconfirmed[key] = tuple(wrong)
        return self._unconfirmed[key]

    def once(self, place: tuple[object, ...], find: Callable[[], T]) -> T:
        """What `find` gives, found once. place: a check's name for it, and all that it depends on."""
        if place not in self._memo:
            self._memo[place] = find()
        return cast("T", self._memo[place])

    def agreeing(self, claim: Claim) -> tuple[Fact, ...]:
        """The model's own reliable scores on that benchmark which the claim's number can be."""
        seen = self._agreeing_of.get(id(claim))  # a protocol is slow to hash
        if seen is None:
            seen = claim, self._agreeing_as(claim)  # it is kept, so that its id stays its own
            self._agreeing_of[id(claim)] = seen
        return seen[1]

    def _agreeing_as(self, claim: Claim) -> tuple[Fact, ...]:
        key = (
            claim.hub_id,
            claim.protocol,
            claim.metric,
            claim.value,
            claim.high,
            claim.written,
            claim.approximate,
        )
        if key not in self._agreeing:
            self._agreeing[key] = self._find_agreeing(claim)
        return self._agreeing[key]

    def _find_agreeing(self, claim: Claim) -> tuple[Fact, ...]:
        number = rounding.of_claim(claim)
        if number is None:
            return ()
        found = []
        for fact in self.own_scores(claim):
            other = rounding.of_fact(fact)
            problems = fact.protocol.problems if fact.protocol is not None else None
            if other is not None and is_reliable(fact) and rounding.agree(number, other, problems):
                found.append(fact)
        return tuple(sorted(found, key=by_trust))

    def joint_owners(self, key: str) -> tuple[tuple[str, dict[NumberKey, Fact]], ...]:
        """Other models that have two or more of one model's unconfirmed numbers on different benchmarks.

        Each comes with number → the fact that has it (see `number_key`).
        """
        if key not in self._joint:
            found: dict[str, dict[NumberKey, Fact]] = {}
            for claim in self.unconfirmed(key):
                if not is_telling(claim):
                    continue
                for fact in self.same_number_elsewhere(claim):
                    found.setdefault(fact.model, {}).setdefault(number_key(claim), fact)
            self._joint[key] = tuple(
                (model, facts)
                for model, facts in sorted(found.items())
                if len({fact.protocol.benchmark for fact in facts.values() if fact.protocol}) >= 2
            )
        return self._joint[key]

    def same_number_elsewhere(self, claim: Claim) -> tuple[Fact, ...]:
        """Other models with the same number on the same benchmark and metric, best source first."""
        number = rounding.of_claim(claim)
        if number is None or claim.protocol is None or number.low != number.high:
            return ()
        index = self.index.get((claim.protocol.benchmark, metric_of(claim)))
        if index is None:
            return ()
        found = []
        for fact in index.between(*number.bounds()):
            other = rounding.of_fact(fact)
            if fact.model == claim.hub_id or fact.protocol is None or other is None:
                continue
            if series_of(fact.protocol) == series_of(claim.protocol) and rounding.agree(number, other, None):
                found.append(fact)
        return tuple(sorted(found, key=by_trust))


def model_key(claim: Claim) -> str:
    """What two claims about the same model share: the hub id, or the name as written."""
    return claim.hub_id or claim.model.lower()


def number_key(claim: Claim) -> NumberKey:
    """What makes two claimed scores of one model the same number."""
    benchmark = claim.protocol.benchmark if claim.protocol is not None else ""
    return benchmark, metric_of(claim), claim.value or 0.0, claim.high or 0.0, claim.written


def is_telling(claim: Claim) -> bool:
    """Whether a match with this number says anything: one number with at least one decimal."""
    number = rounding.of_claim(claim)
    return number is not None and number.low == number.high and number.decimals >= 1


def metric_of(claim: Claim) -> str:
    """A claim that names no metric means pass@1."""
    return claim.metric or "pass@1"


def is_score(fact: Fact) -> bool:
    """A number for a model on a benchmark."""
    return fact.subject == "score" and fact.value is not None and bool(fact.model)
