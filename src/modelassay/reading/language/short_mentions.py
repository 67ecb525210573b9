"""Sizes that stand for a model of a family named elsewhere: "7B and 13B", "the 1.3B-Instruct"."""

import re
from collections.abc import Sequence

from modelassay.evidence.names import parse_name
from modelassay.evidence.vocabulary import Resolution, Vocabulary
from modelassay.reading.language.mentions import HAS_SIZE, Mention, overlaps

_SIZE_WORD = re.compile(r"(?<![\w.$€-])(-?)(\d+(?:\.\d+)?)\s?([BbMm])((?:-[A-Za-z]+)*)(?![\w.]*\w)")
# "X, a 14B coding model": says of X how large it is, and names no other
_HOW_LARGE = re.compile(r",\s+(?:an?|our|the)\s+(?:\w+\s)?$", re.I)
_A_MODEL = re.compile(
    r"(?:[\s-][a-z][\w-]*){0,4}\s(?:model|coder|LLM|network|checkpoint|transformer|MoE)s?\b", re.I
)
_SIZE_PART = re.compile(r"\d+(?:\.\d+)?\s?[bBmM](?![A-Za-z])")
_ITS_NUMBER = re.compile(r"\s*[(:=]?\s*[~≈]?\d{1,2}(?:\.\d+)?\s*%?(?!\w|\.\d)")
_NUMBER_OF = re.compile(r"\s*(?:[(:=]|at\b|has\b|scores?\b)\s*[~≈]?\d")
_AND_SIZE = r"(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s*/\s*)"
# "33.5 and 36.0 for the 7B and 13B"
_BEHIND_NUMBERS = re.compile(
    rf"\d\s?%?(?:\s+(?:on|in)\s+[\w+-]+)?,?\s+(?:for|with|by|of|from)\s+(?:the\s+|our\s+|its\s+)?(?:\d[\d.]*\s?[BbMm]?{_AND_SIZE})*$"
)
# the kind of all sizes of a list: "7B and 13B Instruct models"
_KIND_OF_ALL = re.compile(rf"(?:{_AND_SIZE}\d[\d.]*\s?[BbMm])*[\s-]+(instruct|chat|base|python)\b", re.I)
_BEFORE = 60  # characters before a size in which words that bear on it are looked for


def short_mentions(
    text: str, full: Sequence[Mention], vocabulary: Vocabulary, anchor: str | None, family: str = ""
) -> list[Mention]:
    """Sizes that stand for a model of a family: "-33B-Instruct", "7B or 33B variants", "the 1.3B".

    `anchor`: the model of the section, whose family a size leans on when no full mention precedes it; `family`: the
    name that the section has without a model.
    """
    if HAS_SIZE.search(text) is None:
        return []
    taken = [(m.start, m.end) for m in full]
    found = []
    for match in _SIZE_WORD.finditer(text):
        if overlaps(match.span(), taken) or re.match(
            r"\s*[-–]\s*\d|\s+\d+(?:\.\d+)?\s?[BbMm]\b|\s*[-–]?\s*(?:param|tokens)",
            text[match.start(3) + 1 :],
        ):
            continue
        if re.search(r"\d\s?[-–]\s?$", text[max(0, match.start() - 4) : match.start()]):
            continue
        described = _HOW_LARGE.search(text, max(0, match.start() - _BEFORE), match.start())
        if described is not None and _A_MODEL.match(text, match.end()) and _names_up_to(full, described):
            continue
        unknown = _by_number(text, match, full, vocabulary, family)
        if unknown is not None:
            found.append(unknown)
            continue
        before = [m for m in full if m.end <= match.start() and m.hub_id]
        leans_on = before[-1].hub_id if before else anchor
        hub_id = (
            None if leans_on is None else _by_size(leans_on, match, _kind_of_all(text, match), vocabulary)
        )
        resolution = Resolution(written=match[0], hub_id=hub_id, how="context" if hub_id else "unknown")
        found.append(Mention(match.start(), match.end(), match[0].lstrip("-"), resolution, short=True))
    return found


def _names_up_to(full: Sequence[Mention], comma: re.Match[str]) -> bool:
    """Does a name end where the comma stands?"""
    return any(0 <= comma.start() - m.end <= 1 for m in full)


def _by_number(
    text: str, match: re.Match[str], full: Sequence[Mention], vocabulary: Vocabulary, family: str
) -> Mention | None:
    """In "Nimbus-Code 2b (31 %), 7b (45 %)" each size with its number is a model of the family named before it, or above."""
    before = [m for m in full if m.end <= match.start()]
    if not before and family and _ITS_NUMBER.match(text, match.end()):
        name = f"{family} {match[0].lstrip('-')}"
        return Mention(match.start(), match.end(), name, vocabulary.resolve(name))
    behind = _BEHIND_NUMBERS.search(text, max(0, match.start() - _BEFORE), match.start()) is not None
    if not before and family and behind:
        name = f"{family} {match[0].lstrip('-')}{_kind_of_all(text, match)}"
        return Mention(match.start(), match.end(), name, vocabulary.resolve(name))
    if not before or before[-1].hub_id is not None or not (behind or _NUMBER_OF.match(text, match.end())):
        return None
    size = match[0].lstrip("-") + (_kind_of_all(text, match) if behind else "")
    name = (
        _SIZE_PART.sub(size, before[-1].text)
        if _SIZE_PART.search(before[-1].text)
        else f"{before[-1].text} {size}"
    )
    return Mention(match.start(), match.end(), name, vocabulary.resolve(name))


def _kind_of_all(text: str, match: re.Match[str]) -> str:
    """The kind that a list of sizes ends with, as more of each name; "" for none, or where the size has its own."""
    found = _KIND_OF_ALL.match(text, match.end()) if not match[4] else None
    return f" {found[1]}" if found is not None else ""


def _by_size(leans_on: str, match: re.Match[str], of_all: str, vocabulary: Vocabulary) -> str | None:
    size = parse_name(match[0].lstrip("-")).size
    if size is None:
        return None
    kind = parse_name(match[4].lstrip("-") or of_all.strip()).kind
    if kind is None:
        return vocabulary.variant(leans_on, size=size)
    # An alias may name the variant ("DeepSeek-Coder-7B-Instruct" is the board's name of the 6.7B).
    return vocabulary.variant(leans_on, size=size, kind="base" if kind == "base" else "instruct")
