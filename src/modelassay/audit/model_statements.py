"""Claims that are not scores: does the model exist, how large, base or instruct, from what, when, under which licence.

Each check answers for its own subject only and says nothing when the evidence is silent.
"""

import re

from modelassay.audit.context import Context
from modelassay.audit.dates import read_date, same_time
from modelassay.audit.forensics import SIZES
from modelassay.audit.licence_names import is_licence_name, same_licence
from modelassay.audit.related_models import ancestors, relate
from modelassay.audit.remarks import Remark
from modelassay.core.published import Claim, Fact, ModelFacts, Verdict
from modelassay.evidence.fact_files import size_text
from modelassay.evidence.names import parse_name, split_org

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(billion|million|b|m)\b", re.IGNORECASE)
_OTHER_COUNT = re.compile(
    r"non-?emb|without (?:the )?embedding|exclud|activ|非词嵌入|非嵌入|激活", re.IGNORECASE
)
_NOMINAL = 0.12  # a "7B" holds 6.7 to 7.6 B parameters, with or without its embeddings
_EMBEDDED = 0.3  # with its embeddings a nominal "7B" may hold 8.5 B (Gemma 7B), a "2B" 2.6 B
_CUT = 10  # from 10 B on a whole number may be cut off as well: a "14B" with 14.7 B parameters
_SCALE = {"b": 1e9, "m": 1e6}
_BASE = re.compile(r"\b(base|pre-?trained|foundation)\b", re.IGNORECASE)
_TUNED = re.compile(r"\b(instruct(?:ion)?|chat|it|tuned|sft|dpo|aligned)\b", re.IGNORECASE)
_LICENCE_CLASSES = {
    "non-commercial": re.compile(r"non-?commercial|research[- ]only|research licen[cs]e", re.IGNORECASE),
    "open": re.compile(r"open[- ]source|permissive|fully open", re.IGNORECASE),
}


def check_existence(claim: Claim, context: Context) -> list[Remark]:
    """A model that its maker never released: every claim about it falls, except that it does not exist."""
    model = _model(claim, context)
    if model is None:
        return _check_release_list(claim, context)
    facts = _facts(model, "existence", context)
    if not model.exists:
        why = model.note or "; ".join(fact.written for fact in facts) or "no such release"
        cited = f" ({facts[0].citation.title})" if facts else ""
        never = (
            "was never released: " if facts or model.sources else ""
        )  # else nobody says more than that it is not there
        message = f"{model.hub_id} {never}{why}{cited}"
        agreed = claim.subject == "existence" and claim.negated
        return [
            Remark(
                check="existence", severity="supports" if agreed else "refutes", message=message,
                facts=facts, verdict="confirmed" if agreed else "no-such-model",
            )
        ]  # fmt: skip
    if claim.subject != "existence":
        return []
    return [_verdict(claim, "existence", True, f"{model.hub_id} is in the evidence", facts)]


def _check_release_list(claim: Claim, context: Context) -> list[Remark]:
    """A name in a family of which the maker's complete list of releases has no such size."""
    fact = context.evidence.facts.get(claim.release_list or "")
    if fact is None or not _is_listed_family(claim, context):
        return []
    message = f"there is no {claim.hub_id or claim.model}: its maker released {fact.written} ({fact.citation.title})"
    agreed = claim.subject == "existence" and claim.negated
    return [
        Remark(
            check="existence", severity="supports" if agreed else "refutes", message=message, facts=(fact,),
            verdict="confirmed" if agreed else "no-such-model",
        )
    ]  # fmt: skip


def _is_listed_family(claim: Claim, context: Context) -> bool:
    """Whether the list is of the very family that is named, complete, and no older than the document.

    DeepSeek-Coder-V2 is not DeepSeek-Coder: a version that no listed model has makes another family.
    """
    listed = next(
        (row for row in context.evidence.releases.values() if row.source == claim.release_list), None
    )
    if listed is None or listed.as_of is None:
        return False
    name = parse_name(split_org(claim.hub_id or claim.model)[1])
    if name.version is not None and name.version not in listed.versions:
        return False
    until = read_date(listed.as_of)
    return context.date is None or until is None or context.date[: len(until)] <= until[: len(context.date)]


