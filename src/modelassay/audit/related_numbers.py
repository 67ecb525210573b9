"""Numbers that a wrong one may have been taken from: the scores of related models, and of the model's other benchmarks."""

from modelassay.audit import rounding
from modelassay.audit.context import Context, metric_of, model_key
from modelassay.audit.related_models import Relation
from modelassay.audit.rounding import Printed
from modelassay.audit.score_index import is_score
from modelassay.core.published import Claim, Fact, Protocol
from modelassay.evidence.measurement_gaps import is_reliable, series_of

# Benchmarks whose numbers are taken for each other, because one is made from the other.
RELATED = (
    frozenset({"humaneval", "humaneval+", "multipl-e", "humanevalsynthesize", "humaneval-x"}),
    frozenset({"mbpp", "mbpp+", "mbpp-sanitized", "mbpp-et"}),
)
FARTHEST = 2.0  # related models beyond this distance are not accused


def same_number(number: Printed, fact: Fact) -> bool:
    """Whether one measurement can be printed as both."""
    other = rounding.of_fact(fact)
    return other is not None and rounding.agree(number, other, None)


def related_numbers(claim: Claim, context: Context) -> list[tuple[float, Relation, Fact]]:
    """The scores of related models, found once for a model and a benchmark."""
    series = series_of(claim.protocol) if claim.protocol is not None else None
    key = (claim.hub_id, claim.model, series, metric_of(claim))
    return context.once(key, lambda: _related_scores(claim, context))


def _related_scores(claim: Claim, context: Context) -> list[tuple[float, Relation, Fact]]:
    """Every score that this claim's number may have been mistaken for, with its distance."""
    if claim.hub_id is None or claim.protocol is None:
        return []
    found = []
    meant, quoted = context.readings(claim), _quoted_sources(claim, context)
    for model, relation in context.related(claim.hub_id):
        if model in meant:
            continue  # the name as written may mean it
        for fact in context.evidence.by_model(model):
            if not is_score(fact) or fact.protocol is None or not is_reliable(fact):
                continue
            task = _task_distance(claim, fact.protocol, fact.metric)
            several = len(relation.differences) > 1 and fact.citation.document not in quoted
            if relation.is_loose and (task or several):
                continue
            distance = relation.distance + task
            if 0 < distance <= FARTHEST:
                found.append((distance, relation, fact))
    return found


def _quoted_sources(claim: Claim, context: Context) -> frozenset[str]:
    """The sources that the document's other numbers of this model come from."""
    others = context.claimed_by_model.get(model_key(claim), ())
    return frozenset(fact.citation.document for one in others for fact in context.agreeing(one))


def _task_distance(claim: Claim, protocol: Protocol, metric: str) -> float:
    """0 for the same benchmark, language and metric; other benchmarks cost more when they aren't related."""
    assert claim.protocol is not None  # callers look only at claims with a protocol
    cost = 0.0 if metric == metric_of(claim) else 1.0
    mine, theirs = claim.protocol.benchmark, protocol.benchmark
    if mine != theirs:
        cost += 1.0 if any({mine, theirs} <= group for group in RELATED) else 1.5
    elif claim.protocol.version and protocol.version and series_of(claim.protocol) != series_of(protocol):
        cost += 1.5  # another language or window is another benchmark
    return cost
