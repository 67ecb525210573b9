"""Comparisons in running text: by how much, better or worse than whom, best of all, nobody above."""

import re
from collections.abc import Sequence
from itertools import pairwise

from modelassay.core.published import Protocol, Relation
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.score_lists import runs
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.numbers import Number
from modelassay.reading.language.passages import Passage

_ABOVE = (
    r"exceeds?|exceeded|beats?|beating|outperform(?:s|ing|ed)?(?! by)|surpass(?:es|ed|ing)?|(?:better|higher)(?: on [\w+-]+)? than|stronger than|"
    r"ahead of|improves? (?:on|over|upon)|superior to|wins? (?:against|over)|leads(?! (?:the|all|in|on|to|with|by)\b)|edges out|tops(?= \w+[-.\d])|clears"
)
_BELOW = (
    r"(?:slightly |significantly |much |far |clearly )?worse(?: than)?|below|lower than|behind|trails?|trailing|underperform\w*|weaker than|"
    r"loses? to|outperformed by|beaten by|falls? short of|inferior to"
)
_EQUAL = r"comparable(?: to| with)?|on par(?: with)?|similar to|matches|matching|equal to|equals|same as|ties? with|tied with|level with|roughly equal"
# ">" and "<" compare only names: before a number they bound it.
_RELATION = re.compile(
    rf"(?:\b(?P<below>{_BELOW})|\b(?P<above>{_ABOVE})|\b(?P<equal>{_EQUAL}))(?!\w)|(?<=\w\s)(?:(?P<more>>{{1,2}})|(?P<less><{{1,2}}))(?=\s[A-Za-z])",
    re.I,
)
_TOP = re.compile(
    r"\b(?:top[- ](?:verified |overall |small )?(?:performer|contender|model|option|choice|scorer|pick)|best(?:[- ](?:verified|small|open|overall|code))*"
    r"[- ](?:option|performer|performing|model|choice|result|score|scores|in (?:its )?(?:class|range)|small)|the best(?! practice)|state[- ]of[- ]the[- ]art|sota|strongest|"
    r"number one|ranks? (?:first|1st)|leads (?:the|all)|highest)\b",
    re.I,
)
# "the best in terms of answer exact match": measured by something of which nothing is known
_BY_MEASURE = re.compile(
    r"(?:\s+\w+){0,2}\s+(?:in terms of|with respect to|as measured by|measured by|when it comes to)\s+(?!(?:its |the )?(?:code|coding|programming|pass\s?@))",
    re.I,
)
# "state-of-the-art performance on reasoning and knowledge-intensive tasks": the best at something else
_AT_OTHER_TASKS = re.compile(
    r"(?:\s+\w+){0,2}\s+(?:on|in|for|at|across)\s+(?:(?!cod(?:e|ing)|program)[\w-]+,?\s+){0,4}?"
    r"(?:reasoning|knowledge|math\w*|multilingual|comprehension|instruction|vision|dialogue|long[- ]context|agent\w*)"
    r"(?![^.;]*\b(?:cod(?:e|ing)|program|human[\s-]?eval|mbpp|livecodebench))",
    re.I,
)
# measured by something of which nothing is known
_ELSEWHERE = re.compile(
    r"\b(?:in-house|internal(?:ly)?|human (?:eval(?:uation)?s?|preferences?|raters?|annotators?)|averages?|arena|win[- ]rates?|elo|judges?|comprehension|in-domain|safety"
    r"|MT-?Bench|AlpacaEval|IFEval|multilingual|long[- ]context|latency|throughput|speed|memory)\b",
    re.I,
)
# "beats X on HumanEval, and is close on MBPP": of MBPP something else is said
_TURN = re.compile(
    r"\b(?:and|but|while|though|although|yet)\s+(?:it\s+)?(?:is|are|stays?|remains?|trails?|lags?|falls?|loses?|comes? close|ties?|matches|underperforms?)\b",
    re.I,
)
# "does not always beat the strongest", "close to the best", "one of the best": somebody else, or one of several
_OF_OTHERS = re.compile(
    r"\b(?:beat(?:s|en|ing)?|outperform\w*|surpass\w*|exceed\w*|match(?:es|ed|ing)?|rival(?:s|ed|ing|led|ling)?|approach\w*|trail\w*|challeng\w*"
    r"|against|than|versus|vs\.?|with|behind|below|among|amongst|of|close to|next to|compared to|comparable to|similar to|near)\s+"
    r"(?:(?:the|some|other|all|many|even|its|their|current|previous|today['’]s)\s+)*(?:of\s+the\s+)?$",
    re.I,
)
_NONE = re.compile(
    r"\b(?:no|none of the|not a single|not one)\b(?P<who>[^.;%]{0,60}?)\b(?:hits?|reach(?:es)?|exceeds?|breaks?|scores?|gets?|achieves?|crosses|passes|surpass(?:es)?|"
    r"tops|clears|goes|above|over|beyond|has|manages)\b[^.;%\d]{0,24}$",
    re.I,
)
_BOTH = re.compile(
    r"\b(?:both|each|either|all)\s+(?:metrics|benchmarks|sets|of them|tests)|\bon both\b|\bacross the board\b",
    re.I,
)
_BASELINE = re.compile(r"\bbaselines?\b", re.I)
_DOWN = re.compile(
    r"\b(?:worse|lower|below|behind|drop|loss|less|down|under|trails?|weaker|lost|loses?)\b|\bcosts?(?= (?:us |you )?(?:about )?[~≈]?\d)",
    re.I,
)
# Without one of these, in lower case, _RELATION or _TOP finds nothing in a sentence.
_RELATION_STEMS = re.compile(
    r"[<>]|exceed|beat|outperform|surpass|better|higher|stronger|ahead|improve|superior|win|leads|edges|tops|clears"
    r"|worse|below|lower|behind|trail|underperform|weaker|lose|fall|inferior|comparable|on par|similar|match|equal|same|tie"
)
_TOP_STEMS = re.compile(r"top|best|state|sota|strongest|number one|rank|leads|highest")
_HINTS = frozenset(
    ["exceed", "exceeds", "exceeded", "beat", "beats", "beating", "outperform", "outperforms", "outperformed", "outperforming", "surpass", "surpasses", "surpassed", "surpassing", "better", "higher", "stronger", "ahead", "improve", "improves", "superior", "win", "wins", "tops", "clears", "worse", "below", "lower", "behind", "trail", "trails", "trailing", "underperform", "underperforms", "underperformed", "weaker", "lose", "loses", "beaten", "fall", "falls", "inferior", "comparable", "par", "similar", "matches", "matching", "equal", "equals", "same", "tie", "ties", "tied", "level", "roughly", "top", "best", "state", "sota", "strongest", "number", "rank", "ranks", "leads", "edges", "highest", "no", "none", "not"]
)  # fmt: skip
_FROM = re.compile(r"\b(?:from|replac(?:ed|ing)|swapp(?:ed|ing))\s+(?:the\s+)?$", re.I)
_TO = re.compile(r"\s*(?:to|with|for)\s+(?:the\s+)?", re.I)
_LEAD = re.compile(r"[^\w]*(?:status|notes?|conclusion|verdict|summary|result)?[\s:*✅❌⚠️-]*", re.I)


