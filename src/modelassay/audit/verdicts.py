"""The list of checks, and how their remarks become one verdict for each claim.

The order of CHECKS is the order of precedence: the first check that gives a verdict decides, every remark is
kept. To add a check, write one function, one line here and one paragraph in docs/checks.md.
"""

from collections.abc import Callable, Sequence
from functools import cache

import msgspec

from modelassay.audit import (
    comparisons,
    disagreement,
    forensics,
    model_statements,
    provenance,
    scores,
    speed_claims,
)
from modelassay.audit.context import Context, model_key
from modelassay.audit.remarks import Remark, judged_wrong, name_benchmark
from modelassay.core.published import Claim, Finding, Judgement, Subject, Verdict

Check = Callable[[Claim, Context], list[Remark]]

# None: for claims on every subject.
CHECKS: tuple[tuple[Subject | None, Check], ...] = (
    (None, model_statements.check_existence),
    (None, model_statements.check_related_release),
    ("params", model_statements.check_params),
    ("kind", model_statements.check_kind),
    ("lineage", model_statements.check_lineage),
    ("release", model_statements.check_release),
    ("licence", model_statements.check_licence),
    ("definition", model_statements.check_definition),
    ("score", forensics.check_range),
    ("score", forensics.check_scale),
    ("score", scores.check_agreement),
    ("score", scores.check_owner),
    ("score", forensics.check_counted),
    ("score", disagreement.check_named_source),
    ("score", disagreement.check_same_run),
    ("score", disagreement.check_copied_table),
    ("score", forensics.check_attainable),
    ("score", disagreement.check_distance),
    ("score", forensics.check_size_class),
    ("score", provenance.check_attribution),
    ("score", scores.check_sources),
    ("score", scores.check_coincidence),
    ("comparison", comparisons.check_comparison),
    ("comparison", comparisons.check_ranking),
    ("comparison", comparisons.check_set),
    ("provenance", provenance.check_provenance),
    ("speed", speed_claims.check_speed),
)


def judge_claims(context: Context) -> tuple[tuple[Finding, ...], tuple[Judgement, ...]]:
    """Run every check on every claim. Judgements are in the order of the claims."""
    seen: dict[Claim, list[Remark]] = {}
    remarks = {claim.id: _run_once(claim, context, seen) for claim in context.claims}
    judgements = {claim.id: _judge(claim, remarks[claim.id]) for claim in context.claims}
    fallen = _find_fallen(judgements, context)
    for claim in context.claims:
        if claim.subject != "comparison":
            continue
        operands = _fallen_operands(claim, fallen)
        remarks[claim.id] += operands
        if not operands and judgements[claim.id].check == "comparison":
            judgements[claim.id] = _spare_arithmetic(claim, judgements[claim.id], context)
    findings = tuple(r.as_finding(claim) for claim in context.claims for r in remarks[claim.id])
    return findings, tuple(judgements[claim.id] for claim in context.claims)


def _run_once(claim: Claim, context: Context, seen: dict[Claim, list[Remark]]) -> list[Remark]:
    """The remarks on a claim; the same statement elsewhere in the document gets the same ones."""
    if claim.subject == "provenance":  # is about the number beside it
        return _run_checks(claim, context)
    quote = claim.quote if claim.subject == "comparison" else ""
    statement = msgspec.structs.replace(claim, id="", line=0, quote=quote)
    if statement not in seen:
        seen[statement] = _run_checks(claim, context)
    return list(seen[statement])


def _run_checks(claim: Claim, context: Context) -> list[Remark]:
    found: list[Remark] = []
    for check, others_before in _checks_of(claim.subject):
        if others_before and any(remark.verdict == "no-such-model" for remark in found):
            break  # nothing more can be said of a model that does not exist
        found += check(claim, context)
    return found


@cache
def _checks_of(subject: Subject) -> tuple[tuple[Check, bool], ...]:
    """The checks for claims on a subject, each with whether checks of other subjects stand before it in the list."""
    found: list[tuple[Check, bool]] = []
    skipped = False
    for own, check in CHECKS:
        if own is None or own == subject:
            found.append((check, skipped))
            skipped = False
        else:
            skipped = True
    return tuple(found)


def _judge(claim: Claim, remarks: Sequence[Remark]) -> Judgement:
    """The first remark with a verdict decides; without one the claim is unverified, never guessed."""
    deciding = next((remark for remark in remarks if remark.verdict is not None), None)
    evidence = tuple(dict.fromkeys(fact.id for remark in remarks for fact in remark.facts))
    if deciding is None or deciding.verdict is None:
        return Judgement(
            claim=claim.id,
            verdict="unverified",
            explanation=_why_unverified(claim, remarks),
            evidence=evidence,
        )
    verdict, message = deciding.verdict, deciding.message
    if claim.negated and claim.subject == "score":
        verdict, message = _negate(verdict, message)
    return Judgement(
        claim=claim.id,
        verdict=verdict,
        explanation=explain(claim, verdict, message),
        owner=deciding.owner,
        closest=deciding.closest.id if deciding.closest is not None else None,
        evidence=evidence,
        replacement=deciding.replacement,
        check=deciding.check,
        proved=deciding.proved,
        probability_wrong=_PROBABILITIES.get(verdict)
        if deciding.probability_wrong is None
        else deciding.probability_wrong,
        gap=deciding.gap,
    )


