"""What a check says about a claim, and how facts and verdicts are put into words and order."""

from typing import Literal

from modelassay.audit import rounding
from modelassay.core.published import Claim, Fact, Finding, Judgement, Verdict
from modelassay.core.records import Record

# Best first. It orders what is shown and cited; a lower tier is never dropped and never averaged in.
TIERS = ("primary-own", "primary-leaderboard", "third-party-paper", "community-card", "aggregator")


class Remark(Record):
    """What one check says about one claim. `verdict` is `None` when it only adds to the picture.

    closest: the fact that should be read in the claim's place. owner: whom the number belongs to.
    replacement: text that belongs in place of what is written. proved: whether it may be put there; a number that
    is only too far away from all others is doubted in the copy, and stays.
    probability_wrong: that the claim as stated is wrong. gap: points to the nearest comparable measurement.
    """

    check: str
    severity: Literal["info", "supports", "doubts", "refutes"]
    message: str
    facts: tuple[Fact, ...] = ()
    verdict: Verdict | None = None
    owner: str | None = None
    closest: Fact | None = None
    replacement: str | None = None
    proved: bool = True
    probability_wrong: float | None = None
    gap: float | None = None

    def as_finding(self, claim: Claim) -> Finding:
        """The public record."""
        return Finding(
            claim=claim.id,
            check=self.check,
            severity=self.severity,
            message=self.message,
            rests_on=tuple(fact.id for fact in self.facts),
        )


def by_trust(fact: Fact) -> tuple[int, str]:
    """Sort key: best tier first, then a stable order."""
    return TIERS.index(fact.citation.tier), fact.id


def percent(fact: Fact) -> str:
    """ "65.2%", as printed by the source."""
    number = rounding.of_fact(fact)
    return fact.written if number is None else f"{number.text}%"


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
