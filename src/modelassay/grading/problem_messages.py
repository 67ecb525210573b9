"""A problem on its way to a test runner: the texts of large tests go in pieces, so that no second copy of all of them is made.

Loaded by both sides. Messages are tuples, as boundary/wire.py frames them: any number of `texts`, then the `problem` without those.
"""

from __future__ import annotations

from modelassay.grading.oracles.stored_texts import StoredTexts

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Final

PIECE: Final = 1 << 20  # characters that are sent at once, and that tests may have to go in one message
_TESTS: Final = ("inputs", "outputs")


def problem_messages(key: int, problem: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """What tells a test runner of a problem."""
    suites = problem.get("suites", ())
    large = {name for name, oracle in suites if _size(oracle) > PIECE}
    for suite, oracle in suites:
        for name in _TESTS if suite in large else ():
            yield from _pieces(suite, name, oracle[name])
    kept = [(n, {**o, **dict.fromkeys(_TESTS)} if n in large else o) for n, o in suites]
    yield "problem", key, {**problem, "suites": kept} if large else problem


def _size(oracle: dict[str, Any]) -> int:
    if oracle["kind"] != "programs":
        return 0
    return sum(len(text) for name in _TESTS for text in oracle[name])


def _pieces(suite: str, name: str, texts: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Texts as messages of their parts, each with whether a text begins with it."""
    parts: list[tuple[bool, str]] = []
    size = 0
    for text in texts:
        for at in range(0, max(len(text), 1), PIECE):
            parts.append((at == 0, text[at : at + PIECE]))
            size += len(parts[-1][1])
            if size >= PIECE:
                yield "texts", suite, name, parts
                parts, size = [], 0
    yield "texts", suite, name, parts


class ArrivingTexts:
    """The other side: texts put together as their parts come."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], StoredTexts] = {}

    def add(self, suite: str, name: str, parts: Sequence[tuple[bool, str]]) -> None:
        """More of the texts of one kind."""
        texts = self._texts.setdefault((suite, name), StoredTexts())
        for begins, part in parts:
            texts.add(part, begins=begins)

    def complete(self, problem: dict[str, Any]) -> dict[str, Any]:
        """The problem with the texts that have come for it; forgets them."""
        suites = [
            (
                suite,
                {
                    **oracle,
                    **{
                        n: self._texts.get((suite, n), ())
                        for n in _TESTS
                        if n in oracle and oracle[n] is None
                    },
                },
            )
            for suite, oracle in problem.get("suites", ())
        ]
        self._texts.clear()
        return {**problem, "suites": suites}