def read_comparisons(passage: Passage, draft: ClaimsDraft, baseline: Mention | None) -> None:
    """File every comparison of a passage. `baseline`: what the document calls "the baseline"."""
    told = ">" in passage.text or "<" in passage.text or not passage.words.isdisjoint(_HINTS)
    if not told and not any(n.kind == "points" or n.signed for n in passage.numbers):
        return
    for start, end in passage.sentences:
        if _read_none_above(passage, start, end, draft):
            continue
        covered = _read_differences(passage, start, end, draft, baseline)
        _read_relations(passage, start, end, draft, baseline, covered)
        _read_top(passage, start, end, draft)


def _read_none_above(passage: Passage, start: int, end: int, draft: ClaimsDraft) -> bool:
    """ "No small model hits 70 % on HumanEval"."""
    for number in passage.numbers:
        if not (start <= number.start < end and number.kind == "percent"):
            continue
        found = _NONE.search(passage.text, start, number.start)
        if found is None or any(
            found.start() <= m.start < number.start and not m.short for m in passage.mentions
        ):
            continue
        benchmarks = [b for b in passage.benchmarks if start <= b.start < end]
        near = min(benchmarks, key=lambda b: abs(b.start - number.end), default=None)
        name = near.name if near else passage.scope.benchmark
        wide = [(found.start(), number.end), (number.start, number.end)]
        draft.add(
            passage, wide, "comparison", name=found["who"].strip(), number=number, relation="none-above",
            protocol=Protocol(benchmark=name) if name else None, value=number.share(),
            negated=passage.is_wrong_at(number.start),
        )  # fmt: skip
        return True
    return False


