"""The other words of the trade, found in text: benchmarks, harnesses, sources, metrics, protocol words.

Spellings are data in vocabulary.toml. The longest spelling wins ("MBPP+" before "MBPP"), separators and letter
case do not matter, except for names that are also plain words (MATH, APPS). A programming language, a version or a
window of dates behind a benchmark is part of it: "HumanEval (Java)" is MultiPL-E's. Benchmarks and scales of which
nothing is kept (MT-Bench, AIME, "HumanEval-Mul") are terms, too, so that their numbers are nobody else's.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal

from modelassay.core.published import Protocol
from modelassay.evidence.names import WEIGHT_FORMS
from modelassay.evidence.vocabulary import Vocabulary

_CASE_MATTERS = {
    "MultiPLE",
    "MATH",
    "APPS",
    "BIRD",
    "Spider",
    "Aider",
    "BCB",
    "LCB",
    "ARC-C",
    "ARC-E",
    "HE",
    "HE+",
    "DROP",
    "RACE",
    "RULER",
}
_IN_HEADERS = {"BIRD", "SPIDER", "APPS", "AIDER"}
_SHOTS = re.compile(r"(?<![\w.])(zero|one|two|three|four|five|\d{1,2})[\s-]?shots?\b", re.I)
_EXAMPLES = re.compile(
    r"\b(?:with|given|using|after)\s+(one|two|three|four|five|\d{1,2})\s+(?:in-context\s+)?examples?\b", re.I
)
_NO_EXAMPLES = re.compile(
    r"\b(?:without|no)\s+(?:(?:a single|any|in-context|worked)\s+)*(?:examples?|demonstrations?)\b", re.I
)
_NUMBER_WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_TEMPERATURE = re.compile(r"(?<!\w)(?:T|temp(?:erature)?)\s*(?:=|of|:)?\s*(\d(?:\.\d+)?)(?![\d%])", re.I)
_SAMPLES = re.compile(r"(?<!\w)n\s*=\s*(\d+)|(?<![\w.])(\d+)\s+samples\b", re.I)
_METRIC = re.compile(r"(?<!\w)pass\s?@\s?(\d+|k)\b|(?<!\w)@(\d+)(?![\w.])", re.I)
_QUANTIZATION = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?:UD-)?i?q[2-8](?:_[a-z0-9]+)+|[2-8][\s-]?bits?(?![\w])|{WEIGHT_FORMS})(?![A-Za-z0-9])",
    re.I,
)
_ANYTHING = re.compile(
    r"shot|example|demonstration|greedy|\bT\s*=|temp|\bn\s*=|samples|v0|chat|problem|task|eval|harness|scripts|bit|q\d|awq|gptq|gguf|int[48]|fp8|OpenCompass|python|average|avg",
    re.I,
)
_MEMORY = 20_000  # texts whose benchmarks are kept: documents repeat themselves
_PROBLEMS = re.compile(r"(?<![\w.,])(164|161|974|500|427|399|397|378)\s+(?:problems?|tasks?)\b", re.I)
_LANGUAGE = re.compile(r"\b(python|average|avg)d?\b", re.I)
_VERSIONED = ("multipl-e", "livecodebench")
_WINDOW_INSIDE = re.compile(r"(v\d)$", re.I)
_SET_VERSION = re.compile(r"(?<![\w.])v(0\.[12]\.\d+)\b")


# What people write for a programming language → its name in MultiPL-E's rows of the evidence.
LANGUAGES = {
    "python": "python", "py": "python", "c++": "c++", "cpp": "c++", "java": "java", "php": "php", "typescript": "typescript",
    "ts": "typescript", "c#": "c#", "cs": "c#", "csharp": "c#", "bash": "bash", "sh": "bash", "shell": "bash", "javascript": "javascript",
    "js": "javascript", "go": "go", "golang": "go", "rust": "rust", "rs": "rust", "ruby": "ruby", "rb": "ruby", "kotlin": "kotlin",
    "kt": "kotlin", "swift": "swift", "scala": "scala", "julia": "julia", "jl": "julia", "lua": "lua", "perl": "perl", "pl": "perl",
    "r": "r", "d": "d", "racket": "racket", "rkt": "racket", "haskell": "haskell", "hs": "haskell", "ocaml": "ocaml", "ml": "ocaml",
    "elixir": "elixir", "clojure": "clojure", "dart": "dart",
    "avg": "average", "avg.": "average", "average": "average", "mean": "average",
}  # fmt: skip
_LANGUAGE_NAMES = "|".join(re.escape(name) for name in sorted(LANGUAGES, key=len, reverse=True))
# What must not stand behind a name. "HumanEval" is not found in "HumanEval+", but is in "HumanEval (+5pp)"; "HumanEval +35pp"
# has no plus set. "HumanEval-Mul" is another benchmark; "HumanEval-pass@1" and a language behind a hyphen are not.
_ENDS = r"(?![A-Za-z0-9])"
_NO_WORD = r"(?!\+(?!\d)|\(\+\))(?!-(?!(?i:pass)|(?i:{names})(?![\w]))[A-Za-z])"
_WORD_ENDS = _ENDS + _NO_WORD.replace("{names}", _LANGUAGE_NAMES)
_LEVEL_ENDS = _ENDS + _NO_WORD.replace(
    "{names}", f"{_LANGUAGE_NAMES}|easy|medium|hard"
)  # "LiveCodeBench-Easy"
# "(Java)", "-java", "_cpp"; a full name may follow a space
_LANGUAGE_BEHIND = re.compile(
    rf"\s?\(\s?({_LANGUAGE_NAMES})\s?\)|[-_]({_LANGUAGE_NAMES})(?![\w+#-])"
    r"|\s(C\+\+|C#|Java|JavaScript|TypeScript|PHP|Rust|Kotlin|Swift|Ruby|Scala|Julia|Haskell|Python)(?![\w+#-])",
    re.I,
)
_MBPP_BEHIND = re.compile(r"[\s_-]*\(?MBPP\)?(?![\w+])", re.I)  # MultiPL-E's other half
# "HumanEval 64.6, MBPP 76.9, EvalPlus 65.4": the average of its sets, not a version
_EVALPLUS_NUMBER = re.compile(r"(?<=\d[,;]\s)EvalPlus(?=\s*[:=]?\s*\d{2}\.\d\d?(?![\d.]))")
_ALL_LANGUAGES = re.compile(r"(?<![\w-])multiple_(humaneval|mbpp)(?![\w-])")
_TASK_NAME = re.compile(rf"(?<![\w-])multiple[-_](?:humaneval[-_])?({_LANGUAGE_NAMES})(?![\w+#-])", re.I)
# "v6", "(v5)", "(2024.08-2025.02)", "24.10–25.02": the version or window of LiveCodeBench
_WINDOW_BEHIND = re.compile(
    r"[\s_-]{0,2}[(\[]?\s?((?:release_)?v\d(?:_\d+)?|(?:20)?\d\d[./]?\d\d\s?[-–—~]\s?(?:20)?\d\d[./]?\d\d)\s?[)\]]?(?![\w.%])",
    re.I,
)
_LEVEL_BEHIND = re.compile(
    r"[\s_-]?\(?(easy|medium|hard)\)?(?!\w)", re.I
)  # a third of LiveCodeBench's problems
_AIDER_FORM = re.compile(r"[\s_-]?\(?(whole|diff)\)?(?![\w])", re.I)  # how Aider lets a model edit a file
_OTHER = re.compile(  # names that are built as benchmarks are, whatever they are
    r"(?<![A-Za-z0-9])(?:(?:Human[\s_-]?Eval|MBPP|HE)-(?!pass|plus|based?\b)[A-Za-z]\w*(?:-[A-Za-z]\w*)*"
    r"|(?:Kotlin|Swift|Rust|Java|Verilog|Haskell)-(?:HumanEval|MBPP)"
    r"|[A-Z][A-Za-z0-9]*(?:-[A-Z][A-Za-z0-9]*)*-?(?:Bench|QA|Arena|Eval)(?:-?[A-Z0-9][\w]*)?)(?![A-Za-z0-9])"
)


@dataclass(frozen=True)
class Term:
    """A word of the trade in a text. `name` is canonical; `start` and `end` are offsets in that text.

    version: the language, version or window written with a benchmark. kept: false for a benchmark of which no score
    is filed: it only owns the numbers beside it.
    """

    start: int
    end: int
    name: str
    text: str
    version: str | None = None
    kept: bool = True


class Terms:
    """Finds the vocabulary's terms in text."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._patterns = {kind: _pattern(data[kind]) for kind in ("benchmarks", "harnesses", "sources")}
        others = {name: (name,) for name in data["elsewhere"]["benchmarks"]}
        self._other = _pattern(others)
        self._names = {
            kind: {_plain(s): name for name, spellings in data[kind].items() for s in spellings}
            for kind in ("benchmarks", "harnesses", "sources")
        }
        self._seen: dict[str, list[Term]] = {}
        self._protocols: dict[tuple[str, str, str], Protocol] = {}
        self._kept = frozenset(data["benchmarks"])
        self._known = {spelling for names in self._names.values() for spelling in names}
        self._hint = _hint([*(s for row in data["benchmarks"].values() for s in row), *others])

    @staticmethod
    @lru_cache(maxsize=4)
    def of(vocabulary: Vocabulary) -> "Terms":
        """The terms of a vocabulary, built once."""
        return Terms(vocabulary.data)

    def find(self, kind: Literal["benchmarks", "harnesses", "sources"], text: str) -> list[Term]:
        """All terms of a kind, in order."""
        if kind == "benchmarks":
            seen = self._seen.get(text)
            if seen is None:
                if len(self._seen) > _MEMORY:
                    self._seen.clear()
                seen = self._seen[text] = self._benchmarks(text) if self._hint.search(text) else []
            return seen
        names = self._names[kind]
        return [
            Term(match.start(), match.end(), names[_plain(match[0])], match[0])
            for match in self._patterns[kind].finditer(text)
        ]

    def _benchmarks(self, text: str) -> list[Term]:
        """Where two names begin together the longer one is meant."""
        names = self._names["benchmarks"]
        found = [
            _whole(text, Term(m.start(), m.end(), names[_plain(m[0])], m[0]))
            for m in self._patterns["benchmarks"].finditer(text)
        ]
        for match in _ALL_LANGUAGES.finditer(text) if "multiple_" in text else ():  # evalscope's name of it
            version = "mbpp" if match[1] == "mbpp" else None
            found.append(Term(match.start(), match.end(), "multipl-e", match[0], version))
        for match in _EVALPLUS_NUMBER.finditer(text) if "valPlus" in text else ():
            found.append(Term(match.start(), match.end(), "evalplus-average", match[0]))
        for match in _TASK_NAME.finditer(text) if "multiple" in text.lower() else ():
            found.append(Term(match.start(), match.end(), "multipl-e", match[0], LANGUAGES[match[1].lower()]))
        for pattern in (self._other, _OTHER):
            for match in pattern.finditer(text):
                if _plain(match[0]) not in self._known:
                    name = re.sub(r"[\s_]+", "-", match[0].lower())
                    found.append(Term(match.start(), match.end(), name, match[0], kept=False))
        found.sort(key=lambda term: (term.start, -term.end, not term.kept))
        apart: list[Term] = []
        for term in found:
            if not apart or term.start >= apart[-1].end:
                apart.append(term)
        return apart

    def is_kept(self, benchmark: str) -> bool:
        """Are scores on this benchmark filed?"""
        return benchmark in self._kept

    def whole(self, text: str) -> Term | None:
        """The benchmark that a whole header is, although the word alone names none: "Bird" is BIRD there."""
        name = self._names["benchmarks"].get(_plain(text)) if text.strip().upper() in _IN_HEADERS else None
        return Term(0, len(text), name, text) if name is not None else None

    def benchmark(self, text: str) -> str | None:
        """The one benchmark a short text names ("MBPP Plus" → "mbpp+"), or `None`."""
        term = self.benchmark_term(text)
        return term.name if term is not None else None

    def benchmark_term(self, text: str) -> Term | None:
        """The one benchmark a short text names, with its language or version, or `None`."""
        found = {term.name: term for term in self.find("benchmarks", text) if term.kept}
        return next(iter(found.values())) if len(found) == 1 else None

    def metrics(self, text: str) -> list[Term]:
        """pass@k and "@k", as `pass@1`, `pass@10`, …"""
        return [
            Term(m.start(), m.end(), f"pass@{m[1] or m[2]}".lower(), m[0]) for m in _METRIC.finditer(text)
        ]

    def protocol(self, benchmark: str, text: str, harness_text: str = "") -> Protocol:
        """A benchmark with what the words around it say of the protocol; what they do not say stays unknown."""
        key = benchmark, text, harness_text
        seen = self._protocols.get(key)
        if seen is None:
            if len(self._protocols) > _MEMORY:
                self._protocols.clear()
            seen = self._protocols[key] = self._read_protocol(benchmark, text, harness_text)
        return seen

    def _read_protocol(self, benchmark: str, text: str, harness_text: str) -> Protocol:
        if _ANYTHING.search(text) is None and _ANYTHING.search(harness_text) is None:
            return Protocol(benchmark=benchmark)
        harnesses = self.find("harnesses", harness_text or text)
        shots = _SHOTS.search(text) or _EXAMPLES.search(text)
        temperature = _TEMPERATURE.search(text)
        samples = _SAMPLES.search(text)
        problems = _PROBLEMS.search(text)
        version = _SET_VERSION.search(text) or (_LANGUAGE.search(text) if benchmark == "multipl-e" else None)
        named = self._version_named(benchmark, text)
        greedy = re.search(r"\bgreedy\b", text, re.I) is not None
        chat = re.search(r"\bchat (?:template|prompt|format)|\bchat-formatted", text, re.I) is not None
        return Protocol(
            benchmark=benchmark,
            version=named or (version[1].lower().replace("avg", "average") if version else None),
            problems=int(problems[1]) if problems else None,
            shots=_count(shots[1]) if shots else (0 if _NO_EXAMPLES.search(text) else None),
            samples_per_problem=int(samples[1] or samples[2]) if samples else (1 if greedy else None),
            temperature=float(temperature[1]) if temperature else (0.0 if greedy else None),
            prompt_style="chat" if chat else None,
            harness=harnesses[0].name if harnesses else None,
            quantization=quantization_in(text),
        )

    def _version_named(self, benchmark: str, text: str) -> str | None:
        """The version that a text gives with the benchmark's name."""
        if benchmark not in _VERSIONED:
            return None
        terms = self.find("benchmarks", text)
        return next((term.version for term in terms if term.name == benchmark and term.version), None)


