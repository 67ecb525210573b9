"""Scores in running text: which number is whose, on which benchmark.

Rules in order, nearest evidence first. Benchmark: lists that pair up ("43.9 / 36.6 on HumanEval / HumanEval+"),
the name right before the number, right after it, earlier in the sentence, later in it, then the scope. Model: "for
X" right after, a name before it in the sentence, the sentence before, then the scope. Whoever is only compared
with ("beats X with 65 %") owns no number.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from modelassay.evidence.names import parse_name
from modelassay.reading.claims.number_owners import owner_of
from modelassay.reading.claims.paired_numbers import base_and_plus
from modelassay.reading.claims.score_lists import Duels, duels, pair_metrics, pair_models, pair_rivals, runs
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.numbers import Number
from modelassay.reading.language.passages import Passage
from modelassay.reading.language.subjects import is_parent
from modelassay.reading.language.terms import Term

_RIGHT_BEFORE = re.compile(
    r"^[\s:=|(–—-]*(?:\([^()\d]{0,24}\))?[\s:=|(–—-]*(?:pass\s?@\s?\d+|accuracy|score[sd]?|result)?[\s:=|)–—-]*(?:of|is|was|are|at|to|score[sd]?|:|=)?[\s:=|(–—~≈-]*$",
    re.I,
)
_RIGHT_AFTER = re.compile(
    r"^[\s(]*(?:pass\s?@\s?\d+|accuracy|score)?[\s(]*(?:\b(?:on|in|for|at|of)\b)?[\s(]*"
    r"(?:(?<=\s)(?:[\w-]+\s+){0,4}(?:like|such as|including)\s+)?(?:\bthe\b|\bits\b)?[\s(*]*$",
    re.I,
)
_LISTED = re.compile(r"\s*%?\s*(?:/|,|and|,\s*and)\s*", re.I)
_COLON = re.compile(r"\s*(?:pass\s?@\s?\d+)?\s*[:=]")
_ON_IT = re.compile(r"[^.;:()\d]{0,60}\bon\s+(?:the\s+)?")
_BACK = re.compile(r"\b(?:this|that|it|which)\b", re.I)  # "improves this to 37.8": on what was spoken of
_AND_ON = re.compile(r"\s*,?\s*(?:and|but|while|with|then|plus)?\s*(?:only|still|even|about)?\s*", re.I)
_IN_PARENTHESES = re.compile(r"\([^()]*\)")
_SEPARATOR = re.compile(r"[,;/|]|\b(?:and|while|but|vs|whereas)\b", re.I)
# "83.5 on HumanEval and, zero-shot, 70.6": the aside is the second's
_ASIDE = re.compile(r"(?<=[\s,;])(?:and|but|while),[^,;]+,\s*$", re.I)
_PARENTHESES = re.compile(r"\s*(?:%|percent)?\s*\([^()]*\)")
_REACH = 80  # characters before a number in which its kind is looked for
_OWN_KIND = re.compile(
    r"(?:\b(?:its|the|their)\s+(?=(?:base|instruct)\s(?:\w+\s){1,3}[~≈]?\s*$))?(?<![\w-])(base|instruct)(?:\s(?:model|version|variant|checkpoint))?"
    r"(?:\s(?:gets?|scores?|reaches|has|had|solves|manages|at|is at|stands at))?\s*[:=(]?\s*$",
    re.I,
)


@dataclass(frozen=True)
class Score:
    """A number with its owner and benchmark, as far as the text says. `kind` asks for the owner's base or instruct."""

    number: Number
    owner: Mention | None
    benchmark: str | None
    metric: str
    kind: str | None = None
    kind_span: tuple[int, int] | None = None
    adjacent: bool = False  # benchmark and number stand side by side: even an integer is a score then
    benchmark_span: tuple[int, int] | None = None  # `None` also when another number stands in between
    explicit: bool = False  # the owner is named in the sentence itself
    window: tuple[int, int] = (0, 0)


