"""The program of an answer whose grade says how it was found: the same as `extract`'s, mostly without parsing."""

from typing import Final

from modelassay.grading.extraction.extract import DEFAULT, extract
from modelassay.grading.extraction.fences import blocks, loose_blocks
from modelassay.grading.extraction.programs import Program, is_code, preamble

_FENCES: Final = ("```", "~~~")


class FoundAgain:
    """Answers to one problem. rules: those of the run, for what no grade names the rule of."""

    def __init__(self, prompt: str, entry_point: str, rules: frozenset[str] = DEFAULT) -> None:
        self._prompt, self._entry_point, self._rules = prompt, entry_point, rules
        self._code = prompt if is_code(prompt, entry_point) else ""
        self._head = preamble(self._code, entry_point)

    def program(self, text: str, form: str, how: str) -> Program:
        """The program. how: as the grade names it, "" where there is none."""
        source = self._only_reading(text, how) if form == "unknown" and self._entry_point else None
        if source is not None:
            return Program(source, how)
        return extract(self._prompt, self._entry_point, text, form, self._rules)

    def _only_reading(self, text: str, how: str) -> str | None:
        """What is found by a rule where it gives one reading of such a text, None where it may give several."""
        if "\r" in text or text.startswith("\ufeff") or "__future__" in text:
            return None
        fenced = any(fence in text for fence in _FENCES)
        if how == "after-prompt" and self._code and not fenced:
            return self._code + text
        if how == "whole-program":
            return self._head + text
        if how == "fence" and fenced:
            there = [block for block in blocks(text) if block.strip()]
            if len(there) == 1 and not any(b.strip() and b not in there for b in loose_blocks(text)):
                return self._head + there[0]
        return None