def quantization_in(text: str) -> str | None:
    """The form of a model's weights that a text names ("Q4_K_M", "AWQ", "4-bit"), lower case, or `None`."""
    found = _QUANTIZATION.search(text)
    return re.sub(r"[\s-]+", "", found[0].lower()) if found else None


def _whole(text: str, term: Term) -> Term:
    """A benchmark with the language, version or window that stands right behind it."""
    if term.name == "multipl-e" and (other := _MBPP_BEHIND.match(text, term.end)) is not None:
        return replace(term, end=other.end(), version="mbpp")
    if term.name in ("humaneval", "mbpp", "multipl-e"):
        behind = _LANGUAGE_BEHIND.match(text, term.end)
        if behind is None:
            return term
        language = LANGUAGES[next(filter(None, behind.groups())).lower()]
        own = term.name != "multipl-e" and language in ("python", "average")
        if own and language == "average":
            return term
        kept = own or term.name != "mbpp"
        name = term.name if own else "multipl-e" if kept else f"mbpp-{language}"
        return replace(term, end=behind.end(), name=name, version=None if own else language, kept=kept)
    if term.name == "aider" and (edit := _AIDER_FORM.match(text, term.end)) is not None:
        return replace(term, end=edit.end(), text=text[term.start : edit.end()], version=edit[1].lower())
    if term.name == "livecodebench":
        window = _WINDOW_BEHIND.match(text, term.end) or _WINDOW_INSIDE.search(text, term.start, term.end)
        if window is not None:
            return replace(term, end=max(term.end, window.end()), version=window[1].lower())
        level = _LEVEL_BEHIND.match(text, term.end)
        if level is not None:
            return replace(term, end=level.end(), version=level[1].lower())
    return term


