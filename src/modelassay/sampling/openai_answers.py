"""What a server says: an answer, its own words about a fault, or how long it asks to be left alone."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from modelassay.core.errors import BackendError
from modelassay.core.measured import Completion
from modelassay.sampling.stopping import cut_at
from modelassay.sampling.wording import Wording


@dataclass(frozen=True)
class Question:
    """What is sent for one problem, less the seed; and what is done with the answers."""

    path: str
    body: Mapping[str, Any]
    wording: Wording
    prompt_tokens: int | None


class AttemptError(Exception):
    """An attempt that may be repeated. pause: what the server asked for, in seconds."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


class RefusedError(BackendError):
    """The server will not have this question, however often it is asked."""

    def __init__(self, message: str, *, hint: str, status: int) -> None:
        super().__init__(message, hint=hint)
        self.status = status


@dataclass(frozen=True)
class Answer:
    """What a server wrote, and how many tokens it counted; None for what it does not say."""

    text: str
    finish_reason: Literal["stop", "length"] | None
    prompt_tokens: int | None
    completion_tokens: int | None


def answer_in(said: Mapping[str, Any]) -> Answer:
    """The answer in what a server sent. Raises AttemptError when there is none in it."""
    choices = said.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        raise AttemptError("the answer holds no choices")
    message = choice.get("message")
    text = (
        choice.get("text")
        if "text" in choice
        else message.get("content")
        if isinstance(message, dict)
        else None
    )
    if not isinstance(text, str):
        raise AttemptError("the answer holds no text")
    usage = said.get("usage")
    counts: Mapping[str, Any] = usage if isinstance(usage, dict) else {}
    return Answer(
        text=text,
        finish_reason=_reason(choice.get("finish_reason")),
        prompt_tokens=_count(counts.get("prompt_tokens")),
        completion_tokens=_count(counts.get("completion_tokens")),
    )


def completion_of(problem: str, index: int, question: Question, answer: Answer) -> Completion:
    """The answer as a candidate: cut at every stop text of the protocol, whichever of them the server was given."""
    text, cut = cut_at(answer.text, question.wording.stops)
    return Completion(
        problem=problem,
        index=index,
        text=question.wording.opening + text,
        form=question.wording.form,
        finish_reason="stop" if cut else answer.finish_reason,
        prompt_tokens=question.prompt_tokens or answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
    )


def _reason(written: object) -> Literal["stop", "length"] | None:
    match written:
        case "stop" | "eos_token" | "eos":
            return "stop"
        case "length" | "max_tokens":
            return "length"
    return None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks to wait, when it says so as a number. headers: with any case, or in lower case."""
    with contextlib.suppress(KeyError, ValueError):
        return max(0.0, float(headers["retry-after"]))
    return None


def said(text: str) -> str:
    """The server's own words in the text of a refusal, shortened."""
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    keys = ("error", "message", "detail")
    error = next((body[k] for k in keys if k in body), None) if isinstance(body, dict) else None
    words = error.get("message") if isinstance(error, dict) else error
    return " ".join(str(words or text).split())[:300]
