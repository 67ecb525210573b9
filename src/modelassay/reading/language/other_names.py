"""Names of models that the vocabulary's families do not hold: makers' names without a size, and names built on known ones.

"GPT-4-Turbo", "Claude 3.5 Sonnet", "Grok-1" are models as written. A hyphenated word that begins like a known family
and goes on ("replit-code-instruct-nova") is another model than any of that family; so is a known name with a word
beside it that makes another one ("Unnatural Code Llama 34B", "Phi 4 reasoning-plus", "DeepSeek R1-0528").
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from modelassay.evidence.names import parse_name

_VERSION = r"\d{1,2}(?:\.\d{1,2})?(?:[a-zA-Z]{1,3})?(?![\w.%]*\d|\w|%|\.\d)"
_RELEASE = re.compile(r"[\s-](?:R\d(?:\.\d)?(?:-\d{4})?|\d{4})(?![\w.%]|-\w)")  # "R1-0528", "-0125"
# "NAME is a fine-tune of X": whatever it is called
_MADE_FROM = re.compile(
    r"(?<![\w./@-])([A-Za-z][\w.]*(?:-\w[\w.]*)+)(?=,?\s+(?:is|was)\s+(?:an?\s+|our\s+)?(?:fine-?tuned?|finetuned?|tuned|distilled|merged)\s+(?:version\s+)?(?:from|of)\b)",
    re.I,
)
# "DolphCoder", "WaveCoder-Pro", whoever makes it; and whoever scores: "AquilaCode-py reaches 28.8"
_CODER = re.compile(r"(?<![\w./@-])[A-Z][A-Za-z]*Coder(?:-[A-Za-z0-9][\w.]*\w|-[A-Z])*(?![\w/-])")
_SCORING = re.compile(
    r"(?<![\w./@-])((?:[A-Z][a-z]+[A-Z]\w*|[A-Z]\w*(?=-))(?:-\w[\w.]*\w)*(?<!Bench)(?<!Eval)(?<!QA)(?<!Arena))"
    r"(?=\s+(?:itself\s+|already\s+|only\s+)?(?:reach(?:es|ed)|scor(?:es|ed)|achiev(?:es|ed)|hits|gets|attain(?:s|ed)|obtain(?:s|ed))\s+(?:an?\s+|about\s+)?(?:[\w@+-]+\s+){0,4}[~≈]?\d)"
)
# "Seed1.6-Base", "Ling-mini": a capital, and a word that says which of a family, behind a version or by itself
_FORM = re.compile(
    r"(?<![\w./@-])(?:(?=[a-z]+-\d)[a-z]{3,}-\d+(?:\.\d+)?-(?i:moe|mini|small|medium|large|pro|flash|instruct)|[A-Z][A-Za-z]*[a-z]?(?:-?\d+(?:\.\d+)?-(?i:moe|base|instruct|chat|coder|thinking|pro|max|mini|flash|nano|lite|turbo|air)"
    r"|-(?:mini|Mini|flash|Flash|nano|lite|Lite|turbo|Turbo)))(?:-[A-Za-z0-9.]*\w)*(?![\w/-])"
)
_FORMS = (
    "-base",
    "-instruct",
    "-chat",
    "-coder",
    "-thinking",
    "-pro",
    "-max",
    "-mini",
    "-flash",
    "-nano",
    "-lite",
    "-turbo",
    "-air",
    "-moe",
    "-small",
    "-medium",
    "-large",
)
# "(vs Qwen 93.29)", "below Qwen 47.75 and Ling 47.49": whoever stands between "vs" and a number
_RIVALS = re.compile(
    r"\b(?:vs\.?|versus|than|below|above|over|behind|near|ties|beats|trails|ahead of) [A-Z][A-Za-z]+[\w.-]* [~≈]?\d{1,2}\.\d"
)
_RIVAL_WORDS = (
    "vs",
    "versus",
    "than ",
    "below ",
    "above ",
    "over ",
    "behind ",
    "near ",
    "ties ",
    "beats ",
    "trails ",
    "ahead of ",
)
_HELD_AGAINST = re.compile(
    r"(?:\b(?:vs\.?|versus|than|below|above|over|behind|near|ties|beats|trails|ahead of)|(?<=\d)%?,?(?: and)?) ([A-Z][A-Za-z]+[\w.-]*)(?= [~≈]?\d{1,2}\.\d+(?:\s?%|\b(?![\w.])))"
)
_NOBODY = re.compile(
    r"(?:the|our|base(?:line)?|instruct|chat|previous|old|new|original|paper|reported|official|greedy|pass|others?|average|random|human|before|sft|rl|no|full|human-?eval\+?|mbpp\+?)\b",
    re.I,
)
_VERB = re.compile(r"reache|score|achieve|hits|gets|attain|obtain")
# no model though it is written as names are: "Fine-tuning reaches 60", "The Chain-of-Thought gets 61"
_TOPIC = re.compile(
    r"(?:ing|ion|ed|ment|shot|Thought|Set|Hub|Lab|Board|AI|Search|Data)(?:$|-)|^(?:Pass|Self|Multi|Few|Zero|In|Pre|Post|Re|Non|State|Human|Open)-"
)
_TAG = re.compile(r"(?<![\w/:.-])([A-Za-z][\w.-]*[\w]):(\d+(?:\.\d+)?[bBmM](?:-[A-Za-z0-9][\w.]*)*)(?![\w:])")
_RUN = re.compile(
    r"(?<![\w.-])([A-Za-z0-9][\w.-]*?)--([A-Za-z0-9][\w.-]*?)(?:_(?:vllm|hf|openai|anthropic|google|bedrock|gptqmodel|ollama))?_temp_\d(?:\.\d+)?(?:\.jsonl)?(?![\w-])"
)
_FILE = re.compile(r"(?<![\w/.-])([A-Za-z][\w.-]*?)\.(?:gguf|safetensors|ggml)\b", re.I)


class OtherNames:
    """Finds such names in plain text."""

    def __init__(self, data: Mapping[str, Any], keys: Iterable[str]) -> None:
        stems = "|".join(_loose(stem) for stem in sorted(data["others"]["stems"], key=len, reverse=True))
        words = "|".join(map(re.escape, data["others"]["words"]))
        # the version may follow the stem after a space, everything later only in the same word or as a known word
        self._pattern = re.compile(
            rf"(?<![\w./@-])(?:{stems})(?![a-z])(?:[\s-]?v?{_VERSION})?"
            rf"(?:-(?:\d[\w.]*\w|\d|(?i:{words})\w*|[A-Z]\d?\+?)|(?i:[\s-]?(?:{words}))(?![\w])|\s[RSLM]\+?(?![\w.]))*(?![\w])"
        )
        self._first = {stem[:2].lower() for stem in data["others"]["stems"]}
        self._before = re.compile(rf"(?<![\w-])(?:{'|'.join(data['others']['before'])})[\s-]$")
        self._after = re.compile(
            rf"[\s-](?:{'|'.join(sorted(data['others']['after'], key=len, reverse=True))})(?![\w]|-\w)"
        )
        self._keys = {key for key in keys if len(key) >= 5}

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where makers' names without a size stand."""
        for match in (
            _MADE_FROM.finditer(text) if "tune" in text or "from" in text or "merged" in text else ()
        ):
            yield match.span()
        if "Coder" in text:
            yield from (match.span() for match in _CODER.finditer(text))
        lower = text.lower() if "-" in text else ""
        if any(form in lower for form in _FORMS):
            yield from (match.span() for match in _FORM.finditer(text) if _TOPIC.search(match[0]) is None)
        if any(word in text for word in _RIVAL_WORDS) and _RIVALS.search(text) is not None:
            yield from (m.span(1) for m in _HELD_AGAINST.finditer(text) if _NOBODY.match(m[1]) is None)
        if _VERB.search(text) is not None:
            yield from (match.span(1) for match in _SCORING.finditer(text) if _TOPIC.search(match[1]) is None)
        for match in self._pattern.finditer(text):
            if (
                match[0].lower()
                not in (
                    "gpt",
                    "nova",
                    "glm",
                    "codex",
                    "gemini",
                    "claude",
                    "minerva",
                    "bloom",
                    "kimi",
                    "codefuse",
                    "ernie",
                    "gopher",
                )
                or match[0][0].isupper()
            ):
                yield match.span()

    def widened(self, text: str, start: int, end: int) -> tuple[int, int]:
        """A known name's extent with the words beside it that make another model."""
        before = self._before.search(text, max(0, start - 20), start)
        while (after := self._after.match(text, end) or _RELEASE.match(text, end)) is not None:
            end = after.end()
        return (before.start() if before else start), end

    def is_derived(self, word: str) -> bool:
        """Does a hyphenated word begin with a whole family's name and say more than size, kind, version and form?"""
        if "-" not in word and "_" not in word:
            return False
        words = parse_name(word).words
        joined = ""
        for index, part in enumerate(words[:-1]):
            joined += part
            if joined in self._keys and index + 1 < len(words):
                return True
        return False


def run_names(text: str) -> Iterator[tuple[int, int, str]]:
    """Files that EvalPlus names after a run, "org--name_vllm_temp_0.0": (start, end, the hub id)."""
    if "--" in text:
        for match in _RUN.finditer(text):
            yield match.start(), match.end(), f"{match[1]}/{match[2]}"


def tags(text: str) -> Iterator[tuple[int, int, str]]:
    """A runner's tags and files of weights: (start, end, the name in the usual form)."""
    if ":" in text:
        for match in _TAG.finditer(text):
            yield match.start(), match.end(), f"{match[1]}-{match[2]}"
    if ".gg" in text or ".safetensors" in text:
        for match in _FILE.finditer(text):
            yield match.start(), match.end(), match[1]


def _loose(stem: str) -> str:
    """A stem whose spaces and hyphens may be either or nothing: "GPT4", "Command-R"."""
    return r"[\s-]?".join(re.escape(part) for part in re.split(r"[\s-]", stem))
