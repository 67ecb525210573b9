"""Who measured a number, as far as the document says: the writer himself, a maker in its own document, somebody else."""

from modelassay.audit.ambiguous_names import is_family
from modelassay.audit.context import Context
from modelassay.core.published import Claim
from modelassay.evidence.names import parse_name, split_org

_TELLING = 5  # letters of a family's name that are no part of another word
_OWN_HARNESS = "the author's own run"  # what source_tiers.py makes of "we ran", "measured locally"


def is_own_run(claim: Claim, context: Context) -> bool:
    """Whether the text says that its writer measured the number himself; who counts problems has run them."""
    if claim.counted and claim.measured_by is None:
        return True
    if claim.measured_by is not None:
        return claim.measured_by == "writer"
    stated = context.stated(claim)
    return stated is not None and stated.harness == _OWN_HARNESS


def is_own(claim: Claim, context: Context) -> bool:
    """Whether the writer measured it himself, or it is a maker's number in a document about that very model."""
    return is_own_run(claim, context) or (claim.measured_by is None and is_subject(claim, context))


def is_subject(claim: Claim, context: Context) -> bool:
    """Whether the document is its maker's: its title or metadata names the model, or it says "our" model of it."""
    if claim.hub_id is None:
        return False
    name = parse_name(split_org(claim.hub_id)[1])
    if any(title.family == name.family and title.size in (None, name.size) for title in context.titles):
        return True
    if len(name.family) < _TELLING:
        return False
    titled = any(title.family.startswith(name.family) for title in context.titles if title.size is None)
    return titled or any(name.family in said for said in context.own_words)


def names_in_full(claim: Claim) -> bool:
    """Whether the name as written is the resolved model's family to the last digit, and no alias or shorthand."""
    if claim.hub_id is None:
        return False
    written, known = (parse_name(split_org(name)[1]).family for name in (claim.model, claim.hub_id))
    return is_family(written, known)


def is_quantised(claim: Claim) -> bool:
    """Whether the weights that were measured are known to be quantised."""
    return claim.protocol is not None and claim.protocol.quantization is not None
