"""Claims made by hand, judged against the real evidence base."""

from collections.abc import Callable
from typing import Any

import pytest

from modelassay.audit.context import Context
from modelassay.audit.verdicts import judge_claims
from modelassay.core.published import Claim, Judgement, Protocol
from modelassay.evidence.base import Evidence, load_evidence

Score = Callable[..., Claim]


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    """The evidence base that ships with the package."""
    return load_evidence()


@pytest.fixture(scope="session")
def score() -> Score:
    """score(hub_id, benchmark, percent, written=…, metric=…, **protocol) → a score claim."""

    def make(
        hub_id: str | None, benchmark: str, value: float, written: str | None = None, **more: Any
    ) -> Claim:
        fields = {
            key: more.pop(key)
            for key in ("metric", "negated", "attribution", "model", "high", "measured_by", "counted")
            if key in more
        }
        line = more.pop("line", 1)
        text = written if written is not None else f"{value:g}%"
        fields.setdefault("model", (hub_id or "unknown").rpartition("/")[2])
        return Claim(
            id=f"{line}-{hub_id}-{benchmark}-{text}-{len(more)}", line=line, quote=text, subject="score", hub_id=hub_id,
            protocol=Protocol(benchmark=benchmark, **more), written=text, value=round(value / 100, 10),
            approximate=text.startswith("~"), **fields,
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def judge(evidence: Evidence) -> Callable[..., list[Judgement]]:
    """judge(*claims, text=…) → their judgements, as claims of one document."""

    def run(*claims: Claim, text: str = "") -> list[Judgement]:
        return list(judge_claims(Context(claims, evidence, text))[1])

    return run