def _hint(spellings: Iterable[str]) -> re.Pattern[str]:
    """A quick look: without any of these beginnings a text names no benchmark."""
    return _any_of(frozenset(_plain(s)[:4] for s in spellings if s not in _CASE_MATTERS))


@lru_cache(maxsize=16)
def _any_of(beginnings: frozenset[str]) -> re.Pattern[str]:
    stems = {stem for stem in beginnings if not any(o != stem and stem.startswith(o) for o in beginnings)}
    loose = "|".join(r"[\s._-]?".join(map(re.escape, stem)) for stem in sorted(stems))
    return re.compile(rf"(?i:{loose}|bench|eval|arena)|{'|'.join(map(re.escape, sorted(_CASE_MATTERS)))}|QA")


def _count(word: str) -> int:
    known = _NUMBER_WORDS.get(word.lower())
    return int(word) if known is None else known


def _plain(text: str) -> str:
    return re.sub(r"[\s._-]+", "", text.lower())


def _pattern(rows: Mapping[str, Iterable[str]]) -> re.Pattern[str]:
    """One pattern for all spellings, longest first; separators are optional where a spelling has one."""
    spellings = {spelling for row in rows.values() for spelling in row}
    return _one_of(tuple(sorted(spellings, key=lambda spelling: (-len(spelling), spelling))))


