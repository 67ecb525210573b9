"""Labels that are a name nobody knows: "- Nimbus-Code: 31 % HumanEval", "- HumanEval — `NimbusCoder`"."""

import re
from dataclasses import replace

from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.claims.table_names import is_like_a_name
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage

_NAME_FIRST = re.compile(
    r"\W{0,4}([A-Z][\w.+-]*(?: [\w.+-]+){0,3})\s*(?:\((?=[^()]*\d[^()]*\))[^()]{1,60}\)\s*)?(?::|–|—| - )\s"
)
_ONE_WORD = re.compile(r"\W*([A-Z][\w.+-]*\w)\W*")
_NAME_LAST = re.compile(r"\W{0,4}(?::|–|—| - )\s*([A-Z][\w.+-]*(?: [\w.+-]+){0,3})\W*")


def add_named_by_label(passage: Passage, vocabulary: Vocabulary) -> None:
    """Add the model that a list item's label names to its passage, as written, where it is shaped like a name."""
    label = _unknown_label(passage)
    if label is None:
        return
    name = Mention(label.start(1), label.end(1), label[1], vocabulary.resolve(label[1]))
    mentions = sorted([name, *passage.mentions], key=lambda m: m.start)
    passage.mentions = [_of_family(name, m, vocabulary) if m.short else m for m in mentions]


def add_named_heading(passage: Passage, vocabulary: Vocabulary) -> None:
    """Add the name that a heading of one word is, as written; for headings among others that name models."""
    word = _ONE_WORD.fullmatch(passage.text)
    if word is None or passage.mentions or passage.benchmarks or not is_like_a_name(word[1]):
        return
    passage.mentions = [Mention(word.start(1), word.end(1), word[1], vocabulary.resolve(word[1]))]


def _unknown_label(passage: Passage) -> re.Match[str] | None:
    terms = passage.benchmarks
    first = _NAME_FIRST.match(passage.text)
    if first is not None and terms and terms[0].start >= first.end():
        named = any(m.start < first.end() for m in passage.mentions)
        return None if named or not is_like_a_name(first[1]) else first
    if len(terms) != 1 or terms[0].start > 4 or passage.mentions:
        return None
    last = _NAME_LAST.fullmatch(passage.text, terms[0].end)
    return last if last is not None and is_like_a_name(last[1]) else None


def _of_family(family: Mention, size: Mention, vocabulary: Vocabulary) -> Mention:
    """ "7b" behind "Nimbus-Code:" is Nimbus-Code 7b."""
    text = f"{family.text} {size.text}"
    return replace(size, text=text, resolution=vocabulary.resolve(text), short=False)