def find_scores(passage: Passage) -> list[Score]:
    """Every number that may be a score, with what belongs to it."""
    found: list[Score] = []
    carried: Mention | None = None
    listed: list[Mention] = []  # models joined in a list in a sentence before
    last: Mention | None = None  # whose the last number was
    order: list[Term] = []  # benchmarks in the order of the sentence before
    for start, end in passage.sentences:
        numbers = [n for n in passage.numbers if start <= n.start < end and n.is_share]
        mentions = [m for m in passage.mentions if start <= m.start < end]
        benchmarks = [b for b in passage.benchmarks if start <= b.start < end]
        told: list[Term] = []
        spent: Term | None = None
        full = [m for m in mentions if not m.short]
        if not any(m.end <= n.start for m in full for n in numbers[:1]):
            full = [*listed, *full]  # "results of A and B. The 67.0 and 48.1 are …"
        aside = not mentions and passage.text[start:end].lstrip().startswith("(")  # "…. (paper: 70.7)"
        fought = duels(passage.text, numbers)
        numbers = _unbounded(numbers, fought)
        owners = {**pair_models(passage.text, numbers, full), **pair_rivals(passage, numbers, full, fought)}
        pairs = _pair_up(passage.text, numbers, benchmarks, fought)
        if not pairs and not owners:  # a number for each of the models named is not one for each benchmark
            pairs = _repeat_order(passage.text, numbers, benchmarks, order)
        pairs = {**_same_order(passage, numbers, benchmarks), **pairs}
        metrics = pair_metrics(passage.text, numbers, [m for m in passage.metrics if start <= m.start < end])
        for number in numbers:
            one = _benchmark_before(passage, number, benchmarks, order, start)
            term, adjacent = pairs.get(number.start) or _benchmark_of(
                passage.text, number, benchmarks, numbers, spent
            )
            spent = term if term is not None and adjacent and term.start >= number.end else None
            if term is not None and adjacent:
                told.append(term)
            named = owners.get(number.start) or owner_of(passage, number, mentions, carried)
            owner = named or (last if aside else None) or carried
            last = owner or last
            kind = _kind_before(passage, start, number.start)
            found.append(
                Score(
                    number=number,
                    owner=owner or passage.scope.model,
                    benchmark=term.name if term else one.name if one else None,
                    metric=metrics.get(number.start) or _metric_of(passage, number, start, end),
                    kind=kind and kind[1].lower(),
                    kind_span=kind and kind.span(),
                    adjacent=adjacent,
                    benchmark_span=_shown_with(number, term, numbers),
                    explicit=named is not None,
                    window=_window(passage.text, number, numbers, start, end),
                )
            )
        order = told or benchmarks or order
        listed = _last_list(passage.text, [m for m in mentions if not m.short], listed)
        full = [
            m for m in mentions if not m.short and (m.hub_id or m.resolution.how == "unknown" or _is_whole(m))
        ]
        full = [m for m in full if not is_parent(passage.text, m.start, start)] or full
        alone = len({m.hub_id or m.text.lower() for m in passage.mentions if not m.short}) == 1
        if full and (passage.is_prose or full[0].start <= 4 or alone):
            carried = full[0]
    return found


def _kind_before(passage: Passage, start: int, offset: int) -> re.Match[str] | None:
    """ "(base ~28)": base or instruct right before a number of a sentence that begins at `start`."""
    near = passage.lower[max(start, offset - _REACH) : offset]
    if "base" not in near and "instruct" not in near:
        return None
    return _OWN_KIND.search(passage.text, max(start, offset - _REACH), offset)


def _is_whole(mention: Mention) -> bool:
    """A name with its size is one model, though base or instruct may be open."""
    return parse_name(mention.text).size is not None


def _benchmark_before(
    passage: Passage, number: Number, benchmarks: Sequence[Term], order: Sequence[Term], start: int
) -> Term | None:
    """The one benchmark of the sentence before, for a number in a sentence (from `start`) that names none."""
    if benchmarks or len({term.name for term in order}) != 1:
        return None
    return order[0] if passage.is_prose or _BACK.search(passage.text, start, number.start) else None


def _last_list(text: str, mentions: Sequence[Mention], before: list[Mention]) -> list[Mention]:
    """The models that a sentence lists last; those of the sentence before where it names none."""
    together = [run for run in runs(text, mentions) if len(run) > 1]
    return [mentions[i] for i in together[-1]] if together else [] if mentions else before