def check_params(claim: Claim, context: Context) -> list[Remark]:
    """The number of parameters: as counted, as rounded, or as the model's own name has it."""
    model = _model(claim, context)
    if claim.subject != "params" or model is None or claim.value is None:
        return []
    known = [(float(n) * _SCALE[unit[0].lower()]) for n, unit in _SIZE.findall(model.params_written)]
    if model.params is not None:
        known.append(model.params)
    if not known:
        return []
    nominal = parse_name(split_org(model.hub_id)[1]).size
    low, high = _size_bounds(claim)
    counted = any(low <= size < high for size in known) or _rounds_to(claim.value, model.params_written)
    rounded = "." not in model.params_written
    near = rounded and any(-_NOMINAL * size <= claim.value - size <= _EMBEDDED * size for size in known)
    named = nominal is not None and low <= nominal < high
    message = f"{model.hub_id} has {model.params_written or size_text(known[0])} parameters"
    if named and not counted:
        message += f"; {size_text(nominal or 0)} is its nominal size, as in its name"
    elif not counted and (near or _counts_otherwise(claim, context)):
        return []  # a nominal size leaves this open, and so does a count of a part of the parameters
    facts = _facts(model, "params", context)
    return [_verdict(claim, "params", counted or named, message, facts, size_text(known[0]))]


def _rounds_to(value: float, written: str) -> bool:
    """Whether a size in more digits is the one that a source writes in fewer: 1.54B for "1.5B", 2.78B for "2.7B"."""
    for number, unit in _SIZE.findall(written):
        decimals = len(number.partition(".")[2])
        step = _SCALE[unit[0].lower()] * 10**-decimals
        if decimals and -0.5 * step <= value - float(number) * _SCALE[unit[0].lower()] < step:
            return True
    return False


def _counts_otherwise(claim: Claim, context: Context) -> bool:
    """Whether the line, or the note that a mark in it ("†") leads to, says that only a part is counted."""
    line = context.line(claim.line)
    if "|" in line:  # in a table its header says so
        top = claim.line
        while top > 1 and "|" in context.line(top - 1):
            top -= 1
        line = f"{context.line(top)} {line}"
    marks = set(re.findall("[†‡§]", line))
    notes = (note for mark in marks for note in re.findall(rf"{mark}[^†‡§|\n]{{3,120}}", context.text))
    return any(_OTHER_COUNT.search(words) for words in (line, *notes))


def _size_bounds(claim: Claim) -> tuple[float, float]:
    """What a written size can stand for: rounded or truncated in its last digit; 10% for "about"."""
    assert claim.value is not None  # the caller looks first
    found = _SIZE.search(claim.written)
    high = claim.high if claim.high is not None else claim.value
    if found is None:
        return claim.value * 0.995, high * 1.005
    scale = _SCALE[found[2][0].lower()]
    unit = scale * 10.0 ** -(len(found[1].partition(".")[2]))
    slack = 0.1 * high if claim.approximate else 0.0
    cut = "." in found[1] or high >= _CUT * scale
    return claim.value - unit / 2 - slack, high + (unit if cut else unit / 2) + slack + 1


def check_kind(claim: Claim, context: Context) -> list[Remark]:
    """Base or instruct, as the evidence has it."""
    model = _model(claim, context)
    if claim.subject != "kind" or model is None or model.kind is None:
        return []
    base, tuned = _BASE.search(claim.written), _TUNED.search(claim.written)
    if base is None and tuned is None:
        return []
    # "base model, not instruct" says base: the first word decides.
    says = "base" if tuned is None or (base is not None and base.start() < tuned.start()) else "instruct"
    message = f"{model.hub_id} is {'a base' if model.kind == 'base' else 'an instruct'} model"
    if model.kind_written:
        message += f" ({model.kind_written})"
    return [_verdict(claim, "kind", says == model.kind, message, _facts(model, "kind", context), model.kind)]


def check_lineage(claim: Claim, context: Context) -> list[Remark]:
    """What it was tuned from: the parent or any ancestor is right, anything else is not."""
    model = _model(claim, context)
    if claim.subject != "lineage" or model is None or model.tuned_from is None or not claim.other:
        return []
    line = ancestors(model.hub_id, context.evidence)
    right = any(_same_model(claim.other, one) for one in line)
    message = f"{model.hub_id} is tuned from {model.tuned_from}"
    if not right:
        message += f", not from {claim.other}"
    facts = _facts(model, "lineage", context)
    return [_verdict(claim, "lineage", right, message, facts, split_org(model.tuned_from)[1])]


