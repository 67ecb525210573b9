"""When an answer ends: at a token that says so, or at a text that the protocol does not want to see."""

from collections.abc import Sequence
from typing import Any

from modelassay.sampling.rendering import decode_after


class StopTexts:
    """Finds stop texts in growing answers without decoding all of them at every token.

    A stop text can only be completed by a token whose own text continues it, so a table over the vocabulary
    says when to look at all. The final cut always looks at the whole answer, so that a tokenizer whose
    pieces do not add up can cost time but never a wrong cut.
    """

    def __init__(self, stops: Sequence[str], tokenizer: Any, *, keep_special: bool = False) -> None:
        self.stops = tuple(stop for stop in stops if stop)
        self._tokenizer, self._keep_special = tokenizer, keep_special
        self._may_end = _completing_tokens(self.stops, tokenizer) if self.stops else frozenset()
        # A token is at least one byte, so a stop text spans at most that many tokens, and one more.
        self._window = max((len(stop.encode()) for stop in self.stops), default=0) + 2

    def ended(self, answer_ids: Sequence[int]) -> bool:
        """Whether a stop text ends within the last token."""
        if not self.stops or answer_ids[-1] not in self._may_end:
            return False
        text = self._tokenizer.decode(
            list(answer_ids[-self._window :]), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        # The window of the answer's beginning may lack the line break that the prompt ends with: a stop text
        # is looked for in the answer alone, as the peers do.
        return any(stop in text for stop in self.stops)

    def cut(self, prompt_ids: Sequence[int], answer_ids: Sequence[int]) -> tuple[str, bool]:
        """The answer's text up to the first stop text, and whether there was one."""
        text = decode_after(prompt_ids, answer_ids, self._tokenizer, keep_special=self._keep_special)
        return cut_at(text, self.stops)


def cut_at(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """The text up to the first stop text, and whether there was one."""
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    return (text[: min(places)], True) if places else (text, False)


def whole_letters(text: str, finish_reason: str | None) -> str:
    """The text of an answer cut at its limit without the half of a letter at its end.

    A letter may lie across tokens. Some servers leave the half out, others write U+FFFD for it: the text must not say
    where it was sampled.
    """
    return text.rstrip("\ufffd") if finish_reason == "length" else text


def _completing_tokens(stops: Sequence[str], tokenizer: Any) -> frozenset[int]:
    """Tokens that may hold the end of a stop text: its text contains one, or begins with a tail of one."""
    tails = tuple({stop[start:] for stop in stops for start in range(len(stop))})
    size = len(tokenizer)
    pieces = tokenizer.batch_decode(
        [[token] for token in range(size)], skip_special_tokens=False, clean_up_tokenization_spaces=False
    )
    return frozenset(
        token
        for token, piece in enumerate(pieces)
        # A piece that cannot be decoded alone (half a character) may be anything; some tokenizers hide the
        # blank before a word when it stands alone.
        if "\ufffd" in piece
        or piece.startswith(tails)
        or f" {piece}".startswith(tails)
        or any(stop in f" {piece}" for stop in stops)
    )
