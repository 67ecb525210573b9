"""Published scores of a measured model beside our own measurement, with what differs in the protocol."""

from collections.abc import Iterable

from modelassay.core.measured import Estimate
from modelassay.core.published import Fact, Protocol
from modelassay.estimates.claim import ClaimCheck, check_claim
from modelassay.estimates.estimate import counts
from modelassay.evidence.base import Evidence
from modelassay.pipeline.run.job import RunResult
from modelassay.report.content import Published


def published_beside(result: RunResult, evidence: Evidence) -> Iterable[Published]:
    """Every pass@k that the evidence base holds for this model on this benchmark's suites."""
    hub_id = result.job.model.hub_id
    if hub_id is None:
        return
    for suite in result.job.problems.problems[0].suites:
        measured = measured_protocol(result, suite.name)
        for fact in evidence.by_model(hub_id):
            k = _k(fact)
            if k is not None and fact.protocol is not None and fact.protocol.benchmark == measured.benchmark:
                yield _beside(fact, k, suite.name, measured, result)


def measured_protocol(result: RunResult, suite: str) -> Protocol:
    """Our measurement in the words that published protocols use. The decoding of precomputed samples is unknown to us."""
    plan = result.job.plan
    name = plan.benchmark.removesuffix("+") if suite == "base" else plan.benchmark
    decoding = plan.decoding
    return Protocol(
        benchmark=name.removesuffix("-sanitized"),
        version=plan.benchmark_version,
        problems=len(plan.problems),
        samples_per_problem=plan.samples_per_problem,
        temperature=decoding.temperature if decoding else None,
    )


def _k(fact: Fact) -> int | None:
    """k of a pass@k with a value; `None` for any other fact."""
    if fact.subject != "score" or fact.value is None or not fact.metric.startswith("pass@"):
        return None
    digits = fact.metric.removeprefix("pass@")
    return int(digits) if digits.isdigit() else None


def _beside(fact: Fact, k: int, suite: str, measured: Protocol, result: RunResult) -> Published:
    assert fact.value is not None
    assert fact.protocol is not None
    estimate: Estimate | None = next((e for e in result.estimates if (e.suite, e.k) == (suite, k)), None)
    from modelassay.audit.comparability import differ  # brings all that reads documents

    difference = differ(fact.protocol, measured)
    comparable = not difference.is_structural
    agrees, differs = None, "; ".join(difference.fields)
    if comparable and estimate is not None:
        held = check_claim(
            fact.written, counts(result.graded.grades, suite), k, claimed=fact.protocol, measured=measured,
            level=estimate.interval.level, value=fact.value,
        )  # fmt: skip
        agrees, differs = held.agrees, "" if held.agrees else _causes(held)
    return Published(
        id=fact.id, value=fact.value, written=fact.written, suite=suite, k=k,
        source=fact.citation.title, url=fact.citation.url, locator=fact.citation.locator, quote=fact.citation.quote,
        measured=estimate, protocol=fact.protocol, comparable=comparable, agrees=agrees,
        difference_in_protocol=differs,
    )  # fmt: skip


def _causes(held: ClaimCheck) -> str:
    """What may explain a gap and what cannot, in words."""
    parts = (
        f"differs: {', '.join(held.differs)}" if held.differs else "",
        f"not stated: {', '.join(held.unknown)}" if held.unknown else "",
        f"ruled out: {', '.join(held.ruled_out)}" if held.ruled_out else "",
    )
    return "; ".join(filter(None, parts))
