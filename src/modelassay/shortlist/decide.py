"""Keep or refuse each model, rule by rule, each with its reason and the facts it rests on.

A rule that holds is True, one that fails is False; unknown is `None` and refuses a model only when the need
says that it must be known.
"""

from collections.abc import Iterable, Sequence

from modelassay.audit.comparisons import Pair, pair_scores
from modelassay.audit.context import Context
from modelassay.audit.remarks import by_trust, percent
from modelassay.core.published import Decision, Kind, ModelFacts, RuleResult
from modelassay.evidence.base import Evidence
from modelassay.evidence.measurement_gaps import is_reliable
from modelassay.evidence.model_files import LicenceClass
from modelassay.shortlist.needs import Needs


def decide(
    models: Sequence[str], needs: Needs, evidence: Evidence, *, baseline: str | None = None
) -> list[Decision]:
    """One decision for each hub id, in the order given. `baseline` (a hub id) stands in for one in `needs`.

    A model that the evidence does not know gets unknown for every rule; that alone does not refuse it.
    """
    context = Context((), evidence)
    baseline = needs.baseline if needs.baseline is not None else baseline
    known = (evidence.model(hub_id) or ModelFacts(hub_id=hub_id) for hub_id in models)
    return [_decide_one(model, needs, context, baseline) for model in known]


def _decide_one(model: ModelFacts, needs: Needs, context: Context, baseline: str | None) -> Decision:
    rules = [_exists(model, context)]
    if needs.min_params is not None or needs.max_params is not None:
        rules.append(size_rule(model.params, (needs.min_params, needs.max_params), sources=model.sources))
    if needs.kind is not None:
        rules.append(_kind(model, needs.kind))
    if needs.licence_classes:
        rules.append(_licence(model, needs.licence_classes))
    rules += [_least_score(model, name, least, context) for name, least in sorted(needs.min_scores.items())]
    if baseline is not None and baseline.lower() != model.hub_id.lower():
        rules += [_against(model, baseline, name, needs.margin, context) for name in needs.benchmarks]
    return Decision(model=model.hub_id, kept=is_kept(rules, needs.must_know), rules=tuple(rules))


def is_kept(rules: Iterable[RuleResult], must_know: Sequence[str]) -> bool:
    """No rule fails, and what must be known is."""
    return all(r.rule.partition(" ")[0] not in must_know if r.held is None else r.held for r in rules)


def _exists(model: ModelFacts, context: Context) -> RuleResult:
    known = context.evidence.model(model.hub_id)
    if known is None:
        return RuleResult(rule="exists", held=None, reason="the evidence does not know it")
    if not known.exists:
        return RuleResult(
            rule="exists",
            held=False,
            reason=f"never released: {known.note}".rstrip(": "),
            evidence=known.sources,
        )
    return RuleResult(rule="exists", held=True, reason="in the evidence", evidence=known.sources)


def size_rule(
    params: float | None,
    bounds: tuple[float | None, float | None],
    why: str = "",
    sources: tuple[str, ...] = (),
) -> RuleResult:
    """Whether a number of parameters is between the bounds. why: follows it in the reason. sources: ids of facts."""
    low, high = bounds[0] or 0.0, bounds[1]
    wanted = f"wanted {low / 1e9:.3g}B to {'any size' if high is None else f'{high / 1e9:.3g}B'}"
    if params is None:
        return RuleResult(rule="size", held=None, reason=f"size unknown{why}; {wanted}")
    held = low <= params and (high is None or params <= high)
    return RuleResult(rule="size", held=held, reason=f"{params / 1e9:.3g}B{why}; {wanted}", evidence=sources)


def _kind(model: ModelFacts, wanted: Kind) -> RuleResult:
    if model.kind is None:
        return RuleResult(rule="kind", held=None, reason=f"base or instruct unknown; wanted {wanted}")
    reason = f"{model.kind_written or model.kind}; wanted {wanted}"
    return RuleResult(rule="kind", held=model.kind == wanted, reason=reason, evidence=model.sources)


def _licence(model: ModelFacts, wanted: Sequence[LicenceClass]) -> RuleResult:
    names = " or ".join(wanted)
    if model.licence_class is None:
        return RuleResult(rule="licence", held=None, reason=f"licence unknown; wanted {names}")
    reason = f"{model.licence} ({model.licence_class}); wanted {names}"
    held = model.licence_class in wanted
    return RuleResult(rule="licence", held=held, reason=reason, evidence=model.sources)


def _least_score(model: ModelFacts, benchmark: str, least: float, context: Context) -> RuleResult:
    rule = f"score {benchmark}"
    facts = sorted(
        (fact for fact in context.evidence.scores(model.hub_id, benchmark) if is_reliable(fact)), key=by_trust
    )
    if not facts:
        return RuleResult(rule=rule, held=None, reason=f"no score in the evidence; wanted {100 * least:g}%")
    best = max(facts, key=lambda fact: fact.value or 0.0)
    reason = f"{percent(best)} ({best.citation.title}); wanted {100 * least:g}%"
    return RuleResult(rule=rule, held=(best.value or 0.0) >= least, reason=reason, evidence=(best.id,))


def _against(model: ModelFacts, baseline: str, benchmark: str, margin: float, context: Context) -> RuleResult:
    """At least the baseline, less the margin, in every comparable pair; unknown when pairs disagree or lack."""
    rule = f"baseline {benchmark}"
    pairs = pair_scores(model.hub_id, baseline, benchmark, context)
    if not pairs:
        return RuleResult(rule=rule, held=None, reason=f"no score comparable with {baseline}'s")
    held = [float(pair.difference) >= -100 * margin for pair in pairs]
    facts = tuple(dict.fromkeys(fact.id for pair in pairs for fact in (pair.left, pair.right)))
    shown = "; ".join(dict.fromkeys(_describe(pair) for pair in pairs[:3]))
    if all(held):
        return RuleResult(rule=rule, held=True, reason=f"not below {baseline}: {shown}", evidence=facts)
    if not any(held):
        return RuleResult(rule=rule, held=False, reason=f"below {baseline}: {shown}", evidence=facts)
    return RuleResult(
        rule=rule, held=None, reason=f"sources disagree about {baseline}: {shown}", evidence=facts
    )


def _describe(pair: Pair) -> str:
    return f"{percent(pair.left)} against {percent(pair.right)} ({pair.left.citation.title})"
