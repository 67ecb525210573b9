"""Rule `reasoning`: what a model thinks before it answers is never the answer.

Known are tags whose name says so (`<think>`, `<seed:think>`, `[THINK]`, `<|START_THINKING|>`, in any case, with
attributes), the few whose name does not, the end tag alone (templates often give the start tag to the model), OpenAI's
harmony channels, with their special tokens or with these lost in decoding, and an end that never comes: then all that
was written is reasoning, and there is no answer.
"""

from __future__ import annotations

import re
from typing import Final

from modelassay.grading.extraction.fences import blocks
from modelassay.grading.extraction.programs import tree_of

_WORD: Final = r"think(?:ing)?|thoughts?|reason(?:s|ing)?|reflect(?:ions?)?|scratch_?pad|analysis|rationale|monologue|deliberation"
_NAME: Final = rf"(?:[\w.:-]*[_.:-])?(?:{_WORD})(?:[_.:-][\w.:-]*)?"
# Start and end that share no name: Gemma, MedGemma, Kimi, Apertus, Open WebUI, Granite 3.
_OTHERS: Final = (
    ("channel", r"<\|channel>thought", r"<channel\|>"),
    ("unused", r"<unused94>", r"<unused95>"),
    ("kimi", r"◁think▷", r"◁/think▷"),
    ("inner", r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),
    ("details", r"<details type=\"reasoning\"[^<>]*>", r"</details>"),
    ("words", r"^Here(?: is|'s) my thought process:", r"^Here(?: is|'s) my response:"),
)
_TAG: Final = re.compile(
    rf"</\s*(?P<close>{_NAME})\s*>|<(?P<open>{_NAME})(?:\s[^<>]*)?>"
    rf"|\[/(?P<close_bracket>{_WORD})\]|\[(?P<open_bracket>{_WORD})\]"
    rf"|<[|｜](?P<special>[^|｜<>\n]*(?:think|thought|reasoning)[^|｜<>\n]*)[|｜]>|"
    + "|".join(f"(?P<open_{name}>{start})|(?P<close_{name}>{end})" for name, start, end in _OTHERS),
    re.IGNORECASE | re.MULTILINE,
)
_FINAL: Final = re.compile(r"<\|channel\|>\s*final(?:[^<]|<\|constrain\|>)*<\|message\|>")
_CHANNEL: Final = re.compile(r"<\|channel\|>\s*(?:analysis|commentary)")
_LOST_TOKENS: Final = re.compile(r"\A\s*(?:assistant)?(?:analysis|commentary).*assistant ?final", re.DOTALL)
_LOST_AND_CUT: Final = re.compile(r"\A(?:assistant)?analysis(?=[A-Z][a-z']*\s)")


class _Place:
    """A tag in a text: where it stands, whether it ends reasoning, and the name that its counterpart has."""

    def __init__(self, found: re.Match[str]) -> None:
        kind = found.lastgroup or ""
        said = found[kind].lower()
        self.start, self.end = found.span()
        if kind == "special":
            self.closes, self.name = said.startswith("/") or "end" in said, "special"
        else:
            self.closes = kind.startswith("close")
            self.name = said if kind in ("open", "close") else kind.partition("_")[2]

    def begins_line(self, text: str) -> bool:
        """Whether nothing but blanks is before it on its line: programs have such tags inside of strings."""
        return not text[text.rfind("\n", 0, self.start) + 1 : self.start].strip()

    def is_in_code(self, text: str) -> bool:
        """Whether it stands between quotes."""
        before = text[text.rfind("\n", 0, self.start) + 1 : self.start]
        after = text[self.end :].partition("\n")[0]
        if text[self.start - 1 : self.start] in ("'", '"') and after[:1] in ("'", '"'):
            return True
        line = (before + text[self.start : self.end] + after).strip()
        return any(tree_of(f"def f():\n {line}{end}") is not None for end in ("", " pass"))


def answers(text: str) -> list[str] | None:
    """What may be the answer, best first; [] where reasoning is all there is; None where there is none."""
    if (harmony := _harmony(text)) is not None:
        return harmony
    tags = [tag for tag in map(_Place, _TAG.finditer(text)) if not tag.is_in_code(text)]
    if tags and ("```" in text or "~~~" in text):
        programs = _programs(text)
        tags = [tag for tag in tags if not any(start <= tag.start < end for start, end in programs)]
    ends = [tag for tag in tags if tag.closes and _is_reasonings(tag, tags)]
    if not ends:
        begun = next((tag for tag in tags if not tag.closes and tag.begins_line(text)), None)
        if begun is None:
            return None
        return [text[: begun.start]] if text[: begun.start].strip() else []
    rest = _before_reasoning(text, ends[-1].end, [tag for tag in tags if tag.start >= ends[-1].end])
    outside = _outside(text, [tag for tag in tags if not tag.closes or tag in ends])
    return [part for part in dict.fromkeys((rest, outside)) if part.strip()]


def _programs(text: str) -> list[tuple[int, int]]:
    """Where fenced blocks stand that are Python and hold a tag: in a comment or text of theirs, since it is no Python."""
    places = []
    for block in blocks(text):
        at = text.find(block)
        if at >= 0 and _TAG.search(block) and tree_of(block) is not None:
            places.append((at, at + len(block)))
    return places


def _harmony(text: str) -> list[str] | None:
    ends = [final.end() for final in _FINAL.finditer(text)]
    if ends:
        return [text[ends[-1] :].split("<|end|>", maxsplit=1)[0].split("<|return|>", maxsplit=1)[0]]
    if _CHANNEL.search(text):
        return []
    lost = _LOST_TOKENS.match(text)
    if lost is not None:
        return [text[lost.end() :]]
    return [] if _LOST_AND_CUT.match(text) else None


def _is_reasonings(end: _Place, tags: list[_Place]) -> bool:
    """Whether an end ends reasoning: `</details>` does only where it was begun as such."""
    if end.name != "details":
        return True
    return any(not tag.closes and tag.name == end.name and tag.start < end.start for tag in tags)


def _before_reasoning(text: str, start: int, tags: list[_Place]) -> str:
    """The text from `start` on, up to where reasoning begins again."""
    begun = next((tag.start for tag in tags if not tag.closes and tag.begins_line(text)), len(text))
    return text[start:begun]


def _outside(text: str, tags: list[_Place]) -> str:
    """All that stands outside of reasoning; before an end without a start everything is reasoning."""
    kept: list[str] = []
    at, inside = 0, ""
    for number, tag in enumerate(tags):
        if tag.closes and inside in ("", tag.name):
            if not inside:
                kept.clear()
            at, inside = tag.end, ""
        elif not tag.closes and not inside:
            ended = any(later.closes and later.name == tag.name for later in tags[number:])
            if ended or tag.begins_line(text):
                kept.append(text[at : tag.start])
                inside = tag.name
    if not inside:
        kept.append(text[at:])
    return "\n".join(kept)