def _unbounded(numbers: list[Number], fought: Duels) -> list[Number]:
    """In "A > B (83.5 > 72.5)" the sign compares two numbers and bounds none."""
    rivals = {i for sides in fought for side in sides[1:] for i in side[:1]}
    return [replace(n, bound=n.bound.lstrip("<>≥≤=")) if i in rivals else n for i, n in enumerate(numbers)]


def _pair_up(
    text: str, numbers: Sequence[Number], benchmarks: Sequence[Term], fought: Duels
) -> dict[int, tuple[Term, bool]]:
    """Lists of k numbers beside lists of k benchmarks pair in order."""
    found: dict[int, tuple[Term, bool]] = {}
    lists = [run for run in runs(text, benchmarks) if len(run) > 1]
    used: set[int] = set()

    def nearest(size: int, start: int, end: int) -> list[int]:
        """The list of so many names, unused, that is nearest to a stretch of the text; [] for none."""
        fitting = [names for names in lists if len(names) == size and names[0] not in used]
        return min(
            fitting, default=[],
            key=lambda names: _distance(start, end, benchmarks[names[0]].start, benchmarks[names[-1]].end),
        )  # fmt: skip

    for sides in fought:  # "88.4 / 84.1 vs 78.6 / 71.3 on A / B"
        size = len(sides[0])
        near = nearest(size, numbers[sides[0][0]].start, numbers[sides[-1][-1]].end) if size > 1 else []
        for side in sides if near else ():
            found.update({numbers[i].start: (benchmarks[j], True) for i, j in zip(side, near, strict=True)})
    for run in runs(text, numbers):
        if len(run) < 2 or numbers[run[0]].start in found:
            continue
        start, end = numbers[run[0]].start, numbers[run[-1]].end
        near = nearest(len(run), start, end)
        if near and not _something_between(start, end, near, benchmarks, numbers):
            used.add(near[0])
            for index, name in zip(run, near, strict=True):
                found[numbers[index].start] = (benchmarks[name], True)
    return found


def _repeat_order(
    text: str, numbers: Sequence[Number], benchmarks: Sequence[Term], order: Sequence[Term]
) -> dict[int, tuple[Term, bool]]:
    """ "X solves 88.4 % of HumanEval and 83.5 % of MBPP; Y 79.3 % and 70.0 %": Y's follow the same order."""
    if len(order) < 2 or len({term.name for term in order}) != len(order):
        return {}
    found: dict[int, tuple[Term, bool]] = {}
    for run in runs(text, numbers):
        beside = [_benchmark_of(text, numbers[i], benchmarks, numbers)[1] for i in run]
        if len(run) == len(order) and not any(beside):
            found.update({numbers[i].start: (term, False) for i, term in zip(run, order, strict=True)})
    return found


def _same_order(
    passage: Passage, numbers: Sequence[Number], benchmarks: Sequence[Term]
) -> dict[int, tuple[Term, bool]]:
    """ "X (HumanEval 50.6, MBPP 55.5) and Y (49.4 / 64.0)": a list with slashes follows the benchmarks before it."""
    text = passage.text
    found = dict(base_and_plus(passage, numbers, benchmarks))
    for run in runs(text, numbers):
        joints = [text[numbers[i].end : numbers[j].start] for i, j in pairwise(run)]
        before = [term for term in benchmarks if term.end <= numbers[run[0]].start]
        distinct = len({term.name for term in before}) == len(before) == len(run)
        if not distinct or not joints or not all(_LISTED.fullmatch(joint) for joint in joints):
            continue
        if not any(_benchmark_of(text, numbers[i], benchmarks, numbers)[1] for i in run):
            found.update({numbers[i].start: (term, False) for i, term in zip(run, before, strict=True)})
    return found


def _distance(start: int, end: int, other_start: int, other_end: int) -> int:
    return max(other_start - end, start - other_end)


def _something_between(
    start: int, end: int, names: Sequence[int], benchmarks: Sequence[Term], numbers: Sequence[Number]
) -> bool:
    low, high = (
        sorted((end, benchmarks[names[0]].start))
        if benchmarks[names[0]].start >= end
        else (benchmarks[names[-1]].end, start)
    )
    return any(low <= n.start and n.end <= high for n in numbers)


