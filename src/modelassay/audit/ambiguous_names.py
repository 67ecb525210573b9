"""Which models a written name can mean: a name that leaves out the kind means the base or the instruct model.

"Qwen2.5-Coder-7B" heads tables of both. What a name does not say accuses nobody.
"""

import re

from modelassay.evidence.base import Evidence
from modelassay.evidence.names import parse_name, split_org

_MAKERS_PREFIX = "meta"
_TITLE = re.compile(
    r"^(?:#\s+|<h1[^>]*>)(.+)$|^(?:base_)?(?:model|name|title):\s*(.+)$", re.MULTILINE | re.IGNORECASE
)
_WE_MADE = re.compile(
    r"\bwe (?:introduce|present|release|propose|announce|open-?source|have (?:released|open-?sourced|trained))\b"
    r"([^.\n]{3,80})|(?:我们开源|我们发布|我们推出)([^。\n]{3,60})",
    re.IGNORECASE,
)
_OUR = re.compile(r"\b[Oo]ur ([A-Za-z][\w.-]{2,30}(?: ?[A-Z][\w.-]+)?)|我们的\s*([A-Za-z][\w.-]{2,30})")


def may_mean(written: str, resolved: str, other: str, evidence: Evidence) -> bool:
    """Whether the words of a name, resolved to one model, fit a related model just as well.

    Family, size and version must be the resolved model's; a kind that is written must be the other's too. A name
    that says less than the family ("the baseline") means only what it was resolved to.
    """
    name = parse_name(split_org(written)[1])
    one, two = parse_name(split_org(resolved)[1]), parse_name(split_org(other)[1])
    if "/" in written or not is_family(name.family, one.family) or one.family != two.family:
        return False
    if (one.size, one.experts) != (two.size, two.experts) or name.version not in (None, two.version):
        return False
    if name.kind is None:
        return True
    model = evidence.model(other)
    tuned = model.kind == "instruct" if model is not None and model.kind is not None else two.tuned
    return tuned == name.tuned and name.extras <= two.extras


def is_family(written: str, known: str) -> bool:
    """Whether a family as written is a known one: "Llama 3" is Meta-Llama-3 to everybody."""
    return known in (written, f"{_MAKERS_PREFIX}{written}")


def read_own_words(text: str) -> tuple[str, ...]:
    """What a document says that its writers made ("we release …", "our Xwin-Coder"): letters and digits only."""
    head = text[:200_000]
    found = (match[1] or match[2] for pattern in (_WE_MADE, _OUR) for match in pattern.finditer(head))
    return tuple(re.sub(r"[^a-z0-9.]", "", words.lower()) for words in found)


def read_titles(text: str) -> tuple[str, ...]:
    """What a document calls itself: its first heading, and names in a card's metadata."""
    found = []
    for match in _TITLE.finditer(text[:20_000]):
        found.append((match[1] or match[2]).strip().strip("\"'` "))
        if match[1]:
            break
    return tuple(found)
