"""Where the values of a JSON text stand in it.

The text is parsed as usual; its strings and numbers are found once more as tokens, which come in the same order. Both
passes run in C, so a notebook full of pictures costs little.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?', re.S)


@dataclass(frozen=True)
class Leaf:
    """A number or text in a JSON value. path: the keys and indexes that lead to it.

    key_start: where its key begins (its own start in a list); start, end: of the value, quotation marks included.
    """

    path: tuple[str | int, ...]
    value: Any
    key_start: int
    start: int
    end: int


def parse(text: str) -> Any:
    """The value of a JSON text, or `None` when it is none. Raises nothing."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def leaves(text: str, data: Any) -> Iterator[Leaf]:
    """Every number and text of `data`, the value of `text`, with its place, in order."""
    tokens = _TOKEN.finditer(text)
    yield from _walk(data, (), None, tokens)


def _walk(
    node: Any, path: tuple[str | int, ...], key_start: int | None, tokens: Iterator[re.Match[str]]
) -> Iterator[Leaf]:
    if isinstance(node, dict):
        for key, value in node.items():
            token = next(tokens, None)
            if token is None:
                return
            yield from _walk(value, (*path, key), token.start(), tokens)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _walk(value, (*path, index), None, tokens)
    elif isinstance(node, str) or (isinstance(node, int | float) and not isinstance(node, bool)):
        token = next(tokens, None)
        if token is not None:
            begins = token.start() if key_start is None else key_start
            yield Leaf(path, node, begins, token.start(), token.end())
