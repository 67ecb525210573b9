"""Care of the evidence base: what is wrong in it, and how one number came to be what it is."""

from collections import defaultdict
from typing import Literal

from modelassay.core.published import Fact
from modelassay.core.records import Record
from modelassay.evidence.base import Evidence

MAX_QUOTE_WORDS = 15


class EvidenceProblem(Record):
    """Something to put right in the evidence base. `fact` is a fact, document or model id."""

    fact: str
    problem: Literal["impossible-value", "duplicate", "dead-field", "dangling", "quote", "source"]
    message: str


def check_evidence(evidence: Evidence) -> list[EvidenceProblem]:
    """List what is wrong in the evidence base; empty when nothing is.

    Impossible values (a score outside 0..1, a temperature below 0), the same statement stored twice, models
    and facts that are referred to but not there, quotes that are missing or too long, sources without a URL
    or locator, documents without facts. Files that break the schema never load, so they are not seen here.
    """
    found: list[EvidenceProblem] = []
    for fact in evidence.facts.values():
        found += _fact_problems(fact, evidence)
    found += _duplicates(evidence)
    found += _model_problems(evidence)
    cited = {fact.citation.document for fact in evidence.facts.values()}
    for name in evidence.documents:
        if name not in cited:
            found.append(_problem(name, "dead-field", "this document states no fact"))
    for listed in evidence.releases.values():
        if listed.source not in evidence.facts:
            found.append(_problem(listed.family, "dangling", f"release list rests on {listed.source}"))
    for name in evidence.revisions:
        if name not in evidence.facts:
            found.append(_problem(name, "dangling", "a revision of a fact that is not there"))
    return found


def _problem(
    fact: str,
    problem: Literal["impossible-value", "duplicate", "dead-field", "dangling", "quote", "source"],
    message: str,
) -> EvidenceProblem:
    return EvidenceProblem(fact=fact, problem=problem, message=message)


def _fact_problems(fact: Fact, evidence: Evidence) -> list[EvidenceProblem]:
    found = []
    if fact.subject == "score" and not (fact.value is not None and 0 <= fact.value <= 1):
        found.append(_problem(fact.id, "impossible-value", f"a score of {fact.written}"))
    if fact.subject == "params" and not (fact.value is not None and fact.value > 0):
        found.append(_problem(fact.id, "impossible-value", f"a size of {fact.written}"))
    protocol = fact.protocol
    if protocol is not None and (
        (protocol.shots or 0) < 0
        or (protocol.temperature or 0) < 0
        or (protocol.problems is not None and protocol.problems < 1)
        or (protocol.samples_per_problem is not None and protocol.samples_per_problem < 1)
    ):
        found.append(_problem(fact.id, "impossible-value", f"protocol {protocol.written!r}"))
    if not fact.citation.quote:
        found.append(_problem(fact.id, "quote", "no quote"))
    elif len(fact.citation.quote.split()) > MAX_QUOTE_WORDS:
        found.append(_problem(fact.id, "quote", f"the quote has more than {MAX_QUOTE_WORDS} words"))
    if not fact.citation.locator:
        found.append(_problem(fact.id, "source", "no locator"))
    if fact.model and evidence.model(fact.model) is None:
        found.append(_problem(fact.id, "dangling", f"model {fact.model} is not in models.yaml"))
    if fact.subject == "score" and not fact.model:
        found.append(_problem(fact.id, "dead-field", "a score of no model"))
    return found


def _duplicates(evidence: Evidence) -> list[EvidenceProblem]:
    """The same model, protocol, metric and value from the same place: one of the two is a copy."""
    groups: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for fact in evidence.facts.values():
        key = (fact.model, fact.subject, fact.protocol, fact.metric, fact.written, fact.citation, fact.note)
        groups[key].append(fact.id)
    return [
        _problem(ids[1], "duplicate", f"says the same as {ids[0]}") for ids in groups.values() if len(ids) > 1
    ]


def _model_problems(evidence: Evidence) -> list[EvidenceProblem]:
    found = []
    for model in evidence.models.values():
        if model.tuned_from is not None and evidence.model(model.tuned_from) is None:
            found.append(
                _problem(model.hub_id, "dangling", f"tuned from {model.tuned_from}, which is unknown")
            )
        for source in model.sources:
            if source not in evidence.facts and source not in evidence.documents:
                found.append(_problem(model.hub_id, "dangling", f"source {source} is not there"))
        if model.params is not None and not 1e6 <= model.params <= 1e13:
            found.append(_problem(model.hub_id, "impossible-value", f"{model.params_written} parameters"))
        if not model.exists and not model.sources:
            found.append(_problem(model.hub_id, "source", "said not to exist, without a source"))
    return found


def number_history(evidence: Evidence, fact_id: str) -> list[str]:
    """How a fact came to be what it is: its corrections, oldest first, then what it says now.

    Raises `KeyError` when there is no such fact.
    """
    fact = evidence.facts[fact_id]
    lines = [f"{r.date}: was {r.was}; {r.why}" for r in evidence.revisions.get(fact_id, ())]
    where = f"{fact.citation.title}, {fact.citation.locator}"
    return [*lines, f"now: {fact.written} ({where})"]


def versions_of_number(evidence: Evidence, hub_id: str, benchmark: str) -> tuple[Fact, ...]:
    """Every figure that sources state for one model on one benchmark, highest tier of trust first."""
    order = ("primary-own", "primary-leaderboard", "third-party-paper", "community-card", "aggregator")
    facts = [
        fact
        for fact in evidence.by_model(hub_id)
        if fact.protocol is not None and fact.protocol.benchmark == benchmark and fact.subject == "score"
    ]
    return tuple(sorted(facts, key=lambda fact: (order.index(fact.citation.tier), fact.id)))
