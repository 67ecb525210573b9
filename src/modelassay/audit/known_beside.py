"""What the evidence already knows of what a new source says: the facts beside it, and whether they agree."""

from collections.abc import Callable
from typing import Final

from modelassay.audit.context import Context
from modelassay.audit.model_statements import (
    check_existence,
    check_kind,
    check_licence,
    check_lineage,
    check_params,
    check_release,
)
from modelassay.audit.remarks import Remark, by_trust
from modelassay.core.published import Claim, Fact
from modelassay.core.records import Record
from modelassay.evidence.measurement_gaps import is_reliable

_CHECKS: Final[dict[str, Callable[[Claim, Context], list[Remark]]]] = {
    "params": check_params,
    "kind": check_kind,
    "lineage": check_lineage,
    "release": check_release,
    "licence": check_licence,
    "existence": check_existence,
}


class Beside(Record):
    """facts: what is known already, the best source first. agrees: `None` where nothing is known to compare with.

    message: in words, for what is no score.
    """

    facts: tuple[Fact, ...] = ()
    agrees: bool | None = None
    message: str = ""


def look_beside(claim: Claim, context: Context, url: str) -> Beside:
    """What other documents than the one at `url` say of the same."""
    if claim.subject == "score":
        others = tuple(f for f in context.own_scores(claim) if f.citation.url != url and is_reliable(f))
        if not others:
            return Beside()
        agreeing = [fact for fact in context.agreeing(claim) if fact.citation.url != url]
        return Beside(facts=tuple(sorted(others, key=by_trust)), agrees=bool(agreeing))
    check = _CHECKS.get(claim.subject)
    for remark in check(claim, context) if check is not None else ():
        if remark.verdict is not None:
            return Beside(
                facts=tuple(f for f in remark.facts if f.citation.url != url),
                agrees=remark.verdict == "confirmed",
                message=remark.message,
            )
    return Beside()