@lru_cache(maxsize=16)
def _one_of(spellings: tuple[str, ...]) -> re.Pattern[str]:
    """The first of these. Spellings in a row share what must not stand behind them, which is long to compile."""
    branches = []
    for spelling in spellings:
        parts = [re.escape(part) for part in re.split(r"[\s._-]+", spelling) if part]
        # "multiple" is a plain word
        body = (r"[\s._-]" if parts[0].lower() == "multipl" else r"[\s._-]?").join(parts)
        case = "" if spelling in _CASE_MATTERS else "i"
        ends = _WORD_ENDS if spelling[-1].isalnum() else _ENDS
        ends = _LEVEL_ENDS if spelling.startswith(("LiveCodeBench", "LCB")) else ends
        branches.append((case, ends, body))
    groups = [
        f"(?{case}:{'|'.join(body for *_, body in alike)}){ends}"
        for (case, ends), alike in groupby(branches, key=lambda branch: branch[:2])
    ]
    return re.compile(rf"(?<![A-Za-z0-9]){_begins(spellings)}(?:{'|'.join(groups)})")


def _begins(spellings: Iterable[str]) -> str:
    """A look at the first two letters, before any spelling is tried: trying hundreds of them at each word, letter case
    ignored, would be most of the time of reading a text."""
    pairs = {spelling[:2].lower() for spelling in spellings}
    either = ("".join(f"[{re.escape(c + c.upper())}]" if c.isalnum() else "" for c in pair) for pair in pairs)
    return f"(?={'|'.join(sorted(either))})"
