"""From scores found in a passage to claims: protocol, attribution, ranges, and numbers that must wait."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from modelassay.core.published import Protocol
from modelassay.evidence.names import parse_name
from modelassay.reading.claims.claims_draft import ClaimsDraft, PendingNumber
from modelassay.reading.claims.score_attribution import Score, find_scores
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.numbers import Number
from modelassay.reading.language.passages import Passage, Scope

_PARENTHESIS = re.compile(r"\s*(?:[A-Za-z+@\d\s-]{0,40}?)\(([^()]{2,160})\)")
_DASHED = re.compile(r"\s*[–—-]\s*([^.;]{3,80})$")
_SOURCE_WORDS = re.compile(r"verified|claimed|self-reported|reported|according|official|unverif", re.I)
# "The DeepSeek-Coder paper (arXiv 2401.14196) prints 65.2", "According to the model card, …": the sentence's own source
_SAYS = re.compile(
    r"(?:^|[.;!?]\s+)\W{0,4}(?:(?:according to|as per|per|in)\s+(?P<said>the\s[^.;,:]{0,60}?\b(?:paper|report|card|readme|leaderboard|board)\b(?:\s*\([^()]{2,60}\))?)\s*,"
    r"|(?P<who>the\s[^.;,:]{0,60}?\b(?:paper|report|card|readme|leaderboard|board)\b(?:\s*\([^()]{2,60}\))?)\s+"
    r"(?:prints?|reports?|lists?|gives?|shows?|states?|claims?|says?)\b)(?:(?!\b(?:but|while|whereas|however|though|yet|against)\b)[^;.]|\.\d){0,120}$",
    re.I,
)
_SETTINGS = re.compile(
    r"\b(?:greedy|temp(?:erature)?|t\s?=|n\s?=|(?:zero|one|few|\d)-shot|pass\s?@\s?\d|vllm|llama\.cpp|ollama|bf16|fp\d+|int\d|q\d_|local(?:ly)?|base tests|extra tests|v?\d+\.\d+\.\d+)",
    re.I,
)
_OUT_OF = re.compile(r"\s?/\s?(164|161|974|500|427|399|378)\b(?!\.\d)")
_OURS = re.compile(
    r"\b(?:ours|(?:I|we)(?:['’]ve| have| just| then| also| did| re)?[- ]?(?:ran|run|got|get|measured?|evaluated?|tested|obtain(?:ed)?|reproduced?|benchmarked|find|found|scored)"
    r"|(?:my|our) (?:own )?(?:\w+ ){0,2}(?:run|runs|test|tests|eval\w*|result|results|measurements?|script|harness|reproduction|setup|pass\s?@\s?\d+|numbers?|scores?|figures?)"
    r"|(?:measured|tested|reproduced|re-?run|evaluated) (?:by (?:me|us|ourselves)|locally|here|myself|ourselves)|on my (?:machine|laptop|gpu)|self-measured|local run)\b",
    re.I,
)
# "I measured these last night:" above a list: who says so measured every number below it
_BY_ONESELF = re.compile(
    r"\b(?:I|we)(?:['’]ve| have| just| also)?(?: re-?)? ?(?:ran|measured|evaluated|tested|benchmarked|reproduced)\b|\bon my (?:machine|laptop|gpu|desktop)\b",
    re.I,
)
_THEIRS = re.compile(
    r"\b(?:theirs|reported|official(?:ly)?|published|claimed|claims|(?:the|their|its|original) (?:\w+ )?(?:paper|report|card|readme|blog|leaderboard|board)|according to|leaderboard|board)\b",
    re.I,
)
_BEFORE_IT = re.compile(
    r"\b(?:up|down|improv\w+|increas\w+|ris\w+|rose|rais\w+|drop\w*|fell|jump\w*)\b[^.;%\d]{0,20}\bfrom\s*[~≈]?$",
    re.I,
)
_SCORED = re.compile(
    r"\b(?:scor(?:ed?|es|ing)(?:\s+of)?|pass\s?@\s?\d+(?:\s+(?:scores?|rates?))?(?:\s+(?:of|is|was|at))?)\s*[~≈]?(?:\d+(?:\.\d+)?\s?%?\s*(?:,|/|\band\b|\bor\b)\s*)*$",
    re.I,
)
# "we got 71.95 pass@1", "the one (72.6) reported on"
_SCORED_BEHIND = re.compile(
    r"\s*%?\s*pass\s?@\s?\d|\s*%?\)\s*(?:which (?:is|was)\s+)?(?:reported|published|claimed)\b", re.I
)
# "is 20.8, much lower than the 43.6"
_AGAINST = re.compile(
    r"\d[\s*%]*,?\s*(?:which is\s+)?(?:much |far |way |slightly |a bit |somewhat )?(?:lower|higher|worse|better|less|more|below|above)(?:\s+than)?\s+"
    r"(?:the\s+|their\s+|your\s+)?(?:reported\s+|claimed\s+|published\s+|official\s+|original\s+)?$",
    re.I,
)
_ON_SOMETHING = re.compile(r"\s?%?\s*(?:on|in|for)\s+(?:the\s+)?(\w)")
_ASKED = re.compile(
    r"\b(?:gates?|targets?|goals?|thresholds?|requires?d?|requirements?|criteri\w+|must|should|expected|acceptance)\b",
    re.I,
)
_TO_HERE = re.compile(r"\d\s?[-–]\s?$")
_BEHIND = re.compile(r"\s*%?\s*\([^()]{2,40}\)")
_SPREAD = re.compile(r"±|\+/-|\+-")


def read_scores(passage: Passage, draft: ClaimsDraft) -> None:
    """File every score of a passage."""
    scores = find_scores(passage)
    for score in scores:
        counted = _counted(passage, score.number)
        readable = counted is not None or _can_be_score(score, passage, draft.only_benchmark)
        before = passage.text[max(0, score.number.start - 4) : score.number.start]
        if counted is not None and (score.number.bound or _TO_HERE.search(before)):
            continue  # "55-56/164", "<10/164": no one number
        if "from" in passage.lower[
            max(0, score.number.start - 40) : score.number.start
        ] and _BEFORE_IT.search(passage.text, max(0, score.number.start - 40), score.number.start):
            continue  # "71.2 %, up from 56.0 %": what it was is somebody else's
        if draft.is_read(passage, score.number) or not readable:
            continue
        owner, hub_id = _owner(score, passage, draft)
        benchmark = score.benchmark or passage.scope.benchmark
        if counted is not None and benchmark and (owner is not None or hub_id):
            _file_counted(score, (benchmark, counted), owner, hub_id, passage, draft)
            continue
        if benchmark is None and _is_scored(passage, score.number):
            benchmark = draft.only_benchmark
        if benchmark is not None and not draft.terms.is_kept(benchmark):
            draft.mark_read(passage, score.number)
            reason = f"a score on a benchmark of which nothing is kept: {benchmark}"
            draft.skip(passage, [(score.number.start, score.number.end)], reason)
            continue
        if benchmark is None:
            run = _run_of(passage, score.number, scores)
            if score.number.kind == "percent" and not passage.scope.other_task:
                place = run.index(score.number)
                about = run[0].approximate
                draft.waiting.append(
                    PendingNumber(
                        passage, score.number, owner, hub_id, score.metric, place, len(run), approximate=about
                    )
                )
                draft.mark_read(passage, score.number)
            continue
        if hub_id is None and (owner is None or owner.short or owner.resolution.how == "ambiguous"):
            draft.waiting.append(
                PendingNumber(
                    passage,
                    score.number,
                    _as_written(owner),
                    None,
                    score.metric,
                    0,
                    1,
                    benchmark,
                    score.benchmark_span,
                )
            )
            draft.mark_read(passage, score.number)
            continue
        _file(score, benchmark, owner, hub_id, passage, draft)
    _note_orders(scores, draft)


def _as_written(owner: Mention | None) -> Mention | None:
    """A family's name without what would make it one model: filed as written when the document does not tell more."""
    return owner if owner is not None and not owner.short and owner.resolution.how == "ambiguous" else None


