"""Two numbers where one is expected, "81.1 (75.6)" and "81.1 / 75.6": what a document says of the second.

It may be what somebody else reported of the same model, or the score on the plus set. Where nothing is said it is nobody's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, Literal

from modelassay.reading.language.numbers import Number
from modelassay.reading.language.passages import Passage
from modelassay.reading.language.terms import Term

Second = Literal["reported", "plus"]
_IN_BRACKETS: Final = (
    r"\b(?:numbers?|values?|results?|scores?|figures?|those|ones?|data)\s+(?:\w+\s+){0,2}(?:in|within|inside)\s+(?:the\s+)?(?:parenthes[ei]s|brackets)\b[^.\n]{0,30}?"
    r"\b(?:are|is|indicates?|denotes?|shows?|represents?|refers? to|comes?|were|was|taken)\b[^.\n]{0,70}?"
)
_REPORTED: Final = re.compile(
    rf"\breproduced[\w ]{{0,24}}\(\s*(?:self-)?(?:reported|official|published|original)|{_IN_BRACKETS}\b(?:report|official|publish|paper|original|claim)"
    r"|括号[内中里]?(?:的)?(?:数字|数值|结果|分数|成绩)?(?:为|是|表示|来自)[^。\n]{0,20}(?:官方|论文|报告|公布|原)",
    re.I,
)
_PLUS: Final = re.compile(
    rf"\bbase\s*/\s*(?:plus|\+)(?!\w)|\b(?:HumanEval|MBPP)\s*(?:/|\()\s*(?:HumanEval|MBPP)?\s?(?:\+|-?Plus\b)|{_IN_BRACKETS}(?:HumanEval\s?\+|MBPP\s?\+|\bplus\b|EvalPlus)"
    r"|括号[内中里]?(?:的)?(?:数字|数值|结果|分数|成绩)?(?:为|是|表示)[^。\n]{0,20}(?:HumanEval\+|MBPP\+|EvalPlus|Plus)",
    re.I,
)
_SLASH: Final = re.compile(r"\s*%?\s*/\s*")
_LED: Final = re.compile(r"[\s:=|(~≈]*(?:pass\s?@\s?1)?[\s:=~≈]*(?:of|is|at)?\s*", re.I)


def second_is(text: str) -> Second | None:
    """What a document says of the second of two numbers; `None` where it says nothing or both."""
    reported, plus = _REPORTED.search(text), _PLUS.search(text)
    if (reported is None) == (plus is None):
        return None
    return "reported" if reported else "plus"


def base_and_plus(
    passage: Passage, numbers: Sequence[Number], benchmarks: Sequence[Term]
) -> Mapping[int, tuple[Term, bool]]:
    """ "HumanEval 54.3 / HE+ 49.4; MBPP 70.6 / 58.7": in a passage that knows the plus sets the second is on one."""
    if not any(term.name.endswith("+") for term in passage.benchmarks):
        return {}
    found: dict[int, tuple[Term, bool]] = {}
    for one, two in pairwise(numbers):
        before = [term for term in benchmarks if term.end <= one.start]
        if not before or before[-1].name not in ("humaneval", "mbpp") or two.value > one.value:
            continue
        led = _LED.fullmatch(passage.text, before[-1].end, one.start)
        told = any(two.end <= term.start <= two.end + 3 for term in benchmarks)
        if led and _SLASH.fullmatch(passage.text, one.end, two.start) and not told:
            found[two.start] = replace(before[-1], name=f"{before[-1].name}+"), False
    return found