def _same_model(written: str, hub_id: str) -> bool:
    """A hub id equals a hub id; a bare name equals the id's last part, token by token."""
    if "/" in written:
        return written.lower() == hub_id.lower()
    one, two = parse_name(written), parse_name(split_org(hub_id)[1])
    if one.family != two.family or one.version not in (None, two.version):
        return False
    return one.size in (None, two.size) and (one.tuned or False) == (two.tuned or False)


def check_release(claim: Claim, context: Context) -> list[Remark]:
    """When it was released, compared as coarsely as the coarser date is written."""
    model = _model(claim, context)
    if claim.subject != "release" or model is None:
        return []
    facts = _facts(model, "release", context)
    known = [model.released] if model.released else [fact.written for fact in facts]
    said = read_date(claim.written)
    dates = [date for date in map(read_date, known) if date is not None]
    if said is None or not dates:
        return []
    right = any(same_time(said, date) for date in dates)
    message = f"{model.hub_id} was released {known[0]}"
    return [_verdict(claim, "release", right, message, facts, known[0])]


def check_licence(claim: Claim, context: Context) -> list[Remark]:
    """The licence by name, in full or in short, or the class of it: open source, commercial with limits, non-commercial.

    A name that is neither the model's licence nor a licence known by name ("custom", "other") says nothing.
    """
    model = _model(claim, context)
    if claim.subject != "licence" or model is None or model.licence is None:
        return []
    message = f"{model.hub_id} is under {model.licence}"
    if model.licence_class is not None:
        message += f" ({model.licence_class.replace('-', ' ')})"
    claimed_class = next(
        (name for name, words in _LICENCE_CLASSES.items() if words.search(claim.written)), None
    )
    if same_licence(claim.written, model.licence):
        right = True
    elif claimed_class is not None and model.licence_class is not None:
        right = claimed_class == model.licence_class
    elif is_licence_name(claim.written):
        right = False
    else:
        return []
    return [_verdict(claim, "licence", right, message, _facts(model, "licence", context), model.licence)]


def check_definition(claim: Claim, context: Context) -> list[Remark]:
    """How many problems a benchmark has: one of the sizes it is run with."""
    if claim.subject != "definition" or claim.protocol is None or claim.value is None:
        return []
    sizes = SIZES.get(claim.protocol.benchmark, ())
    if not sizes:
        return []
    facts = tuple(
        fact
        for fact in context.evidence.facts.values()
        if fact.subject == "definition"
        and fact.protocol
        and fact.protocol.benchmark == claim.protocol.benchmark
    )
    message = f"{claim.protocol.benchmark} is scored on {' or '.join(map(str, sizes))} problems"
    return [_verdict(claim, "definition", int(claim.value) in sizes, message, facts)]


def check_related_release(claim: Claim, context: Context) -> list[Remark]:
    """For a model that does not exist: which related ones do, so that a reader knows what was meant."""
    model = _model(claim, context)
    if model is None or model.exists:
        return []
    related = [
        (relation.distance, other)
        for other, facts in sorted(context.evidence.models.items())
        if facts.exists and (relation := relate(model.hub_id, other, context.evidence)) is not None
    ]
    if not related:
        return []
    names = ", ".join(name for _, name in sorted(related)[:3])
    return [Remark(check="existence", severity="info", message=f"what exists: {names}")]


def _verdict(
    claim: Claim,
    check: str,
    right: bool,
    message: str,
    facts: tuple[Fact, ...],
    replacement: str | None = None,
) -> Remark:
    """Confirmed or contradicted; the other way round where the document itself calls the statement wrong."""
    holds = right != claim.negated
    verdict: Verdict = "confirmed" if holds else "contradicted"
    return Remark(
        check=check, severity="supports" if holds else "refutes", message=message, facts=facts,
        verdict=verdict, closest=facts[0] if facts else None, replacement=None if holds else replacement,
    )  # fmt: skip


def _model(claim: Claim, context: Context) -> ModelFacts | None:
    return None if claim.hub_id is None else context.evidence.model(claim.hub_id)


def _facts(model: ModelFacts, subject: str, context: Context) -> tuple[Fact, ...]:
    """The model's facts on one subject, and whatever its entry names as its sources."""
    named = [context.evidence.facts[key] for key in model.sources if key in context.evidence.facts]
    own = context.evidence.by_model(model.hub_id)
    found = {fact.id: fact for fact in (*own, *named) if fact.subject == subject}
    return tuple(found.values())
