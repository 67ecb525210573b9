"""What a check may look at: one claim, all claims of its document, the evidence; and what it may say."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

from modelassay.audit import rounding
from modelassay.audit.related_models import Kinship, relate
from modelassay.audit.source_tiers import stated_protocol
from modelassay.core.published import Claim, Fact, Finding, Judgement, Protocol, Verdict
from modelassay.core.records import Record
from modelassay.evidence.base import Evidence

# Best first. It orders what is shown and cited; a lower tier is never dropped and never averaged in.
TIERS = ("primary-own", "primary-leaderboard", "third-party-paper", "community-card", "aggregator")


NumberKey = tuple[str, str, float, float, str]


class Remark(Record):
    """What one check says about one claim. `verdict` is `None` when it only adds to the picture.

    closest: the fact that should be read in the claim's place. owner: whom the number belongs to.
    replacement: text that belongs in place of what is written.
    """

    check: str
    severity: Literal["info", "supports", "doubts", "refutes"]
    message: str
    facts: tuple[Fact, ...] = ()
    verdict: Verdict | None = None
    owner: str | None = None
    closest: Fact | None = None
    replacement: str | None = None

    def as_finding(self, claim: Claim) -> Finding:
        """The public record."""
        return Finding(
            claim=claim.id,
            check=self.check,
            severity=self.severity,
            message=self.message,
            rests_on=tuple(fact.id for fact in self.facts),
        )


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

    def __init__(self, claims: Sequence[Claim], evidence: Evidence) -> None:
        self.claims = tuple(claims)
        self.evidence = evidence
        self.memo: dict[tuple[object, ...], object] = {}  # what a check found once for a model and a number
        self._own: dict[tuple[str, str, str], tuple[Fact, ...]] = {}
        self._kin: dict[str, tuple[tuple[str, Kinship], ...]] = {}
        self._unconfirmed: dict[str, tuple[Claim, ...]] = {}
        self._joint: dict[str, tuple[tuple[str, dict[NumberKey, Fact]], ...]] = {}
        self._pairs: dict[tuple[str, str], int] = {}

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
    def said_by_model(self) -> Mapping[str, tuple[Claim, ...]]:
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

    def own_scores(self, claim: Claim) -> tuple[Fact, ...]:
        """Every score of the claimed model on the claimed benchmark and metric, mislabelled ones too."""
        if claim.hub_id is None or claim.protocol is None:
            return ()
        key = (claim.hub_id, claim.protocol.benchmark, metric_of(claim))
        if key not in self._own:
            self._own[key] = self.evidence.scores(*key)
        return self._own[key]

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
        """The source written beside a score, here or where the document has the same score again."""
        if claim.attribution or claim.protocol is None:
            return claim.attribution
        return self._attributions.get((model_key(claim), claim.protocol.benchmark, claim.value), "")

    def stated(self, claim: Claim) -> Protocol | None:
        """The claim's protocol with what its source implies."""
        return stated_protocol(claim, self.attribution(claim))

    def kin(self, hub_id: str) -> tuple[tuple[str, Kinship], ...]:
        """Every model with facts that is kin of this one, itself included."""
        if hub_id not in self._kin:
            related = ((model, relate(hub_id, model, self.evidence)) for model in self.scored_models)
            self._kin[hub_id] = tuple((model, kinship) for model, kinship in related if kinship is not None)
        return self._kin[hub_id]

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

    def agreeing(self, claim: Claim) -> tuple[Fact, ...]:
        """The model's own reliable scores on that benchmark which the claim's number can be."""
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
            if fact.model != claim.hub_id and other is not None and rounding.agree(number, other, None):
                found.append(fact)
        return tuple(sorted(found, key=by_trust))

    def pairs_of_scores(self, one: str, two: str) -> int:
        """How many (score on `one`, score on `two`) pairs single models have: the trials of a joint match."""
        if (one, two) not in self._pairs:
            counts = [self._count_by_model(name) for name in (one, two)]
            self._pairs[one, two] = sum(n * counts[1].get(model, 0) for model, n in counts[0].items())
        return self._pairs[one, two]

    def _count_by_model(self, benchmark: str) -> dict[str, int]:
        distinct: dict[str, set[str]] = {}
        for fact in self.evidence.by_benchmark(benchmark):
            distinct.setdefault(fact.model, set()).add(fact.written)
        return {model: len(values) for model, values in distinct.items()}


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


def is_reliable(fact: Fact) -> bool:
    """Whether its label can be believed. A mislabelled or inherited number explains; it never decides."""
    written = fact.protocol.written if fact.protocol is not None else ""
    words = f"{written} {fact.note}".lower()
    return not ("mislabelled" in words or "inherited metadata" in words)


def by_trust(fact: Fact) -> tuple[int, str]:
    """Sort key: best tier first, then a stable order."""
    return TIERS.index(fact.citation.tier), fact.id


def percent(fact: Fact) -> str:
    """ "65.2 %", as printed by the source."""
    number = rounding.of_fact(fact)
    return fact.written if number is None else f"{number.text} %"


_BENCHMARKS = {
    "humaneval": "HumanEval",
    "humaneval+": "HumanEval+",
    "mbpp": "MBPP",
    "mbpp+": "MBPP+",
    "mbpp-sanitized": "MBPP sanitized",
    "multipl-e": "MultiPL-E",
    "humanevalsynthesize": "HumanEvalSynthesize",
}


def name_benchmark(benchmark: str) -> str:
    """A benchmark as people write it."""
    return _BENCHMARKS.get(benchmark, benchmark)


def judged_wrong(judgement: Judgement) -> bool:
    """Whether nobody should rely on the claim."""
    return judgement.verdict in ("contradicted", "misattributed", "no-such-model")
