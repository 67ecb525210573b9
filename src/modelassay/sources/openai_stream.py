"""An answer that a server streams (server-sent events), and when its parts came, by the client's clock."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelassay.sources.openai_http import AttemptError, OpenAIConnection


@dataclass(frozen=True)
class StreamTimes:
    """Readings of `time.perf_counter`: when it was asked for, when the first text came, when the stream ended.

    pieces: events with text. prompt_tokens, completion_tokens: as the server counted; None where it did not say.
    """

    asked: float
    first: float
    end: float
    pieces: int
    prompt_tokens: int | None
    completion_tokens: int | None


async def timed_stream(connection: OpenAIConnection, path: str, body: Mapping[str, Any]) -> StreamTimes:
    """Ask once and watch the answer come. An answer without text has its first token when it ends.

    Raises AttemptError, RefusedError.
    """
    asked, first, pieces = time.perf_counter(), None, 0
    usage: Mapping[str, Any] = {}
    ended = False
    async for line in connection.lines(path, body):
        if not line.startswith("data:"):
            continue
        text = line.removeprefix("data:").strip()
        if text == "[DONE]":
            ended = True
            break
        event = _event(text)
        if _has_text(event):
            pieces += 1
            first = first or time.perf_counter()
        usage = event.get("usage") or usage
    end = time.perf_counter()
    if not ended and not pieces:
        raise AttemptError("the answer is no stream of events")
    return StreamTimes(
        asked, first or end, end, pieces, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    )


def _event(text: str) -> Mapping[str, Any]:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AttemptError(f"an event is not JSON: {error}") from error
    if not isinstance(event, dict):
        raise AttemptError("an event is not a JSON object")
    if "error" in event:
        raise AttemptError(f"the server says: {str(event['error'])[:200]}")
    return event


def _has_text(event: Mapping[str, Any]) -> bool:
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return False
    delta = choice.get("delta")
    held = delta if isinstance(delta, dict) else choice
    return any(held.get(key) for key in ("text", "content", "reasoning_content"))


def _count(usage: object, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
