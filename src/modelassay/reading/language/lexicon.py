"""What one document teaches about its own names: models it names in full, short names it gives, its baseline.

Passages are made here, because what is named in a text depends on what the document has taught.
"""

import re
from collections.abc import Sequence

from modelassay.evidence.names import parse_name
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.language.chinese import readable
from modelassay.reading.language.mentions import Mention, MentionFinder, as_short, teach
from modelassay.reading.language.numbers import Number, find_numbers
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.language.short_mentions import short_mentions
from modelassay.reading.language.terms import Term, Terms
from modelassay.reading.layout.blocks import Block
from modelassay.reading.layout.inline_text import Plain

BASELINE = re.compile(
    r"(?<![\w-])(?:the |our |real |true |corrected |old |inflated |previous |reported )*baselines?(?![\w-])",
    re.I,
)
_Found = tuple[list[Mention], list[Term], list[Term], list[Number]]
_SETTLED = ("link", "hub-id", "name", "alias", "only-version")


class Lexicon:
    """The names of one document. `learn` first, then make passages."""

    def __init__(self, vocabulary: Vocabulary, terms: Terms) -> None:
        self.vocabulary = vocabulary
        self.terms = terms
        self.finder = MentionFinder.of(vocabulary)
        self.baseline: Mention | None = None
        self.only_benchmark: str | None = None  # where the whole text names one and no other
        self.only_model: Mention | None = None  # where the whole text names one and no other
        self._named: list[str] = []
        self._taught: dict[str, str] = {}
        # Documents repeat themselves: what stands in a text without links is worked out once.
        self._settled: dict[str, list[Mention]] = {}  # texts whose names no context can change
        self._seen: dict[tuple[str, str | None, str], _Found] = {}

    def find(self, plain: Plain) -> list[Mention]:
        """The models named in full in a text."""
        plain = readable(plain)
        settled = None if plain.links else self._settled.get(plain.text)
        return self.finder.find(plain, self._named, self._taught) if settled is None else settled

    def learn(self, blocks: Sequence[Block]) -> None:
        """First pass: full names, names the document gives, and its baseline."""
        met: dict[str, Mention] = {}
        for block in blocks:
            if block.kind not in ("heading", "item", "paragraph"):
                continue
            plain = readable(block.plain)
            if not plain.links and plain.text in self._settled:
                continue
            mentions = self.finder.find(plain)
            if not plain.links and all(m.resolution.how in _SETTLED and not m.tuned for m in mentions):
                self._settled[plain.text] = mentions
            teach(mentions, plain, self._taught)
            for mention in mentions:
                met.setdefault(mention.hub_id or mention.text.lower(), mention)
                if (
                    mention.hub_id
                    and mention.resolution.how not in ("context", "not-released")
                    and mention.hub_id not in self._named
                ):
                    self._named.append(mention.hub_id)
        self.only_benchmark = self._one_benchmark(blocks)
        self.only_model = _one_model(list(met.values()))
        for block in blocks:
            if block.kind in ("heading", "item", "paragraph") and BASELINE.search(block.plain.text):
                self._learn_baseline(block)
            if self.baseline is not None and block.kind == "heading":
                break

    def _one_benchmark(self, blocks: Sequence[Block]) -> str | None:
        """The benchmark of a document whose sentences and headings name one only."""
        names: set[str] = set()
        for block in blocks:
            if block.kind in ("heading", "item", "paragraph"):
                names.update(term.name for term in self.terms.find("benchmarks", readable(block.plain).text))
                if len(names) > 1:
                    return None
        name = next(iter(names), None)
        return name if name is not None and self.terms.is_kept(name) else None

    def _learn_baseline(self, block: Block) -> None:
        """ "Baseline: X", "the baseline X", "X baseline": the name beside the word, a heading's above all."""
        for mention in self.find(block.plain):
            if mention.hub_id is None:
                continue
            before, after = block.plain.text[: mention.start], block.plain.text[mention.end :]
            beside = re.search(r"\bbaseline\b[\s:(=]*(?:is\s+|model\s+)?$", before, re.I) or re.match(
                r"[\s(]*\bbaseline\b", after, re.I
            )
            if beside and (self.baseline is None or block.kind == "heading"):
                self.baseline = mention
                return

    def passage(self, plain: Plain, scope: Scope) -> Passage:
        """A text with everything found in it, under what stands above it."""
        plain = readable(plain)
        passage = Passage(plain, scope)
        text = plain.text
        family = (
            scope.model.text
            if scope.model and scope.model.hub_id is None and not _has_size(scope.model)
            else ""
        )
        key = (text, scope.model.hub_id if scope.model else None, family)
        seen = None if plain.links else self._seen.get(key)
        if seen is not None:
            passage.mentions, passage.benchmarks, passage.metrics, passage.numbers = seen
            return passage
        full = self.find(plain)
        passage.benchmarks = [
            b
            for b in self.terms.find("benchmarks", text)
            if not any(m.start <= b.start < m.end for m in full)
        ]
        passage.metrics = self.terms.metrics(text)
        anchor = scope.model.hub_id if scope.model else None
        if anchor is None and self.baseline is not None and BASELINE.search(text):
            anchor = self.baseline.hub_id
        passage.mentions = sorted([*full, *self._leaning(text, full, anchor, family)], key=lambda m: m.start)
        taken = [(m.start, m.end) for m in full] + [(t.start, t.end) for t in passage.benchmarks]
        taken += [(t.start, t.end) for t in passage.metrics] + [
            (k.start, k.end) for k in plain.links if k.end - k.start == 1
        ]
        passage.numbers = find_numbers(text, taken)
        if not plain.links:
            self._seen[key] = (passage.mentions, passage.benchmarks, passage.metrics, passage.numbers)
        return passage

    def _leaning(self, text: str, full: list[Mention], anchor: str | None, family: str) -> list[Mention]:
        """Words that lean on a model named elsewhere: sizes, and "the baseline" where it owns a number."""
        found = short_mentions(text, full, self.vocabulary, anchor, family)
        if self.baseline is None or "baseline" not in text.lower():
            return found
        for match in BASELINE.finditer(text):
            own = re.match(
                r"\W{0,3}(?:scores?\b.{0,24}?|is|was|of|at|:|=)?\W{0,4}[~≈]?\d", text[match.end() :]
            )
            beside = any(abs(m.start - match.end()) <= 3 or abs(match.start() - m.end) <= 3 for m in full)
            if own and not beside:
                place = Mention(match.start(), match.end(), match[0], self.baseline.resolution)
                found.append(as_short(place, self.baseline.hub_id))
        return found


def _one_model(mentions: Sequence[Mention]) -> Mention | None:
    """The only model of all that are named; its family's name beside it is no other."""
    whole = [m for m in mentions if m.hub_id is not None or _has_size(m)]
    if len(whole) != 1:
        return None
    own = parse_name(whole[0].text).family
    others = [m for m in mentions if m is not whole[0] and not own.startswith(parse_name(m.text).family)]
    return whole[0] if not others else None


def _has_size(mention: Mention) -> bool:
    return parse_name(mention.text).size is not None
