"""What a document calls its source: which of our documents that can be, and what it implies of the protocol."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from modelassay.core.published import Citation, Claim, Fact, Protocol

# Words → which documents they can mean. Several may be named at once.
_MEANINGS: tuple[tuple[re.Pattern[str], Callable[[Citation], bool]], ...] = (
    (re.compile(r"papers\s?with\s?code", re.I), lambda c: c.tier == "aggregator"),
    (re.compile(r"arxiv|paper|report", re.I), lambda c: "arxiv.org" in c.url or "paper" in c.document),
    (re.compile(r"\bcards?\b|hugging ?face", re.I), lambda c: "card" in c.document or "huggingface.co" in c.url),
    (re.compile(r"git\s?hub|\brepo|readme", re.I), lambda c: "github.com" in c.url),
    (re.compile(r"blog|announce", re.I), lambda c: "blog" in c.document or "blog" in c.url),
    (re.compile(r"official|maker|author", re.I), lambda c: c.tier == "primary-own"),
)  # fmt: skip

# A harness that is also the name of a board: whoever used it can be meant.
_HARNESSES = (
    (re.compile(r"evalplus", re.I), "evalplus"),
    (re.compile(r"big\s?code", re.I), "bigcode"),
)

# Words → what a score from there was measured with. The BigCode board samples 50 times at temperature 0.2.
_PROTOCOLS: tuple[tuple[re.Pattern[str], dict[str, Any]], ...] = (
    (
        re.compile(r"big\s?code", re.I),
        {"harness": "bigcode-evaluation-harness", "samples_per_problem": 50, "temperature": 0.2},
    ),
    (re.compile(r"evalplus", re.I), {"harness": "evalplus"}),
    (
        re.compile(r"\b(?:we|i|our|own|local(?:ly)?|self)\b.{0,40}\b(?:ran|run|rerun|measure\w*|evaluat\w*)|\bmeasured\b", re.I),
        {"harness": "the author's own run"},
    ),
)  # fmt: skip


_LINK = re.compile(r"https?://[^\s<>\"']+")
_PAPER = re.compile(r"arxiv\.org/(?:abs|pdf|html)/(\d{4}\.\d{4,5})")


def stated_protocol(claim: Claim, attribution: str) -> Protocol | None:
    """The claim's protocol, with what the source it is attributed to implies where the claim itself is silent."""
    protocol = claim.protocol
    if protocol is None or not attribution:
        return protocol
    for words, implied in _PROTOCOLS:
        if words.search(attribution):
            unknown = {key: value for key, value in implied.items() if getattr(protocol, key) is None}
            return msgspec.structs.replace(protocol, **unknown)
    return protocol


def named_sources(words: str, facts: Sequence[Fact]) -> list[Fact]:
    """The facts from a source that the words can mean.

    A title or maker named in the words narrows it; else "the paper" of a model is its own maker's, if it has one.
    """
    return specific_sources(words, facts) or _meant(words, facts)


def specific_sources(words: str, facts: Sequence[Fact]) -> list[Fact]:
    """The facts from the one source that the words mean: linked, named by its title, or the maker's own; else none."""
    if "://" in words:
        return [fact for fact in facts if _is_linked(fact.citation, words)]
    found = _meant(words, facts)
    named = set(re.findall(r"[a-z0-9.]{4,}", words.lower()))
    by_title = [fact for fact in found if _title_words(fact.citation) & named]
    return by_title or [fact for fact in found if fact.measured_by == "maker"]


def _is_linked(citation: Citation, words: str) -> bool:
    """Whether a link among the words leads to this document, to its repository or to its paper in any version."""
    links = (re.sub(r"^https?://(?:www\.)?", "", link).lower().rstrip("/.)") for link in _LINK.findall(words))
    own = re.sub(r"^https?://(?:www\.)?", "", citation.url).lower().rstrip("/")
    paper = _PAPER.search(own)
    return any(
        link == own or own.startswith(f"{link}/") or (paper and _PAPER.search(link) and paper[1] in link)
        for link in links
        if "/" in link
    )


def _meant(words: str, facts: Sequence[Fact]) -> list[Fact]:
    """Every fact from a kind of source that the words name."""
    wanted = [test for pattern, test in _MEANINGS if pattern.search(words)]
    used = [harness for pattern, harness in _HARNESSES if pattern.search(words)]
    return [
        fact
        for fact in facts
        if any(test(fact.citation) for test in wanted) or any(_from_harness(fact, name) for name in used)
    ]


def _from_harness(fact: Fact, name: str) -> bool:
    harness = fact.protocol.harness if fact.protocol is not None else None
    return name in fact.citation.document or name in (harness or "")


def _title_words(citation: Citation) -> set[str]:
    """Words of a title that tell one document from another; "model", "card", "technical" and the like don't."""
    plain = {
        "model",
        "card",
        "technical",
        "report",
        "paper",
        "arxiv",
        "repo",
        "readme",
        "leaderboard",
        "github",
    }
    return set(re.findall(r"[a-z0-9.]{4,}", citation.title.lower())) - plain
