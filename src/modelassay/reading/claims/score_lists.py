"""Lists of numbers and names in a sentence that belong together in their order: "A and B score 43.9 and 34.8"."""

import re
from collections.abc import Sequence
from typing import Final

from modelassay.evidence.vocabulary import Resolution
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.numbers import Number
from modelassay.reading.language.passages import Passage
from modelassay.reading.language.terms import Term

_JOINED = re.compile(r"[\s,/&|()~≈%:=]*(?:\b(?:and|or|vs\.?|then)\b)?[\s,/&|()~≈]*")
RIVAL = re.compile(
    r"(?:\bthan|\bover|\bbeats?|\bbeating|\boutperform\w*|\bexceed\w*|\bsurpass\w*|\bvs\.?|\bversus|\bcompared (?:to|with)|\bmatch\w*|\bahead of|\bbehind|\bnear|\btrail\w*|\babove|\bbelow|\bfrom)\s+(?:the\s+|our\s+|its\s+|their\s+)?(?:(?:that|those) of\s+)?(?:the\s+)?(?:(?<=the )[a-z-]+\s+)?"
    r"(?:(?:[\w-]+\s+)?(?:predecessors?|competitors?|rivals?|counterparts?|siblings?|baselines?)\s+)?$",
    re.I,
)
_VERSUS = re.compile(
    r"[\s%)(\]\[]*(?:vs\.?|v\.|versus|against|compared (?:to|with)|over|to|->|→|>{1,2}|<{1,2}|[≥≤≫≪:])[\s(\[~≈]*",
    re.I,
)
# between the numbers of a duel and the name that it is about, or between two names before which they stand
_BEATS = re.compile(
    r"[\s%)\],]*(?:>{1,2}|<{1,2}|(?:(?:clearly|narrowly|easily|comfortably|still)\s+)?(?:beats?|outperform(?:s|ed)?|exceed(?:s|ed)?|surpass(?:es|ed)?|tops|edges out"
    r"|leads|(?:is |was |stays )?(?:ahead of|behind|better than|worse than|above|below)|loses? to|lost to|trails|vs\.?|versus))\s+(?:the\s+)?",
    re.I,
)
_OPENED = re.compile(r"(?:\s+on\s+[\w+-]+)?(?:\s*\([^()%]{1,24}\)\.?)?\s*[(\[](?:[^()]{0,24},)?\s*~?")
_BEHIND = re.compile(
    r"\s*%?\s*(?:pass\s?@\s?\d+\s*)?(?:on\s+[\w+-]+\s+)?(?:with|for|by|of|from)\s+(?:the\s+|our\s+)?", re.I
)
_ARROW = re.compile("->|→")
Duels = list[list[list[int]]]  # of each duel its sides, as places of numbers
# Owns the number of a model that the text does not name.
NOBODY: Final = Mention(0, 0, "", Resolution(written="", hub_id=None, how="unknown"), short=True)


def runs(text: str, items: Sequence[Number | Term | Mention]) -> list[list[int]]:
    """Indexes of neighbours that are joined by nothing but commas, slashes and "and"."""
    runs: list[list[int]] = []
    for index, item in enumerate(items):
        between = text[items[index - 1].end : item.start] if index else "x"
        if index and _JOINED.fullmatch(between):
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def pair_models(text: str, numbers: Sequence[Number], mentions: Sequence[Mention]) -> dict[int, Mention]:
    """ "A and B score 43.9 and 34.8": as many names as numbers, names first."""
    found: dict[int, Mention] = {}
    name_runs = [run for run in runs(text, mentions) if len(run) > 1]
    for run in runs(text, numbers):
        for names in name_runs:
            if len(names) == len(run) and mentions[names[-1]].end <= numbers[run[0]].start:
                found.update({numbers[i].start: mentions[j] for i, j in zip(run, names, strict=True)})
            behind = (
                _BEHIND.fullmatch(text, numbers[run[-1]].end, mentions[names[0]].start)
                if len(names) == len(run)
                else None
            )
            if behind is not None:  # "43.9 and 34.8 with A and B"
                found.update({numbers[i].start: mentions[j] for i, j in zip(run, names, strict=True)})
    return found