def _negate(verdict: Verdict, message: str) -> tuple[Verdict, str]:
    """The document calls the number an error. It stays wrong when it is wrong, and is wronged when it is right."""
    if verdict == "confirmed":
        return "contradicted", f"the document calls this an error, but it is right: {message}"
    return verdict, f"the document is right to call this an error: {message}"


def _spare_arithmetic(claim: Claim, judgement: Judgement, context: Context) -> Judgement:
    """A difference that follows from the document's own scores is as right as they are; none of them fell."""
    if judgement.verdict != "contradicted" or not comparisons.follows_from_document(claim, context):
        return judgement
    message = "it follows from the scores in this document, of which none is known to be wrong; other sources differ"
    return msgspec.structs.replace(
        judgement, verdict="unverified", explanation=explain(claim, "unverified", message), proved=False,
        probability_wrong=None, replacement=None,
    )  # fmt: skip


_OPENINGS: dict[Verdict, str] = {
    "misattributed": "Misattributed",
    "different-protocol": "Not comparable as stated",
    "no-such-model": "No such model",
    "unverified": "Not verified",
}
# Where the deciding check has none of its own: facts of the evidence are seldom wrong, and seldom misread.
_PROBABILITIES: dict[Verdict, float] = {"confirmed": 0.01, "contradicted": 0.95, "no-such-model": 0.95}


def explain(claim: Claim, verdict: Verdict, message: str) -> str:
    """One sentence a person can act on: what was claimed, why; it opens with the verdict where that needs words."""
    said = ", ".join(filter(None, (claim.model or claim.hub_id, _say(claim))))
    opening = f"{_OPENINGS[verdict]}: " if verdict in _OPENINGS else ""
    return f"{opening}{said or 'This claim'}: {message}."


def _say(claim: Claim) -> str:
    """What is claimed, in a few words: "MBPP 44.6%", "size 1.5B", "tuned from CodeGemma-2B"."""
    benchmark = name_benchmark(claim.protocol.benchmark) if claim.protocol is not None else ""
    written = claim.written or claim.quote
    match claim.subject:
        case "score":
            metric = f" {claim.metric}" if claim.metric not in ("", "pass@1") else ""
            return f"{benchmark}{metric} {written}".strip()
        case "params":
            return f"size {written}"
        case "lineage":
            return f"tuned from {claim.other or written}"
        case "release":
            return f"released {written}"
        case "comparison":
            against = f" against {claim.other}" if claim.other else ""
            return f"“{written}”{against}{f' on {benchmark}' if benchmark else ''}"
        case "existence":
            return ""
        case _:
            return f"{claim.subject} “{written}”"


def _why_unverified(claim: Claim, remarks: Sequence[Remark]) -> str:
    doubts = [remark.message for remark in remarks if remark.severity in ("doubts", "refutes")]
    if claim.hub_id is None:
        reason = "no model of exactly this name is known" if claim.model else "the claim names no model"
    else:
        reason = "the evidence says nothing about it either way"
    reason += f"; note: {doubts[0]}" if doubts else "; look for the source, or measure it"
    return explain(claim, "unverified", reason)


def _find_fallen(judgements: dict[str, Judgement], context: Context) -> dict[str, list[Claim]]:
    """Scores of the document that did not hold, by model; each number once."""
    return {
        model: [claim for claim in claims if judged_wrong(judgements[claim.id])]
        for model, claims in context.claimed_by_model.items()
    }


def _fallen_operands(claim: Claim, fallen: dict[str, list[Claim]]) -> list[Remark]:
    """Scores in the document that a comparison rests on and that did not hold."""
    benchmark = None if claim.protocol is None else claim.protocol.benchmark
    wrong = [
        one
        for name in sorted({name for name in (claim.hub_id, claim.other) if name})
        for one in fallen.get(name, ())
        if one.protocol is not None and benchmark in (None, one.protocol.benchmark)
    ]
    if not wrong:
        return []
    parts = dict.fromkeys(f"{one.model or model_key(one)} {one.written} (line {one.line})" for one in wrong)
    message = f"it rests on numbers that fall: {', '.join(list(parts)[:3])}"
    return [Remark(check="rests-on", severity="doubts", message=message)]
