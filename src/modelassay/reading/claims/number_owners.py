"""Whose number it is: the model that a sentence gives a number to.

"for X" right after it, a name before it in the sentence, the sentence before, then what stands above. Whoever is only
compared with ("beats X with 65 %"), and whom another model was made from, owns no number.
"""

import re
from collections.abc import Sequence

from modelassay.reading.claims.score_lists import RIVAL
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.numbers import Number
from modelassay.reading.language.passages import Passage
from modelassay.reading.language.subjects import is_parent, is_tuned_from

_FOR = re.compile(
    r"^\s*(?:pass\s?@\s?\d+\s*)?(?:(?:on|in|scores?|accuracy|reported|achieved|measured|\w*[Ee]val\+?|MBPP\+?)\s+){0,4}(?:for|by|of|from)\s+(?:the\s+|its\s+)?$",
    re.I,
)
_ARE_FOR = re.compile(
    r"^\s*(?:\w+\s+){0,2}(?:are|is|were|was)\s+(?:actually\s+|really\s+)?(?:for|from|of)\s+(?:the\s+)?$", re.I
)
_ON_MODEL = re.compile(
    r"\s?%?\s*(?:@\s?pass\s?\d+\s*)?(?:on\s+(?=[\w+-]+\s+with\s)[\w+-]+\s+)?(?:on|with)\s+(?:the\s+)?", re.I
)
_WHICH_HAS = re.compile(
    r",?\s*(?:which|that|who)\s+(?:itself\s+|already\s+|only\s+)?(?:has|had|have|gets?|got|scores?|reache[sd]|achieve[sd]?)\b",
    re.I,
)
_WE_TUNED = re.compile(
    r"\b(?:we|I)(?:['’]ve|\s+have|\s+had)?\s+(?:fine-?tuned?|finetuned?|tuned?|trained|continued)\s+(?:the\s+)?$",
    re.I,
)
_SAME_AS = re.compile(r"\b(?:same as|similar to|like|as good as|on par with|close to)\s+(?:the\s+)?$", re.I)
_LISTED = re.compile(r"\s*(?:\([^()]*\)\s*)?(?:,|/|&|,?\s*\b(?:and|or)\b)\s*(?:the\s+)?", re.I)
_NOT_THAT = re.compile(r"[,(]\s*(?:and\s+)?not\s+(?:the\s+)?$", re.I)  # "X, not Y, has 52"
_AGAINST = re.compile(r"\b(?:vs\.?|versus|against|than|compared (?:to|with))\s+[~≈]?$", re.I)
_AGAINST_NEXT = re.compile(r"\s*%?\s*(?:vs\.?|versus|against)\s", re.I)
_VS = re.compile(r"\s*(?:vs\.?|versus|against|compared (?:to|with)|up from|down from)\s", re.I)
_IN_IT = re.compile(r"\s*%?\s+(?:in|for|of|by|from|with)\s+(?:the\s+)?", re.I)
_NEAR = 60  # characters from a name to the parenthesis that it stands in
_AFTER_VS = re.compile(r"\b(?:vs\.?|versus|against)\s+[~≈]?\d+(?:\.\d+)?\s*%?\s*$", re.I)
_OPEN = re.compile(r"\s*%?\s*\(")
_RIGHT_BEHIND = re.compile(r"(?:['’]s)?\s+[~≈]?")
_OPENED = re.compile(r"\s*\([^()]*")
_BY_MEANS = re.compile(r"^\s*,?\s*(?:with|at|scoring|reaching|achieving|by|getting|hitting|posting)\b", re.I)


def owner_of(
    passage: Passage, number: Number, mentions: Sequence[Mention], carried: Mention | None
) -> Mention | None:
    """The model that a number is of, by its sentence; `None` where that is whom the sentence before spoke of (`carried`)."""
    text = passage.text
    following = [m for m in mentions if m.start >= number.end]
    if following and (
        _belongs_after(text[number.end : following[0].start], following[0])
        or _is_named_behind(text, number, following[0])
    ):
        return following[0]
    before = [m for m in mentions if m.end <= number.start and not _is_in_an_aside(text, m, number)]
    before = [m for m in before if not _NOT_THAT.search(text, max(0, m.start - 12), m.start)] or before
    if any(m.hub_id for m in before):
        before = [m for m in before if m.hub_id or not m.short]  # a size that leans on nothing names nobody
    while len(before) > 1 and _is_aside(text, before[-2], before[-1], number):
        before.pop()
    while before:
        nearest = before[-1]
        made_from = is_parent(text, nearest.start, before[0].start) or is_tuned_from(text, nearest)
        made_from = made_from and len(before) > 1
        made_from = made_from and not _WHICH_HAS.match(text, nearest.end)
        by_us = passage.scope.model is not None and _WE_TUNED.search(
            text, max(0, nearest.start - 40), nearest.start
        )
        if _is_parent_name(nearest, mentions, text) or made_from or by_us:
            before.pop()
            continue
        gap = text[nearest.end : number.start]
        rival = _is_rival(text, before) and not re.match(r"['’]s\b", gap)
        if rival and _RIGHT_BEHIND.fullmatch(gap) and _is_second(passage, number):
            return nearest
        if (
            rival
            and not re.match(r"\s*[(:=]", gap)
            and (_BY_MEANS.match(gap) or len(before) > 1 or passage.scope.model)
        ):
            if _has_its_own(passage, number, nearest):
                return nearest
            if len(before) == 1:
                return passage.scope.model if carried is None else None
            before.pop()
            continue
        return nearest
    above = passage.scope.model
    if carried is None and (above is None or (above.hub_id is None and above.resolution.how != "unknown")):
        beside = bool(following) and _SAME_AS.search(text, number.end, following[0].start)
        held = bool(following) and (
            _is_rival(text, following[:1]) or _AGAINST_NEXT.match(text, number.end) is not None
        )
        return following[0] if following and not beside and not held else None
    return None


