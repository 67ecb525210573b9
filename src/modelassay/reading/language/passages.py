"""A passage of a document ready to be read: plain text, who and what is named in it, and what stands above it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.numbers import Number
from modelassay.reading.language.terms import Term
from modelassay.reading.layout.inline_text import Plain

_WORDS = re.compile(r"[a-z]+")
_SENTENCE_END = re.compile(
    r"(?<=[.!?])[\"')\]]*\s+(?=[A-Z0-9\"'\[~≈]|\((?!\W*\d)|[✅❌⚠*-]|[a-z][\w.]*-[\w.-]*\d)|(?<=;)\s+|\n"
)
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|v|approx|cf|Fig|Tab|Sec|No|al)|(?<![\w.])\d{1,2})\.$")
_LONGEST_ABBREVIATION = 12
_WRONG = re.compile(
    r"\b(?:incorrect(?:ly)?|wrong(?:ly)?|erroneous(?:ly)?|mistaken(?:ly)?|mis-?(?:listed|reported|attributed|stated)|previous error|inflated|"
    r"retracted|bogus|typo|outdated|not (?!only\b|just\b|yet\b)(?:the |a )?(?=[~≈]?\d))",
    re.I,
)
_RIGHT_AGAIN = re.compile(
    r"[.;](?=\s|$)|\s[-–—]\s|\b(?:actual(?:ly)?|instead|in fact|rather|should (?:be|read)|the correct|correct(?:ed)? (?:value|score|number|figure|one)s?|"
    r"the (?:real|true) |but (?:is|are|it))\b|→|->",
    re.I,
)


@dataclass(frozen=True)
class Scope:
    """What headings, parent items and labels say of everything below them."""

    model: Mention | None = None
    benchmark: str | None = None
    metric: str = ""
    words: str = ""  # heading and label text, where protocol words may stand
    attribution: str = ""
    wrong: bool = False  # "Previous error": what stands below is presented as an error
    kind: Literal["base", "instruct"] | None = (
        None  # what is said of the models below: "Instruction-tuned models"
    )
    other_task: bool = False  # what stands below is the result of another task than writing programs

    def under(
        self, model: Mention | None, benchmark: str | None, metric: str, words: str, wrong: bool
    ) -> "Scope":
        """The scope of what stands below a heading, item or label."""
        return replace(
            self,
            model=model or self.model,
            benchmark=benchmark or self.benchmark,
            metric=metric or self.metric,
            words=f"{self.words} {words}".strip()[-400:],
            wrong=self.wrong or wrong,
        )


@dataclass
class Passage:
    """One block's text with everything found in it; offsets are those of `plain.text`."""

    plain: Plain
    scope: Scope
    mentions: list[Mention] = field(default_factory=list)
    benchmarks: list[Term] = field(default_factory=list)
    metrics: list[Term] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    is_prose: bool = False

    @cached_property
    def text(self) -> str:
        """The plain text."""
        return self.plain.text

    @cached_property
    def lower(self) -> str:
        """The text in lower case, of the same length: a reader looks for its stems here before it tries its patterns."""
        lower = self.text.lower()
        if len(lower) == len(self.text):
            return lower
        return "".join(c.lower() if len(c.lower()) == 1 else c for c in self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the text, lower case: a reader looks here before it tries its patterns."""
        return frozenset(_WORDS.findall(self.lower))

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Spans of sentences. "e.g. " ends none, and neither does a list number."""
        return list(self._split())

    def _split(self) -> Iterator[tuple[int, int]]:
        start = 0
        for match in _SENTENCE_END.finditer(self.text):
            end = start + len(self.text[start : match.start() + 1].rstrip())
            if self.text.endswith(".", start, end) and _ABBREVIATION.search(
                self.text, max(start, end - _LONGEST_ABBREVIATION), end
            ):
                continue
            yield start, match.start()
            start = match.end()
        if start < len(self.text):
            yield start, len(self.text)

    def without_names(self, start: int, end: int) -> str:
        """A stretch of text with model names blanked: a name's "v0.1" or "4k" says nothing of a protocol."""
        text = self.text[start:end]
        for mention in self.mentions:
            low, high = max(mention.start, start), min(mention.end, end)
            if low < high:
                text = text[: low - start] + " " * (high - low) + text[high - start :]
        return text

    def is_wrong_at(self, offset: int) -> bool:
        """Does the document itself present what stands here as an error?"""
        if any(start <= offset < end for start, end in self.plain.struck):
            return True
        return any(start <= offset < end for start, end in self._wrong_spans)

    @cached_property
    def _wrong_spans(self) -> list[tuple[int, int]]:
        """From each word that calls something wrong to where the sentence turns."""
        spans = []
        for cue in _WRONG.finditer(self.text):
            end = _RIGHT_AGAIN.search(self.text, cue.end())
            spans.append((cue.end(), end.start() if end else len(self.text)))
        return spans
