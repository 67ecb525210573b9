"""What running text says of a model besides its scores: size, kind, parent, release, licence."""

import re
from collections.abc import Callable
from itertools import pairwise

from modelassay.evidence.fact_files import parse_size
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.provenance import read_absence, read_definitions, read_sources
from modelassay.reading.claims.speed_claims import SPEED_WORDS, read_speeds
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.numbers import Number
from modelassay.reading.language.passages import Passage
from modelassay.reading.language.subjects import find_parent, find_subject

# "The source code files (`*.py`) are licensed under …" says nothing of the weights
_OF_CODE = re.compile(
    r"\b(?:source code|code files?|(?:this|the|our) (?:code|repo(?:sitory)?|data(?:set)?s?)|scripts?|data(?:set)?s?)\b(?:\s*\([^()]*\))?[^.;\n]{0,40}?\b(?:is|are)\b[^.;\n]{0,30}$",
    re.I,
)
_SIZE_LABEL = re.compile(
    r"(?:^|[|,;(\n]\s*)\W{0,4}(?:total\s+|model\s+)?(?:parameters?|params?|#\s?params|parameter count|model size|size)\s*(?:\(B\))?\s*[:=–—-]+\s*[~≈]?\s*$",
    re.I,
)
_SIZE_WORD = re.compile(r"\s*[-–]?\s*(?:total\s+|trainable\s+)?(?:parameters?|params?|param)\b", re.I)
# "0.5B, 1.5B, and 3B": the sizes of a family, none of them the size of whom the sentence is about
_SIZE_LISTED_BEFORE = re.compile(
    r"\d\s?(?:[BM]|billion|million)(?:\s+param\w*)?\s*(?:,|/|、|&|,?\s*\b(?:and|or|to)\b)\s*[~≈]?$", re.I
)
_SIZE_LISTED_AFTER = re.compile(
    r"\s*(?:param\w*)?\s*(?:,|/|、|&|,?\s*\b(?:and|or|to)\b)\s*[~≈]?\d+(?:\.\d+)?\s?(?:[BM]\b|billion|million)(?!\s+activ)",
    re.I,
)
_KIND_LABEL = re.compile(
    r"(?:^|[|;]\s*)\W{0,4}(?:status|type|kind|variant|model type|stage|training stage)\s*[:=–—-]+\s*\W{0,6}\s*$",
    re.I,
)
_KIND = re.compile(
    r"\b(base|pre-?trained|foundation|instruct(?:ion)?(?:[- ](?:tuned|following))?|chat(?:-tuned)?)(?:[\s-]+(?:code\s+)?(?:models?|variant|checkpoint|version)|(?=\s*$|\s*[,.(]))",
    re.I,
)
_IS_KIND = re.compile(
    r"\b(?:is|are|was)\s+(?P<no>not\s+)?(?:only\s+)?(?:an?|the|its)\s+(?:[\w.-]+\s+){0,3}?$", re.I
)
_BEHIND_NAME = re.compile(r"\s*[(–—,:-]\s*[~≈]?\s*")
_SIZE_ENDS = re.compile(r"\s*(?:params?|parameters)?\s*[),;.]")
_IS_TUNED = re.compile(r"\b(?:is|are|was)\s+(?P<no>not\s+|never\s+)?(?:only\s+|fully\s+)?$", re.I)
_APPOSED = re.compile(r",\s+(?:which is |still |only )?(?:an?|the)\s+$", re.I)  # "X, a base model"
# "X (base)", "X: base", "X (our default): a base model"
_KIND_BEHIND_NAME = re.compile(
    r"(?:\s*\([^()]{0,60}\)(?=\s*[–—:-]))?\s*[(–—:-]\s*(?:an?\s+|the\s+)?(base|pre-?trained|instruct(?:ion[- ]tuned)?|chat)(?: only| model)?\s*(?=[),;.]|$)",
    re.I,
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_DATE = rf"(?:\d{{4}}-\d{{2}}(?:-\d{{2}})?|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}\s+{_MONTH},?\s+\d{{4}}|{_MONTH},?\s+\d{{4}}|Q[1-4]\s+\d{{4}}|(?:early|mid|late)[- ]\d{{4}}|20\d{{2}})"
_PUT_OUT = r"released?|published?|launched|announced|open-?sourced|put out|brought out"
# "X was released on DATE", "released: DATE"
_RELEASE = re.compile(
    rf"\b(?:{_PUT_OUT}|release date|came out|appeared|debuted|dates (?:from|back to)|available since|out since)\b\s*(?:on|in|:|=|–|-)?\s*(?:on\s+|in\s+)?(?P<date>{_DATE})\b"
    rf"|\brelease date\b[^.;:]{{0,60}}?\b(?:is|was)\s+(?P<told>{_DATE})\b",
    re.I,
)
# "On DATE the team released X", "Since DATE there is X": the name stands right behind
_RELEASE_OF = re.compile(
    rf"\b(?:on|in|since)\s+(?:about\s+)?(?P<date>{_DATE}),?\s+(?:(?:[\w'’-]+\s+){{0,4}}(?:{_PUT_OUT})|there (?:is|has been)|we have|came)\s+(?:(?:the|its|their)\s+)?(?=\S)",
    re.I,
)
# "the best of models with fewer than 13 billion parameters", "compared using a 1B parameter model": not the subject's
_OF_OTHERS = re.compile(
    r"\b(?:models|LLMs|ones|those|others|systems)\s+(?:that have|with|of|having|under|below|above|over|up to|around|at|smaller|larger|bigger)\b[^.;,]{0,24}$"
    r"|\busing an?\s+$",
    re.I,
)
# "published X's scores" puts out the scores, not X
_ABOUT_NAME = re.compile(
    r"['’]s\b|\s+(?:scores?|results?|numbers?|figures?|benchmarks?|evaluations?|outputs?)\b", re.I
)
_LICENCES = (
    r"apache(?:[- ]?(?:licen[cs]e)?[-, ]*(?:v(?:ersion)?\s?)?2(?:\.0)?)?|MIT|BSD(?:-\d-clause)?|A?GPL(?:v?\d)?|cc[- ]by(?:[- ](?:nc|sa|nd))*(?:[- ]\d\.\d)?|"
    r"(?:bigcode[- ])?open-?rail(?:[- ]?m)?|gemma(?: terms of use| licen[cs]e)?|llama[- ]?\d(?:\.\d)?(?:[- ]community)?|deepseek(?:[- ]licen[cs]e)?|"
    r"tongyi[- ]qianwen|qwen[- ]research|stability[- ]ai[- ]community|non-?commercial|research[- ]only|open[- ]source|proprietary"
)
_LICENCE = re.compile(
    rf"\blicen[cs]e\s*[:=|]\s*[\"'(]?(?P<named>{_LICENCES}|[A-Za-z][\w.+-]*(?:[ -][\w.+-]+){{0,3}})"
    rf"|\b(?:under|with|(?:covered|governed)\s+by|subject\s+to|carries|has|uses|is)\s+(?:an?\s+|the\s+)?(?P<bound>{_LICENCES})(?:\s+model)?\s+(?:licen[cs]e|terms)\b"
    rf"|\b(?:under|with)\s+(?:an?\s+|the\s+)?(?P<under>{_LICENCES})\s*(?:2\.0\s+)?(?:licen[cs]e|terms)?\b(?=\s*(?:licen[cs]e)?)"
    rf"|\blicen[cs]e\b[^.;:,]{{0,50}}?\bis\s+(?:an?\s+|the\s+)?(?P<told>{_LICENCES})(?![\w-])"
    rf"|(?<![\w-])(?P<adjective>{_LICENCES})[- ]licen[cs]ed?\b|(?<![\w/-])(?P<alone>apache[- ]2\.0|\(MIT(?=\))|(?<=[–—,;-]\s)MIT(?=[,;.)]))",
    re.I,
)

# Without one of these, in lower case, _LICENCE finds nothing.
_LICENCE_STEMS = re.compile(
    r"licen|terms|apache|mit\b|(?:under|with)\s+(?:an?\s+|the\s+)?(?:apache|mit|bsd|a?gpl|cc|bigcode|open|gemma|llama|deepseek|tongyi|qwen|stability|non|research|proprietary)"
)
_REACH = 200  # characters before a word in which what leads up to it is looked for


def read_particulars(passage: Passage, draft: ClaimsDraft) -> None:
    """File every claim of a passage that is not a score or a comparison."""
    if any(number.kind == "size" for number in passage.numbers):
        _read_sizes(passage, draft)
    for reader, hints in _READERS:
        if not passage.words.isdisjoint(hints):
            reader(passage, draft)


def _read_sizes(passage: Passage, draft: ClaimsDraft) -> None:
    for number in passage.numbers:
        if number.kind != "size":
            continue
        labelled = _SIZE_LABEL.search(passage.text, max(0, number.start - _REACH), number.start)
        named = [
            m
            for m in passage.mentions
            if not m.short
            and m.end <= number.start
            and _BEHIND_NAME.fullmatch(passage.text[m.end : number.start])
        ]
        behind = named[-1] if named and _SIZE_ENDS.match(passage.text, number.end) is not None else None
        if labelled is None and behind is None and _SIZE_WORD.match(passage.text, number.end) is None:
            continue
        if behind is None and _OF_OTHERS.search(passage.text, max(0, number.start - 60), number.start):
            continue
        if labelled is None and _is_listed(passage.text, number):
            draft.mark_read(passage, number)
            draft.skip(passage, [(number.start, number.end)], "one of several sizes, said of no single model")
            continue
        # "on par with PaLM (540B)": whom a name's own brackets size is never the subject of the sentence
        subject = find_subject(passage, number.start)
        subject = behind if subject is not None and behind is not None else subject
        start = labelled.start() if labelled else number.start
        spans = [(start + _blank(passage.text, start), number.end), (number.start, number.end)]
        if subject is None or (subject.hub_id is None and subject.resolution.how == "ambiguous"):
            draft.mark_read(passage, number)
            draft.skip(
                passage, [(number.start, number.end)], "a size, but the text does not say of which model"
            )
            continue
        _add_size(passage, draft, number, subject, spans)


def _is_listed(text: str, number: Number) -> bool:
    """Whether a size stands in a list of sizes."""
    before = _SIZE_LISTED_BEFORE.search(text, max(0, number.start - 30), number.start)
    return before is not None or _SIZE_LISTED_AFTER.match(text, number.end) is not None


def _add_size(
    passage: Passage, draft: ClaimsDraft, number: Number, subject: Mention, spans: list[tuple[int, int]]
) -> None:
    unit = number.text.lstrip("0123456789.,- –+~")
    high = None if number.high is None else parse_size(f"{number.high}{unit[:1]}")
    draft.add(
        passage, spans, "params", model=subject, number=number, value=parse_size(f"{number.value}{unit[:1]}"), high=high,
        negated=passage.is_wrong_at(number.start),
    )  # fmt: skip


def _blank(text: str, start: int) -> int:
    """Characters to skip at the front of a label: separators and marks."""
    found = re.match(r"[\s|,;(*✅❌⚠️:-]*", text[start:])
    return found.end() if found else 0


def _read_kinds(passage: Passage, draft: ClaimsDraft) -> None:
    for mention in passage.mentions:
        inside = _KIND_BEHIND_NAME.match(passage.text[mention.end :])
        named = inside is not None and inside[1][0].isupper() and inside[0].lstrip().startswith("- ")
        if inside and not named and not mention.short:  # "Code Llama - Instruct" is a name
            span = (mention.end + inside.start(1), mention.end + inside.end(1))
            _add_kind(passage, draft, span, mention)
    for word in _KIND.finditer(passage.text):
        before = passage.text, max(0, word.start() - _REACH), word.start()
        is_kind = _IS_KIND.search(*before)
        apposed = _APPOSED.search(*before)
        is_kind = is_kind or (_IS_TUNED.search(*before) if "tuned" in word[1].lower() else None)
        behind = apposed is not None and any(m.end == apposed.start() for m in passage.mentions)
        if _KIND_LABEL.search(*before) or is_kind or behind:
            subject = find_subject(passage, word.start())
            if subject is not None and subject.hub_id is not None:
                _add_kind(passage, draft, word.span(), subject, denied=bool(is_kind and is_kind["no"]))


def _add_kind(
    passage: Passage, draft: ClaimsDraft, span: tuple[int, int], subject: Mention, denied: bool = False
) -> None:
    draft.add(
        passage,
        [span],
        "kind",
        model=subject,
        written=passage.text[span[0] : span[1]].strip(),
        negated=denied,
    )


def _read_parents(passage: Passage, draft: ClaimsDraft) -> None:
    for one, two in pairwise(passage.mentions):
        between = passage.text[one.end : two.start]
        if one.tuned and "/" in two.text and re.fullmatch(r"\s*[(:–-]\s*", between):
            draft.add(
                passage, [(one.start, two.end), (one.start, one.end)], "lineage", model=two, written=one.text,
                other=draft.vocabulary.resolve(one.text).hub_id or one.text,
            )  # fmt: skip
    for mention in passage.mentions:
        found = find_parent(passage.text, mention.start, 0)
        if found is None or mention.short:
            continue
        before = [m for m in passage.mentions if m.end <= found.start() and not m.short]
        subject = before[-1] if before else passage.scope.model
        if subject is None or subject.hub_id == mention.hub_id:
            continue
        draft.add(
            passage, [(found.start(), mention.end), (mention.start, mention.end)], "lineage", model=subject,
            written=mention.text, other=mention.hub_id or mention.text, negated=passage.is_wrong_at(mention.start),
        )  # fmt: skip


def _read_releases(passage: Passage, draft: ClaimsDraft) -> None:
    for found in _RELEASE.finditer(passage.text):
        subject = _named_in(passage, found.span()) or find_subject(passage, found.start())
        if subject is None:
            draft.skip(passage, [found.span()], "a release date, but the text does not say of which model")
            continue
        _add_release(passage, draft, found, subject)
    for found in _RELEASE_OF.finditer(passage.text):
        behind = [m for m in passage.mentions if m.start == found.end() and not m.short]
        if behind and _ABOUT_NAME.match(passage.text, behind[0].end) is None:
            _add_release(passage, draft, found, behind[0])


def _named_in(passage: Passage, span: tuple[int, int]) -> Mention | None:
    return next((m for m in passage.mentions if span[0] <= m.start < span[1] and not m.short), None)


def _add_release(passage: Passage, draft: ClaimsDraft, found: re.Match[str], subject: Mention) -> None:
    for number in passage.numbers:
        if found.start() <= number.start < found.end():
            draft.mark_read(passage, number)
    date = next(filter(None, (found["date"], found.groupdict().get("told"))))
    draft.add(passage, [found.span()], "release", model=subject, written=date)


def _read_licences(passage: Passage, draft: ClaimsDraft) -> None:
    if _LICENCE_STEMS.search(passage.lower) is None:
        return
    for found in _LICENCE.finditer(passage.text):
        if _OF_CODE.search(passage.text, max(0, found.start() - 80), found.start()):
            continue
        low, high = found.span(found.lastgroup or 0)  # "the Gemma licence" names no model
        named = [m for m in passage.mentions if found.start() <= m.start < found.end() and not m.short]
        named = [m for m in named if m.end <= low or m.start >= high]
        subject = named[0] if named else find_subject(passage, found.start())
        written = next(filter(None, found.groups()), "").strip(" .,;(")
        if subject is None or not written or subject.hub_id is None:
            continue
        draft.add(passage, [found.span()], "licence", model=subject, written=written)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Each reader with the words without which it has nothing to read.
_READERS: tuple[tuple[Callable[[Passage, ClaimsDraft], None], frozenset[str]], ...] = (
    (read_speeds, SPEED_WORDS),
    (_read_kinds, frozenset(["base", "pre", "pretrained", "foundation", "instruct", "instruction", "chat"])),
    (
        _read_parents,
        _words(
            "fine finetuned finetune tuned distilled trained built based derived builds derives "
            "descends starts continued initialized initialised converted quantized quantised "
            "adapted merged forked tune quantization conversion derivative distillation copy port "
            "base parent"
        ),
    ),
    (
        _read_releases,
        _words(
            "release released published launched announced open opensourced came available out "
            "since appeared debuted dates publish put brought opensource"
        ),
    ),
    (
        _read_licences,
        _words(
            "license licence licensed licenced apache mit bsd gpl agpl cc openrail rail gemma "
            "llama deepseek tongyi qwen stability commercial noncommercial research open "
            "proprietary"
        ),
    ),
    (
        read_sources,
        _words(
            "unverifiable unverified verified confirm confirms confirmed verify taken reported "
            "sourced copied according checked benchmark benchmarks reproducible not"
        ),
    ),
    (read_definitions, frozenset(["has", "have", "contains", "consists", "comprises", "holds", "includes"])),
    (read_absence, frozenset(["exist", "exists", "existed", "never", "no", "not", "doesn"])),
)
