"""JSON of anything that a model or a note may have written, lone surrogates included."""

from typing import Any

import msgspec


def whole(text: str) -> str:
    """Text that UTF-8 can carry: halves of surrogate pairs are joined, lone ones become U+FFFD."""
    if text.isascii():  # nearly always, and ten times as fast
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def encode_json(content: Any) -> bytes:
    """`msgspec.json.encode`, but text that UTF-8 cannot carry is made whole instead of refused."""
    try:
        return msgspec.json.encode(content)
    except UnicodeEncodeError:
        return msgspec.json.encode(_whole(msgspec.to_builtins(content)))


def _whole(content: Any) -> Any:
    """Plain data with every text in it, keys included, made whole."""
    if isinstance(content, str):
        return whole(content)
    if isinstance(content, dict):
        return {_whole(k): _whole(v) for k, v in content.items()}
    return [_whole(v) for v in content] if isinstance(content, list) else content
