"""Rule `markers`: tags that prompts ask for or that families write around a program.

`[BEGIN]` and `[DONE]` are those of MBPP's three-shot prompt, `[PYTHON]` those of CodeLlama's; `<answer>` and
`<|begin_of_solution|>` come with models that reason; `<code>` and `BEGIN SOLUTION` with DS-1000's form.
"""

from __future__ import annotations

import re
from typing import Final

_PAIRS: Final = (
    ("[PYTHON]", "[/PYTHON]"),
    ("[CODE]", "[/CODE]"),
    ("[ANSWER]", "[/ANSWER]"),
    ("[SOLUTION]", "[/SOLUTION]"),
    ("<python>", "</python>"),
    ("<code>", "</code>"),
    ("<solution>", "</solution>"),
    ("<answer>", "</answer>"),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("[BEGIN]", "[DONE]"),
    ("BEGIN SOLUTION", "END SOLUTION"),
)
_QUOTES: Final = ("'", '"')  # in which OpenCompass's three shots put the program
# Ends whose start the prompt gave, as MBPP's three shots do.
_LONE_ENDS: Final = ("[DONE]", "END SOLUTION")
# The same, where harnesses that print the tag do not cut it: published verdicts on such answers are failures, so these
# are cut on request only (rule `lone-end-tag`), and a summary says what that would change.
_UNCUT_ENDS: Final = ("[/PYTHON]", "[/CODE]", "</code>", "</python>")


def enclosed(text: str, *, lone: bool) -> list[str]:
    """What stands between the tags, in the order in which it is to be tried. lone: with those of `lone-end-tag`."""
    found = []
    for start, end in _PAIRS:
        opened = _places(text, start)
        closed = _places(text, end)
        for at in opened:
            stop = next((c for c in closed if c > at), len(text))
            found.append((at, text[at + len(start) : stop].lstrip("\n")))
    ends = _LONE_ENDS + _UNCUT_ENDS if lone else _LONE_ENDS
    starts = {end: start for start, end in _PAIRS}
    begun: list[str] = []
    ended: list[str] = []
    for end in ends:
        if places := _places(text, end):
            # Where the prompt gave the start, what follows the end is the model's next problem.
            first = starts[end] in text and starts[end] not in text[: places[0]]
            (begun if first else ended).append(text[: places[0]])
    parts = [*begun, *(part for _, part in sorted(found)), *ended]
    quoted = [bare[1:-1] for p in parts if (bare := p.strip())[:1] in _QUOTES and bare[-1:] == bare[0]]
    return [p for p in dict.fromkeys((*parts, *quoted)) if p.strip()]


def _places(text: str, tag: str) -> list[int]:
    """Where the tag begins or ends a line, outside of comments and quotes: programs handle such texts, too."""
    pattern = rf"(?m)^[ \t]*(?:{re.escape(tag)})|^[ \t]*['\"][ \t]*(?:{re.escape(tag)})(?!['\"])|(?<![\"'])(?:{re.escape(tag)})[ \t]*$"
    places = []
    for match in re.finditer(pattern, text):
        at = text.index(tag, match.start())
        if "#" not in text[text.rfind("\n", 0, at) + 1 : at]:
            places.append(at)
    return places