def _is_named_behind(text: str, number: Number, mention: Mention) -> bool:
    """ "79.9 vs 45.1 (NAME)", "(vs 33.5 in NAME)": the second is NAME's."""
    if _AGAINST.search(text, max(0, number.start - 20), number.start) is None:
        return False
    between = text[number.end : mention.start]
    return _IN_IT.fullmatch(between) is not None or (
        _OPEN.fullmatch(between) is not None and text.startswith(")", mention.end)
    )


def _is_in_an_aside(text: str, mention: Mention, number: Number) -> bool:
    """ "51.2 (vs 33.5 in NAME), MBPP 65.9": who is only held against in parentheses owns nothing behind them."""
    opened = text.rfind("(", max(0, mention.start - _NEAR), mention.start)
    closed = text.find(")", mention.end, min(number.start, mention.end + _NEAR))
    if opened < 0 or closed < 0 or ")" in text[opened : mention.start]:
        return False
    return (
        _VS.match(text, opened + 1) is not None
        or _AFTER_VS.search(text, max(0, opened - 24), opened) is not None
    )


def _is_second(passage: Passage, number: Number) -> bool:
    """Stands another score before it in its sentence: "94.5 (vs NAME 93.3)"?"""
    start = next((a for a, b in passage.sentences if a <= number.start < b), 0)
    return any(start <= n.start < number.start and n.is_share for n in passage.numbers)


def _is_aside(text: str, name: Mention, size: Mention, number: Number) -> bool:
    """ "NAME (15.5B, 1T tokens): 40.8": the size only describes the name, where the number stands outside its parentheses."""
    if not size.short or (size.hub_id is not None and name.resolution.how != "unknown"):
        return False
    between = text[size.end : number.start]
    return (
        _OPENED.fullmatch(text, name.end, size.start) is not None
        and ")" in between
        and "(" not in between.partition(")")[0]
    )


def _is_rival(text: str, before: Sequence[Mention]) -> bool:
    """Is the last name only compared with, alone or in a list: "beats A and B"?"""
    for index in range(len(before) - 1, -1, -1):
        if RIVAL.search(text, max(0, before[index].start - 60), before[index].start) is not None:
            return True
        joined = index and _LISTED.fullmatch(text, before[index - 1].end, before[index].start)
        if not joined:
            return False
    return False


def _has_its_own(passage: Passage, number: Number, rival: Mention) -> bool:
    """ "A has 47.6 and 59.1 on X and Y, outperforming B with 31.1 and 43.6": as many behind B, on the same benchmarks."""
    start, end = next(((a, b) for a, b in passage.sentences if a <= number.start < b), (0, 0))
    shares = [n for n in passage.numbers if start <= n.start < end and n.is_share]
    behind = sum(n.start >= rival.end for n in shares)
    named_anew = any(rival.end <= b.start < end for b in passage.benchmarks)
    return 0 < behind == len(shares) - behind and not named_anew


def _belongs_after(between: str, mention: Mention) -> bool:
    """ "65 % for X", "80 % scores are for X"; a size alone ("from 7B models") takes "for" or "of"."""
    if _ARE_FOR.match(between):
        return True
    if _ON_MODEL.fullmatch(between):
        return not mention.short  # "57.3 on NAME", "50.7% with NAME"
    return _FOR.match(between) is not None and not (mention.short and between.rstrip().endswith("from"))


def _is_parent_name(mention: Mention, mentions: Sequence[Mention], text: str) -> bool:
    """In "Fine-tuned X (org/y): 65 %" the number is y's."""
    nxt = next((m for m in mentions if m.start >= mention.end), None)
    return (
        mention.tuned
        and nxt is not None
        and re.fullmatch(r"\s*[(:–-]\s*", text[mention.end : nxt.start]) is not None
    )