def _benchmark_of(
    text: str,
    number: Number,
    benchmarks: Sequence[Term],
    numbers: Sequence[Number],
    spent: Term | None = None,
) -> tuple[Term | None, bool]:
    """The benchmark a lone number is on, and whether the two stand side by side.

    `spent`: the benchmark right behind the number before, which has its number: "85 % on A and 52 % averaged over B".
    """
    before = [b for b in benchmarks if b.end <= number.start]
    after = [b for b in benchmarks if b.start >= number.end]
    others = [n for n in numbers if n is not number]
    alone = before and not any(before[-1].end <= n.start < number.start for n in others)
    beside = (
        bool(after) and _RIGHT_AFTER.match(_without_metric(text[number.end : after[0].start])) is not None
    )
    if beside and before and _COLON.match(text, after[0].end):
        beside = False  # "56.7 (theirs) MBPP+: 53.6": the next benchmark leads on to its own
    has_own = bool(before) and before[-1] is spent
    if alone and not (has_own and beside) and _RIGHT_BEFORE.match(text[before[-1].end : number.start]):
        return before[-1], True
    if beside:
        return after[0], True
    next_own = after and not any(number.end <= n.start < after[0].start for n in others)
    if (
        has_own
        and next_own
        and _leads_on(text[before[-1].end : number.start], text[number.end : after[0].start])
    ):
        return after[0], False
    if next_own and _leads_to_next(text, number, others, before, after[0]):
        return after[0], False
    if before:
        return before[-1], False
    return (after[0], False) if after else (None, False)


def _leads_to_next(
    text: str, number: Number, others: Sequence[Number], before: Sequence[Term], following: Term
) -> bool:
    """ "94.4 % for programming on A and 75.9 for browsing on B": each benchmark stands behind its number."""
    prior = [n for n in others if n.end <= number.start]
    behind_its_own = bool(prior) and bool(before) and prior[-1].end <= before[-1].start
    return behind_its_own and _ON_IT.fullmatch(text, number.end, following.start) is not None


def _leads_on(between: str, behind: str) -> bool:
    """Nothing but "and only" stands before the number, and one clause from it to the next benchmark."""
    return _AND_ON.fullmatch(between) is not None and not re.search(r"[.;:()]", behind)


def _without_metric(text: str) -> str:
    return re.sub(r"pass\s?@\s?\d+|\b(?:zero|few|\d+)-shot\b|\([^()]*\)", " ", text, flags=re.I)


def _shown_with(number: Number, term: Term | None, numbers: Sequence[Number]) -> tuple[int, int] | None:
    """The benchmark's span when it can be quoted together with the number: nothing else is counted in between."""
    if term is None or (term.end > number.start and term.start < number.start):
        return None
    low, high = min(term.end, number.end), max(term.start, number.start)
    return None if any(low <= n.start < high for n in numbers if n is not number) else (term.start, term.end)


def _metric_of(passage: Passage, number: Number, start: int, end: int) -> str:
    """The nearest pass@k before the number in its sentence, else right after it, else the scope's."""
    before = [m for m in passage.metrics if start <= m.start and m.end <= number.start]
    after = [m for m in passage.metrics if number.end <= m.start < end]
    if after and re.fullmatch(r"[\s(]*", passage.text[number.end : after[0].start]):
        return after[0].name
    if before:
        return before[-1].name
    return after[0].name if after else passage.scope.metric


def _window(text: str, number: Number, numbers: Sequence[Number], start: int, end: int) -> tuple[int, int]:
    """The words that can only be about this number: up to where the clause turns between it and its neighbours."""
    before = [n for n in numbers if n.end <= number.start]
    after = [n for n in numbers if n.start >= number.end]
    low = _turn(text, before[-1].end, number.start) if before else start
    high = _turn(text, number.end, after[0].start) if after else end
    return low, high


def _turn(text: str, low: int, high: int) -> int:
    """Where the words between two numbers stop being about the first: the last separator outside parentheses.

    Without one, a parenthesis that is open at the second number begins its words; else they all go to it.
    """
    between = _IN_PARENTHESES.sub(lambda found: " " * len(found[0]), text[low:high])
    opened = between.rfind("(")
    if opened >= 0:
        return low + opened
    aside = _ASIDE.search(between)
    if aside:
        return low + aside.start()
    turns = [found.end() for found in _SEPARATOR.finditer(between)]
    if turns:
        return low + turns[-1]
    own = _PARENTHESES.match(text, low, high)
    return own.end() if own else low
