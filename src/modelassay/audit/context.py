"""What a check may look at: one claim, all claims of its document, the evidence; and what it may say."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar, cast

from modelassay.audit import rounding
from modelassay.audit.ambiguous_names import may_mean, read_own_words, read_titles
from modelassay.audit.dates import Date, latest_date
from modelassay.audit.related_models import Relation, relate
from modelassay.audit.remarks import by_trust
from modelassay.audit.score_index import index_scores, is_score
from modelassay.audit.source_tiers import stated_protocol
from modelassay.core.published import Claim, Fact, Protocol
from modelassay.evidence.base import Evidence
from modelassay.evidence.measurement_gaps import GapModel, gap_model, is_reliable, series_of
from modelassay.evidence.names import ModelName, parse_name, split_org

_HEADING = re.compile(r"\s{0,3}(?:#{1,6}\s|<h[1-6]\b)")
_ROUNDED = 0.006  # a share within this of another, written without decimals, is that one rounded

_NEVER = object()  # stands for what has not been looked for yet

T = TypeVar("T")
NumberKey = tuple[str, str, float, float, str]


class Context:
    """One document's claims and the evidence, with the indexes that keep a long document fast."""

    def __init__(self, claims: Sequence[Claim], evidence: Evidence, text: str = "") -> None:
        self.claims = tuple(claims)
        self.evidence = evidence
        self.text = text
        self._memo: dict[tuple[object, ...], object] = {}
        self._joint: dict[str, tuple[tuple[str, dict[NumberKey, Fact]], ...]] = {}
        self._agreeing: dict[tuple[object, ...], tuple[Fact, ...]] = {}
        self._agreeing_of: dict[int, tuple[Claim, tuple[Fact, ...]]] = {}
        self._readings: dict[tuple[str, str, str, int], tuple[str, ...]] = {}
        self._near: dict[int, tuple[Claim, tuple[Fact, ...]]] = {}

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
        return self.once(
            ("scores", hub_id, series, metric), lambda: self._find_scores(hub_id, series, metric)
        )

    def _find_scores(self, hub_id: str, series: tuple[str, str], metric: str) -> tuple[Fact, ...]:
        found = self.evidence.scores(hub_id, series[0], metric)
        return tuple(f for f in found if f.protocol and series_of(f.protocol) == series)

    def reliable_scores_of(self, hub_id: str, protocol: Protocol, metric: str) -> tuple[Fact, ...]:
        """Those of them whose labels can be believed."""
        place = ("reliable", hub_id, series_of(protocol), metric)
        return self.once(
            place, lambda: tuple(f for f in self.scores_of(hub_id, protocol, metric) if is_reliable(f))
        )

    def readings(self, claim: Claim) -> tuple[str, ...]:
        """Models other than the resolved one that the name as written may mean as well: its base or instruct
        sibling where the name does not say which, its packaged copies. Not those that the document has a score
        of its own for, on this benchmark, under a name that says the kind."""
        if claim.hub_id is None or claim.protocol is None:
            return ()
        section = self.section(claim.line)
        key = (claim.hub_id, claim.model, claim.protocol.benchmark, section)
        if key not in self._readings:
            self._readings[key] = tuple(
                other
                for other in self._meant(claim.model, claim.hub_id)
                if (other, claim.protocol.benchmark, section) not in self._distinguished
                and not self._is_settled(claim, other)
            )
        return self._readings[key]

    def _meant(self, written: str, hub_id: str) -> tuple[str, ...]:
        """Related models that a name as written may mean, whatever the document says."""
        others = (model for model, _ in self.related(hub_id) if model != hub_id)
        place = ("may mean", written, hub_id)
        return self.once(
            place, lambda: tuple(o for o in others if may_mean(written, hub_id, o, self.evidence))
        )

    def _is_settled(self, claim: Claim, other: str) -> bool:
        """Whether the numbers under this name, below the same heading, say which model it means: two at least are the
        resolved model's to the last digit, and more than are the other's."""
        place = model_key(claim), claim.model, self.section(claim.line)
        own = self.once(("under its name", *place), lambda: self._matched_under(place, claim.hub_id))
        if len(own) < 2:
            return False
        theirs = self.once(("under its name", *place, other), lambda: self._matched_under(place, other))
        return len(own) > len(theirs)

    def _matched_under(self, place: tuple[str, str, int], hub_id: str | None) -> frozenset[str]:
        """On which benchmarks numbers under a name, below one heading, are this model's; for another model than the
        resolved one only numbers that are not the resolved one's."""
        same = self._numbers_under.get(place, ())
        return frozenset(
            c.protocol.benchmark
            for c in same
            if c.protocol
            and (
                self.agreeing(c)
                if c.hub_id == hub_id
                else not self.agreeing(c) and self._agreeing_as(c, hub_id)
            )
        )

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
        if claim.hub_id is None or claim.protocol is None:
            return ()
        return self.reliable_scores_of(claim.hub_id, claim.protocol, metric_of(claim))

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
        seen = self._near.get(id(claim))
        if seen is None:
            seen = claim, self._find_near(claim, claim.protocol)  # it is kept, so that its id stays its own
            self._near[id(claim)] = seen
        return seen[1]

    def _find_near(self, claim: Claim, protocol: Protocol) -> tuple[Fact, ...]:
        names = (claim.hub_id or "", *self.readings(claim))
        metric = metric_of(claim)
        return tuple(f for name in names for f in self.reliable_scores_of(name, protocol, metric))

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
        related = ((model, relate(hub_id, model, self.evidence)) for model in self.scored_models)
        return self.once(
            ("related", hub_id), lambda: tuple((m, how) for m, how in related if how is not None)
        )

    @cached_property
    def scored_models(self) -> tuple[str, ...]:
        """Models with at least one score, in a stable order."""
        return tuple(sorted({fact.model for fact in self.evidence.facts.values() if is_score(fact)}))

    def unconfirmed(self, key: str) -> tuple[Claim, ...]:
        """Claimed scores of one model that no score of its own agrees with; each number once, in a stable order."""
        return self.once(("unconfirmed", key), lambda: self._find_unconfirmed(key))

    def _find_unconfirmed(self, key: str) -> tuple[Claim, ...]:
        distinct = {number_key(claim): claim for claim in self.claims_by_model.get(key, ())}
        return tuple(claim for _, claim in sorted(distinct.items()) if not self.agreeing(claim))

    def once(self, place: tuple[object, ...], find: Callable[[], T]) -> T:
        """What `find` gives, found once. place: a check's name for it, and all that it depends on."""
        found = self._memo.get(place, _NEVER)
        if found is _NEVER:
            found = self._memo[place] = find()
        return cast("T", found)

    def agreeing(self, claim: Claim) -> tuple[Fact, ...]:
        """The model's own reliable scores on that benchmark which the claim's number can be."""
        seen = self._agreeing_of.get(id(claim))  # a protocol is slow to hash
        if seen is None:
            seen = claim, self._agreeing_as(claim, claim.hub_id)  # it is kept, so that its id stays its own
            self._agreeing_of[id(claim)] = seen
        return seen[1]

    def _agreeing_as(self, claim: Claim, hub_id: str | None) -> tuple[Fact, ...]:
        """The reliable scores of a model, claimed or not, which the claim's number can be."""
        if hub_id is None or claim.protocol is None:
            return ()
        series = series_of(claim.protocol)
        key = (
            hub_id,
            series,
            metric_of(claim),
            claim.value,
            claim.high,
            claim.written,
            claim.approximate,
        )
        if key not in self._agreeing:
            self._agreeing[key] = self._find_agreeing(claim, claim.protocol, hub_id)
        return self._agreeing[key]

    def _find_agreeing(self, claim: Claim, protocol: Protocol, hub_id: str) -> tuple[Fact, ...]:
        number = rounding.of_claim(claim)
        if number is None:
            return ()
        found = []
        for fact in self.reliable_scores_of(hub_id, protocol, metric_of(claim)):
            other = rounding.of_fact(fact)
            problems = fact.protocol.problems if fact.protocol is not None else None
            if other is not None and rounding.agree(number, other, problems):
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
        index = index_scores(self.evidence).get((claim.protocol.benchmark, metric_of(claim)))
        if index is None:
            return ()
        found = []
        for fact in index.between(*number.bounds):
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