def _note_orders(scores: list[Score], draft: ClaimsDraft) -> None:
    names = [score.benchmark for score in scores if score.adjacent and score.benchmark]
    for one, two in pairwise(names):
        draft.note_order((one, two))


def _can_be_score(score: Score, passage: Passage, only: str | None) -> bool:
    """A percentage, a number beside its benchmark, or a decimal in a sentence about one; `only`: the document's one."""
    number = score.number
    if number.bound.startswith((">", "≥")) and _is_target(passage, number):
        return False
    if number.kind == "percent":
        return number.value <= 100
    scored = score.benchmark is None and _is_scored(passage, number)
    told = score.benchmark or passage.scope.benchmark or (only if scored else None)
    if number.value > 100 or told is None:
        return False
    decimal = "." in number.text
    if number.kind == "fraction":
        return score.adjacent or decimal
    in_scope = scored or (
        score.benchmark is None
        and bool(re.search(r"[:=|]\s*$", passage.text[max(0, number.start - 20) : number.start]))
    )
    return score.adjacent or (decimal and number.value >= 1 and (score.benchmark is not None or in_scope))


def _is_target(passage: Passage, number: Number) -> bool:
    """ "Success gate: the final model achieves ≥85 %": what is asked for, not what was measured."""
    start, end = next(((a, b) for a, b in passage.sentences if a <= number.start < b), (0, 0))
    return _ASKED.search(passage.text, start, end) is not None


