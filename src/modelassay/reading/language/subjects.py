"""Whom a sentence is about: the model that what stands at an offset is said of."""

import re
from collections.abc import Iterator

from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage

PARENT = re.compile(
    r"\b(?:(?:fine-?tuned?|finetuned?|distilled|trained|built|based|derived|continued|initiali[sz]ed|converted|quanti[sz]ed|adapted|tuned|merged|forked)"
    r"(?:\s+(?:version|variant|copy|model|further))?\s+(?:from|on top of|on|of|upon)|(?:fine-?tune|finetune|quanti[sz]ation|conversion|derivative|distillation|copy|port) of"
    r"|\b(?:builds (?:up)?on|derives from|descends from|starts from)"
    r"|base[ _]model\s*[:=]|parent(?: model)?\s*[:=])\s+(?:the\s+|a\s+)?$",
    re.I,
)
# "X, a Y fine-tune": Y stands before the word
_TUNE_BEHIND = re.compile(
    r"[\s-]+(?:fine[\s-]?tuned?|finetuned?|derivative|distill(?:ation)?)\b(?!\s+(?:of|from|on))", re.I
)
_A_BEFORE = re.compile(r"(?:,|\bis|\bwas|\bas)\s+an?\s+(?:\w+\s+)?$", re.I)
_AGAINST = re.compile(
    r"\b(?:than|over|beats?|outperforms?|exceeds?|surpasses|vs\.?|versus|compared (?:to|with)|like)\s+(?:the\s+)?$",
    re.I,
)


# The last word of PARENT and of _AGAINST, without the article behind it: a look at it spares most searches.
_LAST_OF_PARENT = ("from", "of", "on", "upon", ":", "=")
_LAST_OF_AGAINST = ("than", "over", "beat", "beats", "outperform", "outperforms", "exceed", "exceeds", "surpasses", "vs", "vs.", "versus", "to", "with", "like")  # fmt: skip
_ARTICLE = re.compile(r"\s(?:the|a)$")


def _words_before(text: str, start: int, offset: int) -> str:
    """The end of what stands before an offset, lower case, without an article."""
    return _ARTICLE.sub("", text[max(start, offset - 60) : offset].rstrip().lower()).rstrip()


def find_parent(text: str, offset: int, start: int) -> re.Match[str] | None:
    """Where it is said that another model was made from the one named at an offset, looked for from `start`."""
    if not _words_before(text, start, offset).endswith(_LAST_OF_PARENT):
        return None
    return PARENT.search(text, start, offset)


def is_parent(text: str, offset: int, start: int) -> bool:
    """Is the model named at an offset one that another was made from ("a fine-tune of X")? start: of its sentence."""
    return find_parent(text, offset, max(start, offset - 60)) is not None


def is_tuned_from(text: str, mention: Mention) -> bool:
    """ "X, a Y fine-tune, …": is the mention Y?"""
    return (
        _TUNE_BEHIND.match(text, mention.end) is not None
        and _A_BEFORE.search(text, max(0, mention.start - 24), mention.start) is not None
    )


def find_subject(passage: Passage, offset: int) -> Mention | None:
    """The model spoken of at an offset: named before it in its sentence, or in prose in a sentence before, else above.

    Whom it was made from or is compared with is not the subject.
    """
    subject = None
    for start, end in passage.sentences:
        if start > offset:
            break
        names = [
            m for m in passage.mentions if start <= m.start and m.end <= min(offset, end) and not m.short
        ]
        names = [m for m in names if not m.tuned and not _is_object(passage.text, m, start)]
        names = [m for m in names if m.resolution.how != "ambiguous"] or names
        if names:
            own = end >= offset
            if own or passage.is_prose or names[0].start <= 4:
                subject = names[-1] if own else names[0]
    return subject or passage.scope.model


def matches_with_subject(
    pattern: re.Pattern[str], passage: Passage
) -> Iterator[tuple[re.Match[str], Mention]]:
    """Each match in a passage's text that is said of some model, with that model."""
    for found in pattern.finditer(passage.text):
        subject = find_subject(passage, found.start())
        if subject is not None:
            yield found, subject


def _is_object(text: str, mention: Mention, start: int) -> bool:
    before = text[max(start, mention.start - 60) : mention.start]
    last = _words_before(before, 0, len(before))
    if last.endswith(_LAST_OF_PARENT) and PARENT.search(before) is not None:
        return True
    return last.endswith(_LAST_OF_AGAINST) and _AGAINST.search(before) is not None