def _read_differences(
    passage: Passage, start: int, end: int, draft: ClaimsDraft, baseline: Mention | None
) -> set[str]:
    """Signed differences: "+35pp HumanEval", "on MBPP (-6pp)", "+10-15pp on both metrics". Returns benchmarks told."""
    told: set[str] = set()
    for number in passage.numbers:
        points = number.kind == "points" or (number.kind == "percent" and number.signed)
        if not (start <= number.start < end and points):
            continue
        subject, other = _sides(passage, start, end, number.start, baseline)
        names = _benchmarks_of(passage, start, end, number)
        if subject is None:
            draft.mark_read(passage, number)
            draft.skip(
                passage,
                [(number.start, number.end)],
                "a difference, but the text does not say of which model",
            )
            continue
        down = number.signed == "-" or (not number.signed and _says_down(passage.text[start:end]))
        relation: Relation = "below" if down else "above"
        wanted: list[str | None] = [*names] if names else [None]
        for name in wanted:
            draft.add(
                passage, [(number.start, number.end)], "comparison", model=subject, number=number,
                protocol=Protocol(benchmark=name) if name else None, value=number.share(), high=number.share_high(),
                relation=relation, other=_other(other), negated=passage.is_wrong_at(number.start),
            )  # fmt: skip
            told.add(name or "")
    return told


def _says_down(sentence: str) -> bool:
    return _DOWN.search(sentence) is not None or any(m["less"] for m in _RELATION.finditer(sentence))


def _benchmarks_of(passage: Passage, start: int, end: int, number: Number) -> list[str]:
    inside = [b for b in passage.benchmarks if start <= b.start < end]
    after = [b for b in inside if b.start >= number.end]
    if after and re.fullmatch(r"[\s(]*(?:on|in|for)?\s*", passage.text[number.end : after[0].start]):
        return [after[0].name]
    before = [b for b in inside if b.end <= number.start]
    if before:
        return [before[-1].name]
    if _BOTH.search(passage.text[start:end]):
        return ["humaneval", "mbpp"]
    return [after[0].name] if after else [passage.scope.benchmark] if passage.scope.benchmark else []


def _sides(
    passage: Passage, start: int, end: int, offset: int, baseline: Mention | None
) -> tuple[Mention | None, Mention | None]:
    """Who is compared with whom: the names before and after the comparing word, the scope, the baseline."""
    word = None
    for found in _RELATION.finditer(passage.text, start, end):
        if found.start() < offset or word is None:
            word = found
    pivot = word.start() if word else offset
    names = [m for m in passage.mentions if start <= m.start < end and not m.short]
    before = [m for m in names if m.end <= pivot]
    after = [m for m in names if m.start >= pivot]
    for one, two in pairwise(before):
        # "going from A to B bought 5 points": B is spoken of, A is what it is held against
        if _FROM.search(passage.text, start, one.start) and _TO.fullmatch(passage.text, one.end, two.start):
            return two, one
    subject = before[0] if before else passage.scope.model
    named_baseline = baseline if _BASELINE.search(passage.text, pivot, end) else None
    other = after[0] if after else named_baseline or baseline
    if other is not None and subject is not None and other.hub_id == subject.hub_id:
        other = None if after else other
    return subject, other


def _other(other: Mention | None) -> str | None:
    return None if other is None else other.hub_id or other.label


