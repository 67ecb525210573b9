"""Keep or refuse a candidate of the Hub or of a leaderboard, rule by rule, each with its reason.

As in decide.py a rule that holds is True, one that fails is False, and unknown is `None`, which refuses only where the
need says that it must be known. What counts of the licence is the worst in the lineage: a tune of a base that is for
research only is for research only, whatever its own repository says.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

from modelassay.audit.comparisons import Pair, pair_scores
from modelassay.audit.context import Context
from modelassay.audit.forensics import SIZES
from modelassay.audit.remarks import by_trust, percent
from modelassay.core.published import Kind, RuleResult
from modelassay.core.records import Record
from modelassay.evidence.base import Evidence
from modelassay.evidence.measurement_gaps import is_reliable
from modelassay.evidence.model_files import LicenceClass
from modelassay.evidence.names import parse_name, split_org
from modelassay.shortlist.decide import size_rule
from modelassay.sources.hub_models import HubModel

_Z: Final = 1.96  # two-sided 95%
_WORST: Final[Sequence[LicenceClass]] = ("open", "commercial-with-limits", "non-commercial")
_DEPTH: Final = 6  # generations looked up; a ring of parents ends there too


class CandidateNeeds(Record):
    """What a candidate must have. Empty needs keep every model that is found and no quantised copy.

    min_params, max_params: parameters, inclusive. benchmarks: on which a score must be published, and the baseline's is
    compared. must_know: rules whose answer has to be known.
    """

    min_params: float | None = None
    max_params: float | None = None
    kind: Kind | None = None
    licence_classes: tuple[LicenceClass, ...] = ()
    benchmarks: tuple[str, ...] = ()
    baseline: str | None = None
    allow_gated: bool = True
    allow_quantised: bool = False
    must_know: tuple[str, ...] = ()


class Known(Record):
    """What is known of a candidate: its record of the Hub (`None`: not asked), and whether the Hub has it."""

    hub_id: str
    model: HubModel | None = None
    found: bool | None = None
    looked: str = ""  # when the Hub was asked, or why it could not be


def kind_of(known: Known, evidence: Evidence) -> tuple[Kind | None, str]:
    """Base or instruct, and what says so: the evidence, else the maker's name for it together with its files.

    A chat template alone says nothing, for some makers ship one with their base models.
    """
    facts = evidence.model(known.hub_id)
    if facts is not None and facts.kind is not None:
        return facts.kind, "in the evidence"
    template = known.model.chat_template if known.model is not None else None
    if template is False:
        return "base", "its tokenizer has no chat template"
    named = parse_name(split_org(known.hub_id)[1]).tuned
    if named is False:
        return "base", "its maker calls it a base model"
    if named and template:
        return "instruct", "its maker calls it tuned, and its tokenizer has a chat template"
    return None, "neither the evidence nor its files say"


def params_of(known: Known, evidence: Evidence) -> tuple[float | None, str]:
    """Parameters, counted in the headers of its files, else as the evidence has them."""
    if known.model is not None and known.model.params is not None:
        return known.model.params, "counted in its safetensors headers"
    facts = evidence.model(known.hub_id)
    return (facts.params, "in the evidence") if facts is not None and facts.params is not None else (None, "")


def licence_of(
    known: Known, evidence: Evidence, ask: Callable[[str], HubModel | None]
) -> tuple[str | None, LicenceClass | None, str]:
    """(its licence, the worst class in its lineage, why). The class is unknown where any licence of the lineage is."""
    name, worst, steps, unknown = None, None, [], ""
    queue = [known.hub_id]
    seen: set[str] = set()
    while queue and len(seen) < _DEPTH:
        hub_id = queue.pop(0)
        if hub_id.lower() in seen:
            continue
        seen.add(hub_id.lower())
        model = known.model if hub_id == known.hub_id else ask(hub_id)
        facts = evidence.model(hub_id)
        licence = (
            facts.licence
            if facts is not None and facts.licence
            else model.licence
            if model is not None
            else None
        )
        found = evidence.licences.get((licence or "").lower())
        name = licence if hub_id == known.hub_id else name
        steps.append(f"{hub_id}: {licence or 'unknown'}{f' ({found})' if found else ''}")
        unknown = unknown or ("" if found else hub_id)
        if found is not None and (worst is None or _WORST.index(found) > _WORST.index(worst)):
            worst = found
        parents = model.parents if model is not None else ()
        queue += [*parents, *([facts.tuned_from] if facts is not None and facts.tuned_from else [])]
    sure = worst if not unknown or worst == _WORST[-1] else None
    return name, sure, "; tuned from ".join(steps)


def apply_rules(
    known: Known, needs: CandidateNeeds, context: Context, ask: Callable[[str], HubModel | None]
) -> tuple[RuleResult, ...]:
    """Every rule that the needs ask for, in a fixed order."""
    rules = [_found(known)]
    if needs.min_params is not None or needs.max_params is not None:
        rules.append(_size(known, needs, context.evidence))
    if needs.kind is not None:
        kind, why = kind_of(known, context.evidence)
        held = None if kind is None else kind == needs.kind
        rules.append(
            RuleResult(rule="kind", held=held, reason=f"{kind or 'unknown'}: {why}; wanted {needs.kind}")
        )
    if not needs.allow_quantised:
        rules.append(_quantised(known))
    if not needs.allow_gated:
        rules.append(_gated(known))
    if needs.licence_classes:
        _, found, why = licence_of(known, context.evidence, ask)
        held = None if found is None else found in needs.licence_classes
        wanted = " or ".join(needs.licence_classes)
        rules.append(RuleResult(rule="licence", held=held, reason=f"{why}; wanted {wanted}"))
    for benchmark in needs.benchmarks:
        rules.append(_scored(known, benchmark, context))
        if needs.baseline is not None and needs.baseline.lower() != known.hub_id.lower():
            rules.append(_against(known, needs.baseline, benchmark, context))
    return tuple(rules)


def _found(known: Known) -> RuleResult:
    if known.found is None:
        return RuleResult(rule="found", held=None, reason=known.looked or "the Hub was not asked")
    there = "the Hub has it" if known.found else "the Hub has no public repository of this name"
    return RuleResult(rule="found", held=known.found, reason=f"{there} (looked at {known.looked})")


def _size(known: Known, needs: CandidateNeeds, evidence: Evidence) -> RuleResult:
    params, why = params_of(known, evidence)
    told = ": no safetensors headers" if params is None else f", {why}"
    return size_rule(params, (needs.min_params, needs.max_params), told)


def _quantised(known: Known) -> RuleResult:
    if known.model is None:
        return RuleResult(rule="quantised", held=None, reason="the Hub was not asked")
    if known.model.quantised:
        return RuleResult(rule="quantised", held=False, reason=f"a quantised copy: {known.model.quantised}")
    return RuleResult(rule="quantised", held=True, reason="no quantised copy")


def _gated(known: Known) -> RuleResult:
    gated = known.model.gated if known.model is not None else None
    reason = {
        None: "unknown whether it is gated",
        True: "gated: its terms have to be accepted",
        False: "not gated",
    }[gated]
    return RuleResult(rule="gated", held=None if gated is None else not gated, reason=reason)


def _scored(known: Known, benchmark: str, context: Context) -> RuleResult:
    facts = sorted(
        (f for f in context.evidence.scores(known.hub_id, benchmark) if is_reliable(f)), key=by_trust
    )
    rule = f"score {benchmark}"
    if not facts:
        return RuleResult(rule=rule, held=None, reason="no published score was found")
    shown = "; ".join(dict.fromkeys(f"{percent(f)} ({f.citation.title})" for f in facts[:3]))
    return RuleResult(rule=rule, held=True, reason=shown, evidence=tuple(f.id for f in facts[:3]))


def _against(known: Known, baseline: str, benchmark: str, context: Context) -> RuleResult:
    """Below the baseline beyond the uncertainty of both in every comparable pair; unknown where there is no pair.

    Uncertainty: two binomial standard errors of independent scores, which is more than that of a paired comparison.
    """
    rule = f"baseline {benchmark}"
    pairs = pair_scores(known.hub_id, baseline, benchmark, context)
    if not pairs:
        return RuleResult(rule=rule, held=None, reason=f"no score comparable with {baseline}'s")
    gaps = [_half_width(pair, benchmark) for pair in pairs]
    below = [float(pair.difference) < -gap for pair, gap in zip(pairs, gaps, strict=True)]
    shown = "; ".join(
        f"{percent(p.left)} against {percent(p.right)}, ±{gap:.1f} ({p.left.citation.title})"
        for p, gap in list(zip(pairs, gaps, strict=True))[:3]
    )
    facts = tuple(dict.fromkeys(f.id for pair in pairs for f in (pair.left, pair.right)))
    if all(below):
        reason = f"below {baseline} beyond the uncertainty: {shown}"
        return RuleResult(rule=rule, held=False, reason=reason, evidence=facts)
    if any(below):
        return RuleResult(
            rule=rule, held=None, reason=f"sources disagree about {baseline}: {shown}", evidence=facts
        )
    reason = f"not below {baseline} beyond the uncertainty: {shown}"
    return RuleResult(rule=rule, held=True, reason=reason, evidence=facts)


def _half_width(pair: Pair, benchmark: str) -> float:
    """Percentage points that the difference may be off by, at 95%."""
    protocols = (pair.left.protocol, pair.right.protocol)
    told = [p.problems for p in protocols if p is not None and p.problems]
    problems = min(told or SIZES.get(benchmark, ()) or (100,))
    shares = [fact.value or 0.0 for fact in (pair.left, pair.right)]
    return 100 * _Z * math.sqrt(sum(p * (1 - p) / problems for p in shares))
