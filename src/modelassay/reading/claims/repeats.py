"""A block that stands in a document again, letter for letter and under the same headings, says the same again.

Long documents repeat themselves: the same row, note or paragraph below each of many models, logs, pages joined into
one. What a block said the first time is filed again at its new lines instead of being read again.
"""

from collections.abc import Callable, Hashable

from modelassay.reading.claims.claims_draft import ClaimsDraft, Filed


class Repeats:
    """What each block of one document said, by everything that its reading depends on."""

    def __init__(self, draft: ClaimsDraft) -> None:
        self._draft = draft
        self._said: dict[Hashable, tuple[int, Filed]] = {}

    def read(self, key: Hashable, line: int, read: Callable[[], None]) -> None:
        """Read a block that begins at `line`, or file again what the same block said elsewhere."""
        known = self._said.get(key)
        if known is not None and known[0] != line:
            self._draft.repeat(known[1], line - known[0])
            return
        before = self._draft.mark()
        read()
        filed = self._draft.filed_since(before)
        if filed is not None:
            self._said[key] = line, filed
