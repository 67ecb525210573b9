"""Numbers in plain text, each with what its surroundings say it is: a share, a difference, a size, or neither."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

NumberKind = Literal["percent", "points", "plain", "fraction", "size", "count"]

_ABOUT = (
    r"~|≈|≃|∼|\b(?:about|around|roughly|approximately|approx\.?|circa|ca\.|nearly|almost|some|close to)\s"
)
_NUMBER = re.compile(
    rf"""(?P<about>(?:{_ABOUT})\s?)?
    (?P<bound>(?<![-–—=])[<>≥≤]=?\s?~?|\b(?:over|above|under|below|at\ least|at\ most|up\ to|more\ than|less\ than)\s~?)?
    (?P<sign>(?<![\w)%])[+±−–-](?=\d)|\+/-\s?)?
    (?P<low>(?<![\w.])\d{{1,2}},\d{{1,2}}(?=\s?%)|(?<![\w.])\d+(?:\.\d+)?|(?<![\w.\d])\.\d+)
    (?:\s?%?\s?(?P<dash>[-–—−]|\bto\b)\s?~?(?P<high>\d+(?:\.\d+)?)(?![\w.]*-?[A-Za-z]*\d*\w*/\w))?
    (?P<unit>\s?%(?:\s?(?:points?|pts?)\b)?|\s?(?:pp|pts|percentage\ points?|points?|p\.p\.)(?![\w])|\s?percent\b)?
    (?P<plus>\+(?!\d))?
    (?P<error>\s?(?:±|\+/-|\+-)\s?\d+(?:\.\d+)?\s?%?)?""",
    re.VERBOSE | re.IGNORECASE,
)
_THOUSANDS = re.compile(r",\d{3}(?!\d)")  # "8,659 samples"
_VERSION_GOES_ON = re.compile(r"\.\d|\s\d+(?:\.\d+)?[BbMm](?!\w|\s?tokens)")  # "4.43.1", "Qwen 3.6 27B"
_SIZE_AFTER = re.compile(r"\s?(billion|million|B|M)(?![\w])(?!\s?tokens)")
_COUNT_AFTER = re.compile(
    r"""\s*[-–]?\s*(?:[BbMm](?:illion)?\s?tokens|problems?|tasks?|samples?|shots?|candidates?|tokens?|languages?|epochs?|steps?|hours?|days?|weeks?
    |months?|years?|min(?:utes)?|s(?:ec(?:onds)?)?|ms|GB|MB|TB|GiB|K|k|T|x|×|GPUs?|cores?|bits?|models?|runs?|seeds?|times|of(?!\s(?:the|their|its)\s(?:\w+\s)?(?:papers?|reports?|cards?|boards?|leaderboards?|authors?|makers?)\b)|th|st|nd|rd|tok/s|examples?
    |bpw|bits?[ ]per[ ]weight|stars?|downloads?|pages?|lines?|functions?|questions?|A100s?|kW|W|°C|parameters|params|benchmarks?|datasets?|contexts?|rows?|users?|release|version|update|edition|Pro|Flash|Turbo|Sonnet|Opus|Haiku|Lite|Plus)(?!\w)""",
    re.VERBOSE,
)
_NOT_A_SHARE_AFTER = re.compile(
    r"\s*(?:-\s?)?(?:CI|confidence|interval|level|faster|slower|fewer|(?:less|more|lower|higher|greater|better|worse)\s(?!than\b)\w+|as\s\w+\sas|(?:acceptance\srate|win[\s-]rate|timed\sout|crash\w*|had\sno)|of (?:the |all |its |our )?(?:[\w+-]+ )?(?:answers|samples|outputs|completions|generations|solutions|programs|responses)|cheaper|smaller|larger|bigger|off|discount|speed-?up|reduction|overlap\w*|contaminat\w*|of [\w+ .-]{2,40}?\s(?:is|are|was|were)\s(?:\w+\s){0,2}(?:found|contaminat|leak|overlap|present|seen|duplicat|in (?:the|its)\s(?:training|pre-?training|corpus))|sampl(?:ing|e)\b|subset|split|of (?:the |all |its )?(?:\w+ )?(?:exercises|examples|files|documents|repositories|instances|items|pairs|snippets)|of the (?:data|tokens|parameters|training|corpus|problems|time|code)|utilization|utilisation|memory|VRAM|synthetic|natural|reproducib\w+|deterministic|identical|compatible|offline|local|free|open(?:[- ]source)?|automated|automatic|confident|sure|certain|correct(?:ly)?\s(?:installed|formatted|parsed))\b",
    re.I,
)
_COUNT_BEFORE = re.compile(
    r"(?:\bn\s*=\s*|\bT\s*=\s*|\btop[-_ ]?[pk][\x22\x27]?\s*[=:]?\s*|\btemperature[\x22\x27]?\s*(?:of|=|:)?\s*|\bk\s*=\s*|\bpass\s?@\s?|@|\bv|\bversion\s|\bTable\s|\bTab\.\s|\bFig(?:ure)?\.?\s|\bSec(?:tion)?\.?\s|§\s?|\bline\s|\bpage\s|\bp\.\s|\barXiv[: ]|\bstep\s|\bseed\s|\bcommit\s|#|\$|€|\bCUDA\s|\bApache(?:[- ]licen[cs]e)?,?[- ](?:version\s|v)?|\bL?GPL[- ]?v?|\bCC[- ]BY(?:[- ](?:NC|SA|ND))*[- ]|\bPython\s|\bChapter\s|\bAppendix\s|\bA|\bH|\bRTX\s|\bepoch\s|\bround\s|[A-Za-z]-|\bClaude[- ]|\bGemini[- ]|GPT[- ]?)$",
    re.I,
)
# What _COUNT_BEFORE, in lower case and without white space at its end, can end with.
_COUNTING_WORDS = (
    "=", ":", "'", '"', "@", "#", "$", "€", "§", "-", ",", "p", "k", "v", "a", "h", "temperature", "of", "version", "table", "tab.",
    "fig", "fig.", "figure", "figure.", "sec", "sec.", "section", "section.", "line", "page", "p.", "arxiv", "step", "seed", "commit",
    "apache", "license", "licence", "gpl", "by", "nc", "nd", "python", "chapter", "appendix", "rtx", "epoch", "round", "claude",
    "gemini", "gpt",
)  # fmt: skip
# Characters and words that can belong to the number behind them: see _NUMBER.
_LEADS = "~≈≃∼<>≥≤=+±−–-./"
_LEADING_WORDS = (
    *_LEADS, "about", "around", "roughly", "approximately", "approx", "circa", "ca", "nearly", "almost", "some", "to", "over", "above",
    "under", "below", "least", "most", "than",
)  # fmt: skip
# "improves by 5 %", "a gain of 3 %": a difference
_BY_HOW_MUCH = re.compile(
    r"(?:\b(?:outperform|exceed|lead|led|improv|surpass|beat|rais|rise|rose|boost|increas|decreas|drop|fell|fall|higher|lower|better|worse|gain|ahead|behind|reduc|degrad)\w*"
    r"[^.;%\n]{0,60}?\bby|\b(?:gain|increase|decrease|improvement|drop|lead|margin|advantage|reduction|boost|rise)s?\s+of)"
    r"\s+(?:(?:up to|about|roughly|around|nearly|over|almost|more than|only)\s+)*[~≈]?\s*$",
    re.I,
)
# "16% absolute improvement over X"
_DIFFERENCE_AFTER = re.compile(
    r"\s*(?:absolute|relative|average|overall|percentage|further)?\s*(?:improvements?|gains?|increases?|boosts?|uplifts?|drops?|decreases?|degradations?|losses|loss|margins?|advantages?)\b|\s*Δ",
    re.I,
)
_REACH_BACK = 90
_LISTED = re.compile(r"\s*(?:,|/|and|or|、|\s)+\s*")
_UP_TO = re.compile(r"\s*(?:[~–—-]|\bto\b)?\s*", re.I)
_SOLVES = re.compile(r"\b(?:solv|pass)\w*\s+(?:about |only |around |roughly |[~≈])?\s*$", re.I)
_OF_PROBLEMS = re.compile(r"\s*of (?:the |its |all )?(?:\w+ )?(?:problems|tasks)\b", re.I)
_CONTAMINATED = re.compile(
    r"(?:contaminat\w*|overlap\w*|leak\w*|duplicat\w*)(?:\s\w+){0,3}[\s:=(]*$"
    r"|(?<!de)(?<!non-)contaminat\w*[\"”]?\s(?:percentage|rate|level|share)s?\b[^;!?]{0,60}$",
    re.I,
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]*\.?"
# All of a text: "74. 4", a number broken by a slip, and "43,9" with a decimal comma.
_BROKEN = re.compile(r"\s*\d{1,2}(?:\.\s|,)\d{1,2}\s*")
_REACH = 18  # characters: "approximately " and "percentage" are the longest words that lead a number
_BESIDE = 80  # characters: what says of a number what it is stands no farther away
_SLASH_BEFORE = re.compile(r"\d\s?/\s?$")
_FRACTION_AFTER = re.compile(r"\s?/\s?0?\.\d{2}")
_FRACTION_BEFORE = re.compile(r"(?<![\d.])0?\.\d{2,}\s?/\s?$")
_DIGIT = re.compile(r"\d")
_K_OF_N = r"(?P<count>(?<![\d./])(?P<k>\d{1,4})\s?(?:/|of|out of)\s?(?P<n>\d{2,4})(?![\d/]|\.\d))"
_COUNT_FIRST = re.compile(
    rf"{_K_OF_N}(?:\s(?:problems?|tasks?|solved|passed|correct))*[\s*]*[(\[=,:–-]+\s*~?\s*(?P<percent>\d{{1,3}}(?:\.\d+)?)\s?%"
)
_COUNT_LAST = re.compile(rf"(?P<percent>\d{{1,3}}(?:\.\d+)?)\s?%?[\s*]*[(\[]\s*{_K_OF_N}")
_DATE = re.compile(
    rf"\b{_MONTH}\s+['’]?\d{{2}}\s?[-–~]\s?{_MONTH}\s+['’]?\d{{2}}\b|\b\d{{4}}-\d{{2}}(?:-(?:\d{{2}}|XX))?\b|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b|\b\d{{1,2}}\s+{_MONTH}\s+\d{{4}}\b"
    rf"|\b{_MONTH},?\s+\d{{4}}\b|\b(?:19|20)\d{{2}}(?:[-/–](?:19|20)?\d{{2}})?\b(?!\s?%|\.\d)|\bQ[1-4]\s+20\d{{2}}\b|\b\d{{4,5}}\.\d{{4,5}}(?:v\d+)?\b"
)


@dataclass(frozen=True)
class Number:
    """A number at `start`..`end`. `value` and `high` are as written; `share()` turns them into [0, 1]."""

    start: int
    end: int
    text: str
    kind: NumberKind
    value: float
    high: float | None = None
    approximate: bool = False
    signed: Literal["", "+", "-"] = ""
    bound: str = ""
    counted: str = ""  # "61/164": the count that stands beside a percentage

    @property
    def is_share(self) -> bool:
        """Could it be a score?"""
        return self.kind in ("percent", "plain", "fraction") and not self.signed

    def share(self) -> float:
        """The value in [0, 1]: a fraction as it stands, anything else divided by 100."""
        return self.value if self.kind == "fraction" else round(self.value / 100, 10)

    def share_high(self) -> float | None:
        """The upper end of a range in [0, 1]."""
        if self.high is None:
            return None
        return self.high if self.kind == "fraction" else round(self.high / 100, 10)


def find_numbers(text: str, taken: list[tuple[int, int]]) -> list[Number]:
    """All numbers outside `taken` spans (names, benchmarks, links), typed by what stands around them."""
    if _DIGIT.search(text) is None:
        return []
    if _BROKEN.fullmatch(text):
        value = float("".join(text.replace(",", ".").split()))
        return [Number(0, len(text), text.strip(), "plain", value)]
    dates = [match.span() for match in _DATE.finditer(text)]
    found = []
    for match in _candidates(text, taken):
        start, end = match.start("low"), match.end()
        if any(start < stop and begin < end for begin, stop in taken):
            continue
        number = _typed(text, match, any(begin <= start < stop for begin, stop in dates))
        if number is not None:
            found.append(number)
    for right, left in zip(reversed(found), reversed(found[:-1]), strict=False):  # "7.5% to 16.3% gains"
        if (
            right.kind == "points"
            and left.kind == "percent"
            and _UP_TO.fullmatch(text, left.end, right.start)
        ):
            found[found.index(left)] = replace(left, kind="points")
    for one, two in enumerate(range(1, len(found))):  # "by 7.9 %, 9.3 % and 5.9 %": all are differences
        left, right = found[one], found[two]
        if (
            left.kind == "points"
            and right.kind == "percent"
            and _LISTED.fullmatch(text, left.end, right.start)
        ):
            found[two] = replace(right, kind="points")
    return _with_counts(text, found) if "/" in text or " of " in text else found


def _with_counts(text: str, found: list[Number]) -> list[Number]:
    """In "61/164 (37.2%)" and "37.2% (61/164)" the percentage is the number, and the count bears it out."""
    for match in (*_COUNT_FIRST.finditer(text), *_COUNT_LAST.finditer(text)):
        if int(match["k"]) > int(match["n"]):
            continue
        low, high = match.span("count")
        percent = match.start("percent")
        for index, number in enumerate(found):
            if low <= number.start < high:
                found[index] = replace(number, kind="count")
            elif number.start <= percent < number.end and number.kind in ("percent", "plain"):
                found[index] = replace(number, kind="percent", counted=match["count"])
    return found


def _candidates(text: str, taken: list[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """Matches of the number pattern outside `taken`, tried only from a little before each digit."""
    at = 0
    while (digit := _DIGIT.search(text, at)) is not None:
        inside = next((end for start, end in taken if start <= digit.start() < end), None)
        if inside is not None:
            at = inside
            continue
        led = _is_led(text, digit.start())
        match = _NUMBER.search(text, max(at, digit.start() - _REACH) if led else digit.start())
        if match is None:
            return
        yield match
        falls = (
            match["high"]
            and match["dash"] == "to"
            and float(match["high"]) < float(match["low"].replace(",", "."))
        )
        at = match.start("dash") if falls else match.end()  # "88.4% to 78.6%" is no range: two numbers


def _is_led(text: str, digit: int) -> bool:
    """May what stands before a digit belong to its number: a sign, a bound, "about", a decimal point?"""
    before = text[max(0, digit - _REACH) : digit]
    if not before or before[-1] in _LEADS:
        return bool(before)
    if not before[-1].isspace():
        return False
    return before.rstrip().lower().endswith(_LEADING_WORDS)


def _ends_counted(text: str, start: int) -> bool:
    """Does what stands before a number end as _COUNT_BEFORE does? A quick look before that is tried."""
    before = text[max(0, start - _BESIDE) : start].rstrip().lower()
    return before.endswith(_COUNTING_WORDS) or not before


def _typed(text: str, match: re.Match[str], in_date: bool) -> Number | None:
    low = match["low"].replace(",", ".")
    value = float(low)
    high = float(match["high"]) if match["high"] else None
    unit = (match["unit"] or "").strip().lower()
    if unit == "%" and _is_by_how_much(text, match.start()):
        unit = "points"
    if unit == "%" and _DIFFERENCE_AFTER.match(text, match.end()):
        unit = "points"
    sign = (match["sign"] or "").strip()
    after = text[match.end() : match.end() + _BESIDE]
    end = match.end()
    start = match.start("sign") if match["sign"] else match.start("low")
    kind: NumberKind
    if (unit.startswith("%") and len(unit) > 1) or (unit and not unit.startswith("%") and unit != "percent"):
        kind = "points"
    elif unit:
        solved = _SOLVES.search(text, max(0, start - 30), start) and _OF_PROBLEMS.match(after)
        no_share = not solved and (
            _NOT_A_SHARE_AFTER.match(after) or _CONTAMINATED.search(text, max(0, start - 100), start)
        )
        kind = "count" if no_share else "percent"
    elif size := _SIZE_AFTER.match(after):
        kind, end = "size", match.end() + size.end()
    elif (
        in_date
        or _THOUSANDS.match(after)
        or _VERSION_GOES_ON.match(after)
        or _COUNT_AFTER.match(after)
        or _is_counted(text, match.start("low"))
    ):
        kind = "count"
    elif low.startswith(("0.", ".")) and 0 < value < 1 and _is_one_of_two_fractions(text, match, after):
        kind = "fraction"
    elif re.match(r"\s?/\s?\d", after) or _SLASH_BEFORE.search(
        text, max(0, match.start() - 4), match.start()
    ):
        kind = "plain"
    elif 0 < value < 1 and "." in low and len(low.partition(".")[2]) >= 2:
        kind = "fraction"
    else:
        kind = "plain"
    if high is not None and high < value:
        end, high = match.end("low"), None
        if unit:
            return _typed_low_only(text, match)
    about = bool(match["about"]) or "~" in (match["bound"] or "")
    return Number(
        start=match.start("about") if match["about"] else start,
        end=end,
        text=text[match.start("low") : end].strip(),
        kind=kind,
        value=value,
        high=high,
        approximate=about,
        signed="+" if sign == "+" else "-" if sign in ("-", "−", "–") else "",
        bound=(match["bound"] or "").strip(" ~").lower() + (match["plus"] or ""),
    )


def _is_one_of_two_fractions(text: str, match: re.Match[str], after: str) -> bool:
    """ "0.951 / 0.902": what stands on the other side of the slash is a fraction, too."""
    before = text[max(0, match.start("low") - 12) : match.start("low")]
    exact = len(match["low"].partition(".")[2]) >= 2
    return exact and (_FRACTION_AFTER.match(after) is not None or _FRACTION_BEFORE.search(before) is not None)


def _is_by_how_much(text: str, start: int) -> bool:
    near = text[max(0, start - _REACH_BACK) : start].lower()
    led = "by" in near or "of" in near
    return led and _BY_HOW_MUCH.search(text, max(0, start - _REACH_BACK), start) is not None


def _is_counted(text: str, start: int) -> bool:
    return (
        _ends_counted(text, start) and _COUNT_BEFORE.search(text, max(0, start - _BESIDE), start) is not None
    )


def _typed_low_only(text: str, match: re.Match[str]) -> Number | None:
    """ "2024-5 %" and the like: not a range. Read the first number alone."""
    low = _NUMBER.match(text[: match.end("low")], match.start())
    return None if low is None else _typed(text[: match.end("low")], low, False)
