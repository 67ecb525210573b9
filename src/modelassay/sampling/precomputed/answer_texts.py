"""An answer as others keep it: a text, a chat message or several, a server's choices, null, or a list of such.

What a message says is its content, or, where it has none and calls tools, what it hands to them, as JSON: extraction's rule
`tool-call` looks into that. Reasoning that is kept apart (`reasoning_content`, `thinking` parts) is no answer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_ANSWERERS: Final = ("assistant", "model", "ai", "gpt", "chatgpt", "bot")  # and ShareGPT's
_TEXT_PARTS: Final = ("text", "output_text")
MESSAGE_KEYS: Final = ("role", "content")


class UnreadableError(ValueError):
    """A value that cannot be an answer, and why."""


@dataclass(frozen=True)
class Answer:
    """One answer; null where the file holds none. ended: why it ended, as OpenAI's protocol has it."""

    text: str
    null: bool = False
    ended: str | None = None


def answers_in(value: object) -> list[Answer]:
    """The answers of one value: of a list of texts or conversations each, of a conversation its last one.

    Raises UnreadableError.
    """
    if (
        isinstance(value, list)
        and len(value) == 1
        and isinstance(value[0], list)
        and all(isinstance(v, str) for v in value[0])
    ):
        value = value[0]  # as lm-evaluation-harness keeps responses
    if isinstance(value, list) and not _is_conversation(value) and not _is_parts(value):
        if not value:
            return []
        return [_one(item) for item in value]
    if isinstance(value, Mapping) and isinstance(value.get("choices"), list):
        return [_choice(choice) for choice in value["choices"]]
    if isinstance(value, Mapping) and isinstance(value.get("output"), list):
        return [_responded(value["output"])]
    return [_one(value)]


def _responded(items: list[Any]) -> Answer:
    """What a response of OpenAI's Responses API says: its messages, or, where it has none, what it hands to tools."""
    found = [item for item in items if isinstance(item, Mapping)]
    said = [part for item in found if item.get("type") == "message" for part in item.get("content") or []]
    if said:
        return _one(said)
    calls = [item for item in found if item.get("type") == "function_call"]
    return Answer(json.dumps(calls)) if calls else Answer("", null=True)


def _one(value: object) -> Answer:
    match value:
        case None:
            return Answer("", null=True)
        case str():
            return Answer(value)
        case list() if _is_conversation(value):
            said = [m for m in value if m.get("role", m.get("from")) in _ANSWERERS]
            if not said:
                raise UnreadableError(
                    "a conversation without an answer: none of its messages is the assistant's"
                )
            return _message(said[-1], said[-1].get("content", said[-1].get("value")))
        case list() if _is_parts(value):
            text = "".join(p.get("text") or "" for p in value if p.get("type") in _TEXT_PARTS)
            used = [p.get("input") for p in value if p.get("type") == "tool_use"]
            return Answer(text if text.strip() or not used else json.dumps(used))
        case {"parts": list(parts)}:
            said = [p for p in parts if isinstance(p, Mapping) and not p.get("thought")]
            return Answer("".join(p["text"] for p in said if isinstance(p.get("text"), str)))
        case {"message": dict()} | {"text": str()} | {"content": _}:
            return _choice(value)
    raise UnreadableError(f"is not a text but {_kind(value)}")


def _message(message: Mapping[str, Any], content: object) -> Answer:
    """A message by its content, or by what it hands to tools."""
    found = _one(content)
    calls = message.get("tool_calls")
    if found.text.strip() or not isinstance(calls, list) or not calls:
        return found
    return Answer(json.dumps(calls))


def _choice(value: object) -> Answer:
    """A server's choice, or a single message."""
    if not isinstance(value, Mapping):
        return _one(value)
    inner = value.get("message", value)
    if not isinstance(inner, Mapping):
        return _one(inner)
    found = _message(inner, inner["content"] if "content" in inner else inner.get("text"))
    ended = value.get("finish_reason", value.get("stop_reason"))
    return Answer(found.text, found.null, ended if isinstance(ended, str) else None)


def _is_conversation(value: list[Any]) -> bool:
    return bool(value) and all(
        isinstance(m, Mapping) and ("role" in m or {"from", "value"} <= m.keys()) for m in value
    )


def _is_parts(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(p, Mapping) and "type" in p and "role" not in p for p in value)


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return f"an object with the keys {', '.join(sorted(map(str, value)))[:80]}"
    return type(value).__name__