def pair_metrics(text: str, numbers: Sequence[Number], metrics: Sequence[Term]) -> dict[int, str]:
    """ "pass@1, pass@10 and pass@100 of 26.0, 45.7 and 71.6": as many numbers as metrics, in their order."""
    lists = [[metrics[i].name for i in run] for run in runs(text, metrics) if len(run) > 1]
    found: dict[int, str] = {}
    for run in runs(text, numbers):
        fitting = [names for names in lists if len(names) == len(run) == len(set(names))]
        if len(fitting) == 1:
            found.update({numbers[i].start: name for i, name in zip(run, fitting[0], strict=True)})
    return found


def pair_rivals(
    passage: Passage, numbers: Sequence[Number], mentions: Sequence[Mention], fought: Duels
) -> dict[int, Mention]:
    """ "A beats B on X (53.7 vs 31.1)", "A > B (53.7 > 31.1)": the first is A's, the second B's; as many names as sides.

    "A surpasses B (59.8 vs. 53.0) and C (59.8 vs. 44.5)": right behind a rival the first is A's each time.
    "A (53.7 vs 31.1) beats B", "On X (53.7 vs 31.1), A beats B": the names may stand on both sides or follow.
    """
    text = passage.text
    found: dict[int, Mention] = {}
    told = 0  # where the last duel ends
    for sides in fought:
        start, end = numbers[sides[0][0]].start, numbers[sides[-1][-1]].end
        before = [m for m in mentions if m.end <= start]
        since = [m for m in before if m.start >= told]
        owners: Sequence[Mention] = ()
        if len(sides) == 2 and before and _OPENED.fullmatch(text, before[-1].end, start):
            subject = since[0] if len(since) == 2 else before[0]
            first = subject if subject is not before[-1] else passage.scope.model
            if found or RIVAL.search(text, max(0, before[-1].start - 60), before[-1].start) is not None:
                owners = (first or NOBODY, before[-1])
        if not owners:
            following = [m for m in mentions if m.start >= end]
            owners = next(
                (
                    names
                    for names in (before, since, _both_sides(text, since, following, end))
                    if len(names) == len(sides)
                ),
                (),
            )
        if _ARROW.search(text, start, end):
            owners = _from_whom(text, owners)
        if owners:
            told = end
            found.update({numbers[i].start: m for side, m in zip(sides, owners, strict=True) for i in side})
    return found


def _from_whom(text: str, owners: Sequence[Mention]) -> Sequence[Mention]:
    """ "Compared to A, B rises (61.2 -> 66.5)": the first is whom the other is compared with; else both are one model's."""
    rivals = [m for m in owners if RIVAL.search(text, max(0, m.start - 60), m.start)]
    others = [m for m in owners if m not in rivals]
    return (rivals[0], others[0]) if len(rivals) == len(others) == 1 else ()


def _both_sides(text: str, before: list[Mention], following: list[Mention], end: int) -> list[Mention]:
    """The names of a duel whose numbers stand before its verb, or before both names."""
    if len(before) == 1 and following and _BEATS.fullmatch(text, end, following[0].start):
        return [before[0], following[0]]
    rivals = len(following) == 2 and _BEATS.fullmatch(text, following[0].end, following[1].start)
    return following if not before and rivals else []


def duels(text: str, numbers: Sequence[Number]) -> Duels:
    """Numbers that "vs", ">" or a colon hold against each other, as sides of equally many: "88.4 / 84.1 vs 78.6 / 71.3".

    Further ones may be listed behind the second; where the sides differ in number, each number is one.
    """
    found: list[list[list[int]]] = []
    for index in range(1, len(numbers)):
        between = text[numbers[index - 1].end : numbers[index].start]
        goes_on = bool(found) and found[-1][-1][-1] == index - 1
        if _VERSUS.fullmatch(between):
            if not goes_on:
                found.append([_slashed(text, numbers, index - 1)])
            found[-1].append([index])
        elif goes_on and _JOINED.fullmatch(between):
            found[-1][-1].append(index)
    return [
        sides if len({len(side) for side in sides}) == 1 else [[i] for side in sides for i in side]
        for sides in found
    ]


def _slashed(text: str, numbers: Sequence[Number], last: int) -> list[int]:
    """The numbers before and at `last` that slashes join."""
    first = last
    while first and text[numbers[first - 1].end : numbers[first].start].strip(" %") == "/":
        first -= 1
    return list(range(first, last + 1))
