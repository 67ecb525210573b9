"""`assay evidence`: list the evidence base, check it, show how a number came to be."""

from modelassay.core.errors import MissingError
from modelassay.core.published import Fact
from modelassay.evidence.base import Evidence
from modelassay.evidence.upkeep import EvidenceProblem, check_evidence, number_history


def chosen_facts(evidence: Evidence, model: str | None, benchmark: str | None) -> list[Fact]:
    """Facts about a model, on a benchmark, or all. Raises MissingError when there is none."""
    facts = list(evidence.by_model(model)) if model else list(evidence.facts.values())
    if benchmark:
        facts = [f for f in facts if f.protocol is not None and f.protocol.benchmark == benchmark]
    if not facts:
        hint = "names are hub ids (org/name) and canonical benchmarks (humaneval, humaneval+, mbpp, mbpp+)"
        raise MissingError("no fact of that", hint=hint)
    return facts


def fact_history(evidence: Evidence, fact: str) -> list[str]:
    """How one number came to be, a line each. Raises MissingError for an unknown fact."""
    if fact not in evidence.facts:
        raise MissingError(f"no fact {fact!r}", hint="`assay evidence` lists their ids")
    return number_history(evidence, fact)


def problems_of(evidence: Evidence) -> list[EvidenceProblem]:
    """What is wrong in the evidence base; empty when nothing is."""
    return check_evidence(evidence)
