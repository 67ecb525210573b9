"""Rule `reasoning`: what a model thinks before it answers is never the answer.

Known are the tags that chat templates and model families write around it, the end tag alone (templates often give the
start tag to the model), OpenAI's harmony channels, with their special tokens or with these lost in decoding, and an
end that never comes: then all that was written is reasoning, and there is no answer.
"""

from __future__ import annotations

import re
from typing import Final

# Start and end of reasoning, as the families write them: DeepSeek-R1, Qwen3, GLM and others; distilled and tuned
# models; Mistral's Magistral; ByteDance's Seed-OSS; Kimi; OpenThinker and Sky-T1; EXAONE; MedGemma; Gemma.
TAGS: Final = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<scratchpad>", "</scratchpad>"),
    ("[THINK]", "[/THINK]"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|thinking|>", "<|/thinking|>"),
    ("<unused94>", "<unused95>"),
    ("<|channel>thought", "<channel|>"),
)
_FINAL: Final = re.compile(r"<\|channel\|>\s*final[^<]*<\|message\|>")
_CHANNEL: Final = re.compile(r"<\|channel\|>\s*(?:analysis|commentary)")
_LOST_TOKENS: Final = re.compile(
    r"\A(?:assistant)?(?:analysis|commentary)[A-Z\s].*?assistantfinal", re.DOTALL
)
_LOST_AND_CUT: Final = re.compile(r"\A(?:assistant)?analysis(?=[A-Z][a-z']*\s)")


def answers(text: str) -> list[str] | None:
    """What may be the answer, best first; [] where reasoning is all there is; None where there is none."""
    if (harmony := _harmony(text)) is not None:
        return harmony
    for start, end in TAGS:
        if _stands_out(text, end):
            return _after_tags(text, start, end)
        if (at := _opening(text, start)) is not None:
            before = text[:at]
            return [before] if before.strip() else []
    return None


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


def _after_tags(text: str, start: str, end: str) -> list[str]:
    """What follows the last end, then all that stands outside of any; [] where reasoning begins again and goes on."""
    last = text.rindex(end) + len(end)
    rest = text[last:]
    if (again := _opening(rest, start)) is not None:
        rest = rest[:again]
    outside = re.sub(rf"{re.escape(start)}.*?{re.escape(end)}", "\n", text, flags=re.DOTALL)
    if end in outside:  # the first end without a start: all before it is reasoning
        outside = outside.rpartition(end)[2]
    if (open_at := _opening(outside, start)) is not None:
        outside = outside[:open_at]
    return [part for part in dict.fromkeys((rest, outside)) if part.strip()]


def _opening(text: str, start: str) -> int | None:
    """Where reasoning begins: at the start of a line, since programs have such tags inside of strings."""
    found = re.search(rf"(?m)^[ \t]*{re.escape(start)}", text)
    return None if found is None else found.start()


def _stands_out(text: str, end: str) -> bool:
    """Whether the end tag is there and outside of quotes."""
    at = text.rfind(end)
    return at >= 0 and not (
        text[at - 1 : at] in ("'", '"') and text[at + len(end) : at + len(end) + 1] in ("'", '"')
    )
