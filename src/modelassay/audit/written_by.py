"""Who measured a number, as far as the document says: the writer himself, a maker in its own document, somebody else."""

from modelassay.audit.context import Context
from modelassay.core.published import Claim
from modelassay.evidence.names import parse_name, split_org

_OWN_HARNESS = "the author's own run"  # what source_tiers.py makes of "we ran", "measured locally"


def is_own_run(claim: Claim, context: Context) -> bool:
    """Whether the text says that its writer measured the number himself."""
    if claim.measured_by is not None:
        return claim.measured_by == "writer"
    stated = context.stated(claim)
    return stated is not None and stated.harness == _OWN_HARNESS


def is_own(claim: Claim, context: Context) -> bool:
    """Whether the writer measured it himself, or it is a maker's number in a document about that very model."""
    return is_own_run(claim, context) or (claim.measured_by is None and is_subject(claim, context))


def is_subject(claim: Claim, context: Context) -> bool:
    """Whether the document is about the model: its title or its metadata names it, with its size if it has one."""
    if claim.hub_id is None or not context.titles:
        return False
    name = parse_name(split_org(claim.hub_id)[1])
    return any(title.family == name.family and title.size in (None, name.size) for title in context.titles)


def is_quantised(claim: Claim) -> bool:
    """Whether the weights that were measured are known to be quantised."""
    return claim.protocol is not None and claim.protocol.quantization is not None
