"""Where a text names models: full names, hub ids, links, short forms, and words that stand for a model.

A mention's extent is the longest run of words that is a name. A hyphenated word is a name as a whole or not at
all ("Qwen2.5-Coder-1.5B-Instruct-AWQ" is not the Instruct model), save for endings that only lean on one
("StarCoder2-based").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from modelassay.evidence.names import ModelName, parse_name, split_org
from modelassay.evidence.vocabulary import Context, Resolution, Vocabulary
from modelassay.reading.language.other_names import OtherNames, run_names, tags
from modelassay.reading.layout.inline_text import PLACE, Plain

_WORD = re.compile(r"[A-Za-z0-9β][A-Za-z0-9β._+-]*")
_ORG_NAME = re.compile(r"(?<![\w/.@:-])([A-Za-z0-9][\w.-]*)/([A-Za-z0-9][\w.-]*\w)")
_LEANING = re.compile(
    r"-(?:based|like|style|level|class|sized?|derived|tuned|family|series|scale|only|generated|specific)$",
    re.I,
)
_KIND_IN_PARENS = re.compile(r"\s*\((base|instruct|chat|it|pretrained)(?: model| variant)?\)", re.I)
_ORG_IN_PARENS = re.compile(r"\s*\(([A-Za-z][\w.-]*)(?:[,;][^)]*)?\)")
_ORG_BEHIND_BY = re.compile(r"\s+by\s+([A-Za-z][\w-]*)(?![\w/])")
_MADE_FROM = re.compile(
    r"\b(?:from|of|on|upon)\s+(?:the\s+)?$", re.I
)  # "tuned from X by ORG": the tuning is ORG's
_SIZE_IN_PARENS = re.compile(r"\s*\((\d+(?:\.\d+)?\s?[BM])\)")
_TUNED_BEFORE = re.compile(r"(?:fine-?tuned|finetuned|tuned)\s+$", re.I)
_MEMORY = 50_000  # words that are remembered
_BESIDE = 60  # characters before a name in which words that bear on it are looked for
_AS_MAKER = re.compile(
    r"(?:['’]s)?\s+(?:GitHub|repo(?:sitory)?|[Pp]aper|[Rr]eport|team|technical|tech|README|authors?|blog|docs?|official|harness|AI|leaderboard|licen[cs]e|terms|family|models?|series|variants?)\b"
)
_NAME_WORDS = re.compile(
    r"\d+(?:\.\d+)?[bBmM]?|[vV]\d[\d.]*|(?i:base|instruct|chat|it|mini|lite|python|code|coder)"
)
_PRAISE = re.compile(
    r"(?:^|-)(?:best|top|leading|in|of|to|at|than)-|-(?:class|category|scale|range|tier)$", re.I
)  # "best-in-3B-class"
HAS_SIZE = re.compile(r"\d[bBmM](?![A-Za-z])")
# the writing of code, and files of results, whatever they are called
_NO_NAME = re.compile(
    r"code gen\b(?!\s?\d)|[\w.+-]+\.(?:jsonl?|csv|tsv|txt|log|py|sh|ya?ml|md|html|png|jpe?g|svg|zip|parquet)\b(?![\w-])"
)
_FIGURE = re.compile(r"[~≈]?\d[\d.,]*\s?%?(?:\s?±\s?[\d.]+)?")
_STEM = re.compile(r"[a-z]*")
_NOT_NAMES = {
    "sub",
    "under",
    "over",
    "the",
    "to",
    "gb",
    "a",
    "up",
    "at",
    "only",
    "mid",
    "non",
    "param",
    "other",
    "best",
}


@dataclass(frozen=True)
class Mention:
    """One place where a model is named. `resolution.hub_id` is `None` when unknown or ambiguous."""

    start: int
    end: int
    text: str
    resolution: Resolution
    tuned: bool = False  # "fine-tuned NAME": a model made from it, not the model itself
    short: bool = False  # a size, a kind or "baseline": leans on a model named elsewhere

    @property
    def hub_id(self) -> str | None:
        """The model, when it is one."""
        return self.resolution.hub_id

    @property
    def label(self) -> str:
        """The model as written."""
        return self.text


class MentionFinder:
    """Finds mentions in plain text. Holds only the vocabulary; what a document taught it comes in as arguments."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._starts = {key[:n] for key in vocabulary.keys for n in range(2, len(key) + 1)}
        self._plain_starts: set[str] = {re.match(r"[a-z]*", name)[0] for name in vocabulary.plain_names}  # type: ignore[index]
        self._others = OtherNames(vocabulary.data, vocabulary.keys)
        self._plain_names = frozenset(vocabulary.plain_names)
        self._dull: set[str] = set()  # words that begin no name, each looked at once

    @staticmethod
    @lru_cache(maxsize=4)
    def of(vocabulary: Vocabulary) -> "MentionFinder":
        """The finder of a vocabulary, built once."""
        return MentionFinder(vocabulary)

    def find(
        self, plain: Plain, named: Sequence[str] = (), taught: dict[str, str] | None = None
    ) -> list[Mention]:
        """All full mentions, in order. `named`: models the document named in full; `taught`: its own short names."""
        text = plain.text
        found = self._links(plain)
        taken = [(m.start, m.end) for m in found]
        for match in _ORG_NAME.finditer(text) if "/" in text else ():
            if self._is_hub_id(match[1], match[2]) and not overlaps(match.span(), taken):
                found.append(Mention(*match.span(), match[0], self._vocabulary.resolve(match[0])))
                taken.append(match.span())
        for start, end, name in run_names(text):
            found.append(Mention(start, end, name, self._vocabulary.resolve(name)))
            taken.append((start, end))
        for start, end, name in tags(text):
            if not overlaps((start, end), taken):
                found.append(Mention(start, end, text[start:end], self._vocabulary.resolve(name)))
                taken.append((start, end))
        others = list(self._others.find(text))
        at = 0
        while (word := _WORD.search(text, at)) is not None:
            at = word.end()
            if word[0] in self._dull or self._is_dull(word[0]):
                continue
            if taken and overlaps(word.span(), taken):
                continue
            if _NO_NAME.match(text, word.start()) or text.startswith("@", word.start() - 1):
                continue
            mention = self._name_at(text, word, tuple(named), taught or {})
            if mention is not None and mention.hub_id is None:
                longer = [end for start, end in others if start == mention.start and end > mention.end]
                if longer:  # "DeepSeek LLM 67B Chat" is more than "DeepSeek"
                    mention = _unknown_at(text, mention.start, longer[0])
            if mention is not None:
                found.append(mention)
                taken.append((mention.start, mention.end))
                at = max(at, mention.end)
        found += _apart(text, others, taken)
        return sorted(found, key=lambda m: m.start)

    def _is_dull(self, word: str) -> bool:
        """Does no name begin with this word? Told from its letters and from whether it has a size, and remembered."""
        stem = _STEM.match(word.lower())[0]  # type: ignore[index]
        known = len(stem) >= 2 and (stem in self._starts or stem in self._plain_starts)
        if known or HAS_SIZE.search(word) is not None:
            return False
        if len(self._dull) > _MEMORY:
            self._dull.clear()
        self._dull.add(word)
        return True

    def _links(self, plain: Plain) -> list[Mention]:
        found = []
        for link in plain.links:
            resolution = self._vocabulary.resolve(link.url)
            if resolution.how != "link" or resolution.hub_id is None:
                continue
            label = plain.text[link.start : link.end].strip(PLACE + " ")
            if _FIGURE.fullmatch(label):
                continue  # the link says where the number was read, not of whom it is
            name = split_org(resolution.hub_id)[1]
            inside = plain.text.lower().find(name.lower(), link.start, link.end)
            if inside > link.start:  # "[new: NAME is out](its address)"
                found.append(
                    Mention(inside, inside + len(name), plain.text[inside : inside + len(name)], resolution)
                )
                continue
            found.append(Mention(link.start, link.end, label or resolution.hub_id, resolution))
        return found

    def _is_hub_id(self, org: str, name: str) -> bool:
        """Is "a/b" a hub id, and not "HumanEval/MBPP", "7B/33B" or "base/instruct"?"""
        parsed, owner = parse_name(name), parse_name(org)
        if self._vocabulary.known(f"{org}/{name}") or org.lower() in self._vocabulary.orgs:
            return bool(parsed.family)
        if (
            owner.size is not None
            or owner.family in self._vocabulary.keys
            or not owner.family
            or not parsed.family
        ):
            return False
        return parsed.size is not None or (parsed.kind is not None and parsed.family in self._vocabulary.keys)

    def _name_at(
        self, text: str, word: re.Match[str], named: tuple[str, ...], taught: dict[str, str]
    ) -> Mention | None:
        stem = _STEM.match(word[0].lower())[0]  # type: ignore[index]
        if len(stem) >= 2 and (stem in self._starts or stem in self._plain_starts):
            for end in self._ends(text, word):
                mention = self._try(text, word.start(), end, named, taught)
                if mention is not None:
                    return self._widened(text, mention)
            whole = _LEANING.sub("", word[0].rstrip(".-_+"))
            if self._others.is_derived(whole):
                return _unknown_at(text, word.start(), word.start() + len(whole))
        return self._unknown(text, word)

    def _widened(self, text: str, mention: Mention) -> Mention:
        """A known name with a word beside it that makes another model is that other model."""
        start, end = self._others.widened(text, mention.start, mention.end)
        if (start, end) == (mention.start, mention.end):
            return mention
        resolution = self._vocabulary.resolve(text[start:end])
        if resolution.hub_id is None:
            return _unknown_at(text, start, end)
        return replace(mention, start=start, end=end, text=text[start:end], resolution=resolution)

    def _ends(self, text: str, word: re.Match[str]) -> list[int]:
        """Ends of the runs of words that could be one name from here, longest first."""
        ends = []
        end = word.end()
        for _ in range(6):
            ends.append(end)
            following = _WORD.match(text, end + 1) if text[end : end + 1] == " " else None
            if following is None or text[end - 1] == ".":  # "Phi-2. It scores 47.6": a sentence has ended
                break
            if not self._continues(text[word.start() : end], following[0]):
                break
            end = following.end()
        return ends[::-1]

    def _continues(self, so_far: str, word: str) -> bool:
        word = word.rstrip(".-+") or word
        if word in (
            "it",
            "It",
        ):  # a pronoun ("with StarCoder2-3B it came to"), save where a maker calls its kind so
            return word == "it" and self._vocabulary.calls_a_kind(so_far, word)
        if _NAME_WORDS.fullmatch(word) or parse_name(word).family == "":
            return True
        joined = parse_name(f"{so_far} {word}").family
        return joined in self._starts or joined in self._plain_names

    def _try(
        self, text: str, start: int, end: int, named: tuple[str, ...], taught: dict[str, str]
    ) -> Mention | None:
        written = text[start:end].rstrip(".-_+" if not text[start:end].endswith("+-") else "-")
        written = _LEANING.sub("", written)
        if not written or not self._is_known(written):
            return None
        end = start + len(written)
        before = _TUNED_BEFORE.search(text, max(0, start - _BESIDE), start)
        if _AS_MAKER.match(text, end) and parse_name(written).size is None:
            return None
        context, tail = self._beside(text, start, end, named)
        key = _teaching_key(text[before.start() : end] if before else written)
        if key in taught:
            resolution = Resolution(written=written, hub_id=taught[key], how="context")
        else:
            resolution = self._vocabulary.resolve(written + tail[0], context)
            sized = parse_name(written).size is not None or parse_name(tail[0]).size is None
            if resolution.hub_id is None and tail[0] and sized:  # "DeepSeek-Coder (5.7B)" is no other size
                resolution = self._vocabulary.resolve(written, context)
        return Mention(start, tail[1], written, resolution, tuned=before is not None)

    def _beside(
        self, text: str, start: int, end: int, named: tuple[str, ...]
    ) -> tuple[Context, tuple[str, int]]:
        """What stands right behind a name: its kind, its size or its org in parentheses, or "by ORG"."""
        if found := _KIND_IN_PARENS.match(text, end):
            return Context(named=named), (f"-{found[1]}", end)
        if found := _SIZE_IN_PARENS.match(text, end):
            return Context(named=named), (f"-{found[1]}", end)
        found = _ORG_IN_PARENS.match(text, end)
        if found is None and _MADE_FROM.search(text, max(0, start - _BESIDE), start) is None:
            found = _ORG_BEHIND_BY.match(text, end)
        if found and found[1].lower() in self._vocabulary.orgs:
            return Context(org=found[1], named=named), ("", end)
        return Context(named=named), ("", end)

    def _is_known(self, written: str) -> bool:
        name = parse_name(written)
        if _squashed(written) in self._vocabulary.plain_names:
            return True
        if name.family in self._vocabulary.keys:
            # A family nobody curated ("Code-13B") may be a plain word: it takes a size to be a name.
            return name.size is not None or self._vocabulary.is_curated(written)
        return len(name.family) >= 4 and name.size is not None and name.family in self._starts

    def _unknown(self, text: str, word: re.Match[str]) -> Mention | None:
        """A name nobody knows, told by its shape: a capital or a hyphen, letters, and exactly one size."""
        if HAS_SIZE.search(word[0]) is None:
            return None
        written = word[0].rstrip(".-_")
        name = parse_name(written)
        if name.size is None or not _looks_like_a_name(written, name):
            return None
        return _unknown_at(text, word.start(), word.start() + len(written))