def _read_relations(
    passage: Passage, start: int, end: int, draft: ClaimsDraft, baseline: Mention | None, told: set[str]
) -> None:
    """ "exceeds the baseline", "comparable to X on HumanEval", "worse than Y", where no difference says how much."""
    if _RELATION_STEMS.search(passage.lower, start, end) is None:
        return
    found = list(_RELATION.finditer(passage.text, start, end))
    for index, word in enumerate(found):
        stop = found[index + 1].start() if index + 1 < len(found) else end
        turn = _TURN.search(passage.text, word.end(), stop)
        stop = turn.start() if turn is not None else stop
        relation = _relation_of(word)
        names = [b.name for b in passage.benchmarks if word.start() <= b.start < stop]
        if not names and _BOTH.search(passage.text, word.end(), stop):
            names = ["humaneval", "mbpp"]
        for subject, other in _relation_sides(passage, start, end, word, stop, baseline, index):
            wanted: list[str | None] = [name for name in names if name not in told]
            if not names and not told and not _ELSEWHERE.search(passage.text, start, end):
                wanted = [None]
            for name in wanted:
                draft.add(
                    passage, [(word.start(), word.end())], "comparison", model=subject,
                    protocol=Protocol(benchmark=name) if name else None, written=word[0], relation=relation,
                    other=_other(other), negated=_is_denied(passage.text, word.start()),
                )  # fmt: skip


def _relation_of(word: re.Match[str]) -> Relation:
    return "below" if word["below"] or word["less"] else "equal" if word["equal"] else "above"


def _relation_sides(
    passage: Passage,
    start: int,
    end: int,
    word: re.Match[str],
    stop: int,
    baseline: Mention | None,
    index: int,
) -> Sequence[tuple[Mention, Mention | None]]:
    names = [m for m in passage.mentions if start <= m.start < end and not m.short]
    before = [m for m in names if m.end <= word.start()]
    after = [m for m in names if word.end() <= m.start < stop]
    to_baseline = _BASELINE.search(passage.text, word.end(), stop) is not None
    if to_baseline and baseline is not None:
        colon = passage.text.find(":", word.end(), end)
        listed = [m for m in names if colon >= 0 and m.start > colon]
        subjects = before[:1] or listed or ([passage.scope.model] if passage.scope.model else [])
        return [(s, baseline) for s in subjects if s.hub_id != baseline.hub_id]
    subject = before[0] if before else passage.scope.model
    if subject is None:
        return []
    if after and _next_to(passage.text, word.end(), after[0].start):
        return [(subject, after[0])]
    if (
        index
        and _relation_of(word) != "below"
        and baseline is not None
        and re.match(r"\s+on\b", passage.text[word.end() :])
    ):
        return [(subject, baseline)]
    return []


def _next_to(text: str, start: int, end: int) -> bool:
    """Only a few words stand between the comparing word and whom it compares with."""
    return end - start <= 40 and not re.search(r"[.;:()\d]", text[start:end])


def _is_denied(text: str, offset: int) -> bool:
    return (
        re.search(
            r"\b(?:not|never|n't|hardly|fails? to)\s+(?:\w+\s+)?$|\bnot\s+[\"“']?$",
            text[max(0, offset - 30) : offset],
            re.I,
        )
        is not None
    )


def _read_top(passage: Passage, start: int, end: int, draft: ClaimsDraft) -> None:
    """ "TOP CONTENDER", "best option": one claim a line, of a model that is told."""
    if _TOP_STEMS.search(passage.lower, start, end) is None:
        return
    for word in _TOP.finditer(passage.text, start, end):
        names = [m for m in passage.mentions if start <= m.start < end and not m.short]
        before = [m for m in names if m.end <= word.start()]
        subject = before[-1] if before else passage.scope.model
        if subject is None and len(names) == 1:
            subject = names[0]
        if subject is None or (subject.hub_id is None and not before):
            continue
        if _OF_OTHERS.search(passage.text, max(start, word.start() - 60), word.start()):
            continue
        near = [b for b in passage.benchmarks if word.end() <= b.start < min(end, word.end() + 40)]
        name = near[0].name if near else None
        joined = any(
            len(run) > 1 and before and run[-1] == len(before) - 1 for run in runs(passage.text, before)
        )
        elsewhere = any(at.match(passage.text, word.end()) for at in (_BY_MEASURE, _AT_OTHER_TASKS))
        if name is None and (joined or elsewhere):
            continue  # two models that are both the best, or the best by another measure or at other tasks
        draft.add(
            passage, [(word.start(), word.end())], "comparison", model=subject, written=word[0], relation="top",
            protocol=Protocol(benchmark=name) if name else None, negated=_is_denied(passage.text, word.start()),
        )  # fmt: skip