def _is_scored(passage: Passage, number: Number) -> bool:
    """ "I scored 57.3 on NAME", "pass@1 scores of 47 and 50.6": a score, though not on what, unless that follows."""
    before = [n for n in passage.numbers if n.end <= number.start and n.is_share]
    against = _AGAINST.search(passage.text, max(0, number.start - 60), number.start)
    if against is not None and before and before[-1].end >= against.start():
        return _is_scored(passage, before[-1])
    if _SCORED_BEHIND.match(passage.text, number.end):
        return True
    if _SCORED.search(passage.text, max(0, number.start - 60), number.start) is None:
        return False
    behind = _ON_SOMETHING.match(passage.text, number.end)
    return behind is None or any(m.start == behind.start(1) for m in passage.mentions)


_KIND_BEHIND = re.compile(
    r"\s*%?\**\s*(?:pass\s?@\s?1)?\s*(?:\([^()]*\))?\**\s*(?:on\s+[\w+-]+\s+)?(?:using|with|for|by|from)\s+(?:the\s+|an?\s+|our\s+|its\s+)?(base|instruct|chat)(?:[- ]tuned)?[- ](?:model|version|variant|checkpoint)\b",
    re.I,
)


def _owner(score: Score, passage: Passage, draft: ClaimsDraft) -> tuple[Mention | None, str | None]:
    """The model a score is of; "(base ~28-32%)" and "54.3% using the Instruct model" ask for that kind of whoever is
    spoken of, and so does a heading that says of which kind everything below it is."""
    owner = score.owner
    hub_id = owner.hub_id if owner else None
    if owner is None or hub_id is None:
        return owner, hub_id
    behind = _KIND_BEHIND.match(passage.text, score.number.end)
    kind = score.kind or (behind[1].lower() if behind else None)
    if kind is None and owner is passage.scope.model and parse_name(owner.text).kind is None:
        kind = passage.scope.kind
    if kind is not None:
        variant = draft.vocabulary.variant(hub_id, kind="base" if kind == "base" else "instruct")
        return owner, variant or hub_id
    return owner, hub_id


def _run_of(passage: Passage, number: Number, scores: list[Score]) -> list[Number]:
    """The numbers joined to this one by slashes, itself included."""
    ordered = sorted((s.number for s in scores), key=lambda n: n.start)
    runs: list[list[Number]] = []
    for one in ordered:
        if runs and re.fullmatch(r"\s*/\s*", passage.text[runs[-1][-1].end : one.start]):
            runs[-1].append(one)
        else:
            runs.append([one])
    return next(run for run in runs if number in run)


def _spans(score: Score) -> list[tuple[int, int]]:
    own = (score.number.start, score.number.end)
    beside = score.kind_span or score.benchmark_span
    return [beside, own] if beside else [own]


def _counted(passage: Passage, number: Number) -> int | None:
    """N in "107/164"."""
    found = _OUT_OF.match(passage.text, number.end)
    return int(found[1]) if found and float(number.value).is_integer() and number.kind == "plain" else None


def _file_counted(
    score: Score,
    counted: tuple[str, int],
    owner: Mention | None,
    hub_id: str | None,
    passage: Passage,
    draft: ClaimsDraft,
) -> None:
    benchmark, problems = counted
    protocol = Protocol(benchmark=benchmark, problems=problems, written=f"{score.number.text}/{problems}")
    for other in passage.numbers:
        if other.value == problems and 0 <= other.start - score.number.end <= 4:
            draft.mark_read(passage, other)
    draft.add(
        passage, _spans(score), "score", model=owner, hub_id=hub_id, number=score.number, protocol=protocol,
        metric=score.metric, written=f"{score.number.text}/{problems}", value=score.number.value / problems,
        negated=passage.scope.wrong or passage.is_wrong_at(score.number.start),
    )  # fmt: skip


