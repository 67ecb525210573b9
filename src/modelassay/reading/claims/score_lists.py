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
    r"(?:\bthan|\bover|\bbeats?|\bbeating|\boutperform\w*|\bexceed\w*|\bsurpass\w*|\bvs\.?|\bversus|\bcompared (?:to|with)|\bmatch\w*|\bahead of|\bbehind|\bnear|\btrail\w*|\babove|\bbelow|\bfrom)\s+(?:the\s+|our\s+)?(?:(?:that|those) of\s+)?(?:the\s+)?$",
    re.I,
)
_VERSUS = re.compile(r"[\s%)(\]\[]*(?:vs\.?|versus|against|compared (?:to|with))[\s(\[~≈]*", re.I)
_OPENED = re.compile(r"(?:\s*\([^()%]{1,24}\)\.?)?\s*[(\[](?:[^()]{0,24},)?\s*~?")
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
    return found


def pair_rivals(
    passage: Passage, numbers: Sequence[Number], mentions: Sequence[Mention]
) -> dict[int, Mention]:
    """ "A beats B on X (53.7 vs 31.1)": the first is A's, the second B's; as many names before as numbers.

    "A surpasses B (59.8 vs. 53.0) and C (59.8 vs. 44.5)": right behind a rival the first is A's each time.
    """
    text = passage.text
    found: dict[int, Mention] = {}
    for run in _versus(text, numbers):
        before = [m for m in mentions if m.end <= numbers[run[0]].start]
        subject = before[0] if before else None
        if len(run) == 2 and before and _OPENED.fullmatch(text, before[-1].end, numbers[run[0]].start):
            rival = RIVAL.search(text, max(0, before[-1].start - 60), before[-1].start) is not None or bool(
                found
            )
            first = subject if subject is not before[-1] else passage.scope.model
            if rival:
                found[numbers[run[0]].start], found[numbers[run[1]].start] = first or NOBODY, before[-1]
                continue
        if len(before) == len(run):
            found.update({numbers[i].start: m for i, m in zip(run, before, strict=True)})
    return found


def _versus(text: str, numbers: Sequence[Number]) -> list[list[int]]:
    """Runs of numbers that "vs" joins; further ones may be listed behind it."""
    runs: list[list[int]] = []
    for index in range(1, len(numbers)):
        between = text[numbers[index - 1].end : numbers[index].start]
        if runs and runs[-1][-1] == index - 1 and _JOINED.fullmatch(between):
            runs[-1].append(index)
        elif _VERSUS.fullmatch(between):
            runs.append([index - 1, index])
    return runs
