"""What is asked of a server for one problem, and the sample in its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from modelassay.core.measured import Completion
from modelassay.sampling.prompt_text import PromptText
from modelassay.sampling.stop_texts import cut_at, whole_letters
from modelassay.sources.openai_http import AttemptError, first_choice, text_in

# Asked for with several samples at once, whose `usage` is their sum: the tokens of each, which vLLM gives by this name.
COUNTED: Final[Mapping[str, object]] = {"return_token_ids": True}


@dataclass(frozen=True)
class Question:
    """What is sent for one problem, less the seed; and what is done with the answers."""

    path: str
    body: Mapping[str, Any]
    prompt: PromptText
    prompt_tokens: int | None


@dataclass(frozen=True)
class Answer:
    """What a server wrote, and how many tokens it counted; None for what it does not say."""

    text: str
    finish_reason: Literal["stop", "length"] | None
    prompt_tokens: int | None
    completion_tokens: int | None


def answer_in(said: Mapping[str, Any]) -> Answer:
    """The answer in what a server sent. Raises AttemptError when there is none in it."""
    choice, text = first_choice(said), text_in(said)
    usage = said.get("usage")
    counts: Mapping[str, Any] = usage if isinstance(usage, dict) else {}
    return Answer(
        text=text,
        finish_reason=_reason(choice.get("finish_reason")),
        prompt_tokens=_count(counts.get("prompt_tokens")),
        completion_tokens=_count(counts.get("completion_tokens")),
    )


def answers_in(said: Mapping[str, Any], count: int) -> list[Answer]:
    """The answers to a question with n = count and `COUNTED`, in the order of their seeds. Raises AttemptError unless all are there."""
    choices = said.get("choices")
    ordered: dict[object, Mapping[str, Any]] = {}
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict):
            ordered[choice.get("index")] = choice
    if set(ordered) != set(range(count)):
        raise AttemptError(f"{count} samples were asked for in one request, and other choices came")
    usage = said.get("usage")
    shared = {k: v for k, v in usage.items() if k == "prompt_tokens"} if isinstance(usage, dict) else {}
    answers = [answer_in({"choices": [ordered[i]], "usage": shared}) for i in range(count)]
    return [replace(a, completion_tokens=_length(ordered[i].get("token_ids"))) for i, a in enumerate(answers)]


def _length(tokens: object) -> int | None:
    return len(tokens) if isinstance(tokens, list) else None


def completion_of(problem: str, index: int, question: Question, answer: Answer) -> Completion:
    """The answer as a sample: cut at every stop text of the protocol, whichever of them the server was given."""
    text, cut = cut_at(whole_letters(answer.text, answer.finish_reason), question.prompt.stops)
    return Completion(
        problem=problem,
        index=index,
        text=question.prompt.opening + text,
        form=question.prompt.form,
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