def _file(
    score: Score,
    benchmark: str,
    owner: Mention | None,
    hub_id: str | None,
    passage: Passage,
    draft: ClaimsDraft,
) -> None:
    number = score.number
    low, high = number.share(), number.share_high()
    if not score.explicit:
        pass  # "models with > 30.5 %, the baseline": the bound is a filter's, the number the baseline's
    elif (
        number.bound.rstrip("+") in (">", "≥", ">=", "over", "above", "at least", "more than")
        and high is None
    ):
        high = 1.0
    elif number.bound in ("<", "≤", "<=", "under", "below", "at most", "less than") and high is None:
        low, high = 0.0, low
    attribution = attribution_of(passage, number, draft)
    around = f"{draft.footnote(passage, number)} {passage.without_names(*score.window)}".strip()
    protocol = draft.terms.protocol(benchmark, around, f"{around} {attribution}")
    protocol = _filled(protocol, passage, draft)
    wrong = passage.scope.wrong or passage.is_wrong_at(number.start)
    draft.add(
        passage, _spans(score), "score", model=owner, hub_id=hub_id, number=number, protocol=protocol,
        metric=score.metric, value=low, high=high, attribution=attribution, negated=wrong,
        measured_by=_measured_by(passage, score),
    )  # fmt: skip
    if attribution:
        draft.add(
            passage, [(number.start, number.end)], "provenance", model=owner, hub_id=hub_id,
            protocol=Protocol(benchmark=benchmark), written=attribution, other=attribution,
            attribution=attribution, negated=bool(re.search(r"unverif|no source", attribution, re.I)),
        )  # fmt: skip


def _filled(protocol: Protocol, passage: Passage, draft: ClaimsDraft) -> Protocol:
    """Protocol words in the heading or label above hold below it, where the text itself says nothing."""
    if not passage.scope.words:
        return protocol
    above = draft.terms.protocol(protocol.benchmark, passage.scope.words)
    return Protocol(
        benchmark=protocol.benchmark,
        version=protocol.version or above.version,
        problems=protocol.problems or above.problems,
        shots=above.shots if protocol.shots is None else protocol.shots,
        samples_per_problem=protocol.samples_per_problem or above.samples_per_problem,
        temperature=above.temperature if protocol.temperature is None else protocol.temperature,
        prompt_style=protocol.prompt_style or above.prompt_style,
        harness=protocol.harness or above.harness,
        written=protocol.written,
    )


def _clause(passage: Passage, score: Score) -> str:
    """The words about a number: its own window, with a parenthesis right behind it ("55.5 (ours)")."""
    start, end = score.window
    behind = _BEHIND.match(passage.text, score.number.end)
    near = passage.text[score.number.end : behind.end()] if behind else ""
    return near if _OURS.search(near) or _THEIRS.search(near) else passage.text[start:end]


def _measured_by(passage: Passage, score: Score) -> Literal["writer", "other"] | None:
    """Who measured a number of a sentence; in a list also whoever says above it that he ran what follows."""
    said = measured_by(_clause(passage, score), Scope())
    if said is None and not passage.is_prose and _BY_ONESELF.search(passage.scope.words):
        return "writer"
    return said


def measured_by(text: str, scope: Scope) -> Literal["writer", "other"] | None:
    """Who measured, where the words beside a number or those above it say so; the nearest words first."""
    for words in (text, scope.words):
        said = _said_to_measure(words) if words else None
        if said is not None:
            return said
    return None


@lru_cache(maxsize=20_000)
def _said_to_measure(words: str) -> Literal["writer", "other"] | None:
    """What a stretch of text says alone; documents repeat their headers and headings."""
    own, others = _OURS.search(words), _THEIRS.search(words)
    if (own is None) == (others is None):
        return None
    return "writer" if own else "other"


def attribution_of(passage: Passage, number: Number, draft: ClaimsDraft) -> str:
    """The source written beside a number: "(IBM model card - verified)"; else the one its section names."""
    following = [n.start for n in passage.numbers if n.start >= number.end and n.kind in ("percent", "plain")]
    end = following[0] if following else len(passage.text)
    for pattern in (_PARENTHESIS, _DASHED):
        found = pattern.match(passage.text, number.end, end)
        own = found is not None and any(  # "46.3 (EvalPlus has 0.317)": the source's own number, not this one
            n.kind in ("percent", "fraction") and found.start(1) <= n.start < found.end(1)
            for n in passage.numbers
        )
        if found is not None and not own and _names_a_source(found[1], draft):
            return found[1].strip()
    start = next((a for a, b in passage.sentences if a <= number.start < b), 0)
    said = _SAYS.search(passage.text[start : number.start])
    if said is not None and not _OURS.search(said[0]):
        return (said["said"] or said["who"]).strip()
    return passage.scope.attribution


def _names_a_source(words: str, draft: ClaimsDraft) -> bool:
    if _SOURCE_WORDS.search(words) is not None:
        return True
    # "(EvalPlus, greedy)" says how it was measured, not who printed it
    return bool(draft.terms.find("sources", words)) and _SETTINGS.search(words) is None