def _looks_like_a_name(written: str, name: ModelName) -> bool:
    letters = re.sub(r"[^a-z]", "", name.family)
    if _PRAISE.search(written):
        return False
    if len(letters) < 2 or name.family in _NOT_NAMES or written.lower().split("-")[0] in _NOT_NAMES:
        return False
    return written[0].isalpha() and (written[0].isupper() or "-" in written)


def _unknown_at(text: str, start: int, end: int) -> Mention:
    """A name as written that is none the vocabulary knows."""
    written = text[start:end]
    return Mention(start, end, written, Resolution(written=written, hub_id=None, how="unknown"))


def _apart(text: str, spans: Sequence[tuple[int, int]], taken: list[tuple[int, int]]) -> list[Mention]:
    """Names at the spans that overlap nothing taken, nor one another, and are no maker's name before a model's."""
    found = []
    for start, end in spans:
        if not overlaps((start, end), taken) and _AS_MAKER.match(text, end) is None:
            found.append(_unknown_at(text, start, end))
            taken.append((start, end))
    return found


def overlaps(span: tuple[int, int], taken: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)


def _squashed(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text.lower())


def _teaching_key(text: str) -> str:
    return _squashed(re.sub(r"(?i)fine-?tuned|finetuned|tuned", "finetuned", text))


def teach(mentions: Sequence[Mention], plain: Plain, taught: dict[str, str]) -> None:
    """Learn a document's own names: "Fine-tuned StarCoder2-3B (org/name)" makes the first words mean the second."""
    for one, two in pairwise(mentions):
        between = plain.text[one.end : two.start]
        if one.tuned and two.hub_id and re.fullmatch(r"\s*[(:–-]\s*", between) and "/" in two.text:
            taught[_teaching_key(f"finetuned {one.text}")] = two.hub_id


def as_short(mention: Mention, hub_id: str | None) -> Mention:
    """The same place, standing for another model."""
    resolution = Resolution(written=mention.text, hub_id=hub_id, how="context" if hub_id else "unknown")
    return replace(mention, resolution=resolution, short=True)


def name_of(hub_id: str) -> str:
    """The name part of a hub id."""
    return split_org(hub_id)[1]
