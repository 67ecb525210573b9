"""What must hold for every fact, not only for examples: random wrong numbers, renamed sizes, shuffled order."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from modelassay.audit.context import Context
from modelassay.audit.score_index import is_score
from modelassay.audit.verdicts import judge_claims
from modelassay.core.published import Claim, Fact, Protocol
from modelassay.evidence.base import Evidence
from modelassay.evidence.measurement_gaps import is_reliable, series_of

Score = Callable[..., Claim]


@pytest.fixture(scope="module")
def facts(evidence: Evidence) -> list[Fact]:
    """Every reliable score."""
    return [f for f in evidence.facts.values() if is_score(f) and is_reliable(f)]


def claim_of(fact: Fact, written: str, value: float, number: int) -> Claim:
    assert fact.protocol is not None
    benchmark = fact.protocol.benchmark
    series = series_of(
        fact.protocol
    )  # a language of MultiPL-E or a split of BigCodeBench is part of the benchmark
    version = fact.protocol.version if series[1] else None
    return Claim(
        id=str(number), line=number, quote=written, subject="score", model=fact.model, hub_id=fact.model,
        protocol=Protocol(benchmark=benchmark, version=version), metric=fact.metric, written=written, value=value,
        approximate=written.startswith("~"),
    )  # fmt: skip


def verdicts(claims: list[Claim], evidence: Evidence) -> Counter[str]:
    return Counter(judgement.verdict for judgement in judge_claims(Context(claims, evidence))[1])


@pytest.mark.parametrize("form", ["{:.1f}%", "{:.0f}%", "~{:.0f}", "{:.4f}"])
def test_every_true_number_is_confirmed_in_every_form(
    form: str, facts: list[Fact], evidence: Evidence
) -> None:
    """Percent, whole percent, about and fraction: whoever copies a fact is right."""
    claims = []
    for number, fact in enumerate(facts):
        shown = (fact.value or 0) if form == "{:.4f}" else 100 * (fact.value or 0)
        written = form.format(shown)
        value = float(written.strip("~%")) / (1 if form == "{:.4f}" else 100)
        claims.append(claim_of(fact, written, value, number))
    assert verdicts(claims, evidence) == {"confirmed": len(claims)}


def test_a_random_wrong_number_is_not_confirmed(facts: list[Fact], evidence: Evidence) -> None:
    """At least 99 of 100 true numbers replaced by random ones lose their confirmation."""
    rng = random.Random(20261123)
    claims = []
    for number, fact in enumerate(facts * 2):
        value = round(rng.uniform(2, 98), 1)
        if abs(value - 100 * (fact.value or 0)) >= 0.2:
            claims.append(claim_of(fact, f"{value}%", value / 100, number))
    assert verdicts(claims, evidence)["confirmed"] <= 0.01 * len(claims)


def test_a_renamed_size_is_never_accepted(evidence: Evidence) -> None:
    """A model's parameters times ten, or a tenth of them, are contradicted wherever they are known."""
    claims = [
        Claim(
            id=f"{name}-{factor}", line=1, quote=name, subject="params", hub_id=name, model=name,
            written=f"{model.params * factor / 1e9:.4g}B", value=model.params * factor,
        )
        for name, model in evidence.models.items()
        for factor in (10, 0.1, 1.5)
        if model.exists and model.params is not None
    ]  # fmt: skip
    assert verdicts(claims, evidence) == {"contradicted": len(claims)}


def test_order_changes_no_verdict(facts: list[Fact], evidence: Evidence) -> None:
    """Shuffled claims get the same judgements, joint matches included."""
    rng = random.Random(7)
    chosen = rng.sample(facts, 60)
    swapped = [rng.choice(facts) for _ in chosen]
    claims = [
        claim_of(a, b.written, b.value or 0, n) for n, (a, b) in enumerate(zip(chosen, swapped, strict=True))
    ]
    claims += [claim_of(fact, fact.written, fact.value or 0, n + 1000) for n, fact in enumerate(chosen)]
    first = {j.claim: j for j in judge_claims(Context(claims, evidence))[1]}
    rng.shuffle(claims)
    second = {j.claim: j for j in judge_claims(Context(claims, evidence))[1]}
    assert first == second


def test_a_plus_score_for_a_base_score_is_found_out(facts: list[Fact], evidence: Evidence) -> None:
    """MBPP+ given as MBPP, HumanEval+ as HumanEval: hardly ever confirmed, and mostly named in a document whose other numbers are sources'.

    A plus score a few points below the base score may as well be another measurement of the base.
    """
    have = {(f.model, f.protocol.benchmark) for f in facts if f.protocol}
    counts: Counter[str] = Counter()
    for fact in facts:
        assert fact.protocol is not None
        base = fact.protocol.benchmark.removesuffix("+")
        if base != fact.protocol.benchmark and (fact.model, base) in have and fact.metric == "pass@1":
            moved = Claim(
                id="x", line=1, quote="", subject="score", model=fact.model, hub_id=fact.model,
                protocol=Protocol(benchmark=base), written=fact.written, value=fact.value,
            )  # fmt: skip
            around = [
                claim_of(f, f.written, f.value or 0, n)
                for n, f in enumerate(facts[:400:20])
                if f.model != fact.model
            ]
            judged = judge_claims(Context([*around, moved], evidence))[1]
            counts[judged[-1].verdict] += 1
    assert counts["misattributed"] >= 0.7 * counts.total()
