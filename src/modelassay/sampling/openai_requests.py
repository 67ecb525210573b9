"""How a server is asked: with token ids where it takes them, else with text; with as many stop texts as it takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from modelassay.core.errors import BackendError
from modelassay.core.measured import SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.openai_responses import Question
from modelassay.sampling.prompt_text import PromptText, with_stops, word
from modelassay.sampling.protocols import PromptProtocol, find_protocol
from modelassay.sampling.rendering import Rendered, render, special_texts, unrendered

FEW_STOPS: Final = 4  # what OpenAI's own API takes, and vLLM with it; others take any number
# Sent first where not all can be: what most answers that run on go on with.
_TELLING: Final = ("\n```\n", "[DONE]", "\ndef", "\nif", "\nclass", "\n#", "\nprint", "\nassert")


@dataclass(frozen=True)
class RequestFormat:
    """One way to put the same question. stops: how many stop texts are sent, None for all; answers are cut at all.

    from_prompt: the server finds stop texts that begin in the prompt, too: those that may are not sent. ends: the text
    of end tokens that the server has to be told as stop texts.
    """

    token_ids: bool
    stops: int | None = None
    from_prompt: bool = False
    ends: tuple[str, ...] = ()


class Asking:
    """Every question of a plan, in whichever format.

    tokenizer: the model's own, if it is at hand; stop_ids: its end tokens. Raises BackendError, InputError.
    """

    def __init__(
        self,
        served: str,
        plan: SamplingPlan,
        problems: Mapping[str, Problem],
        tokenizer: Any,
        stop_ids: Sequence[int],
        shots: Sequence[Problem],
    ) -> None:
        assert plan.decoding is not None
        self.protocol: PromptProtocol = find_protocol(plan.protocol)
        self._served, self._decoding, self._tokenizer = served, plan.decoding, tokenizer
        self.stop_ids = tuple(stop_ids)
        more = plan.decoding.stop
        self._prompts: dict[str, PromptText] = {
            name: with_stops(word(self.protocol, problems[name], shots), more) for name in plan.problems
        }
        self._rendered: dict[str, Rendered] | None = None
        if tokenizer is not None:
            self._rendered = {
                name: render(
                    self.protocol, problems[name], tokenizer, stop_ids=stop_ids, shots=shots, stops=more
                )
                for name in plan.problems
            }
            self.stop_ids = next(iter(self._rendered.values())).stop_ids
        elif self.protocol.prefill:
            raise BackendError(
                f"protocol {self.protocol.name} opens the answer, which a chat server does not take",
                hint="give the model's folder, so that prompts are rendered here, or use the protocol chat",
            )

    def request_formats(self) -> Iterator[RequestFormat]:
        """Every format that keeps to the protocol, best first."""
        for token_ids in (True, False):
            if (token_ids and self._rendered is None) or (not token_ids and self.protocol.prefill):
                continue
            yield RequestFormat(token_ids)
            if any(len(prompt.stops) > FEW_STOPS for prompt in self._prompts.values()):
                yield RequestFormat(token_ids, FEW_STOPS)

    def rendered(self, request_format: RequestFormat) -> dict[str, Rendered]:
        """What is sent, by problem."""
        if request_format.token_ids and self._rendered is not None:
            return self._rendered
        return {name: unrendered(prompt, name) for name, prompt in self._prompts.items()}

    def question(self, problem: str, request_format: RequestFormat, fields: Mapping[str, Any]) -> Question:
        """The question of a problem, less its seed. fields: the settings that this server takes beside OpenAI's own."""
        prompt = with_stops(self._prompts[problem], request_format.ends)
        sent: dict[str, Any]
        if request_format.token_ids:
            rendered = self.rendered(request_format)[problem]
            path, sent = "/v1/completions", {"prompt": list(rendered.token_ids)}
            prompt = replace(prompt, opening=rendered.opening)
        elif self.protocol.chat:
            path, sent = "/v1/chat/completions", {"messages": [{"role": "user", "content": prompt.text}]}
        else:
            path, sent = "/v1/completions", {"prompt": prompt.text}
        sent |= {
            "model": self._served,
            "temperature": self._decoding.temperature,
            "top_p": self._decoding.top_p,
            "max_tokens": self._decoding.max_tokens,
            "n": 1,
            "stream": False,
            **fields,
        }
        stops = [s for s in prompt.stops if not (request_format.from_prompt and self._begun(problem, s))]
        if stops:
            sent["stop"] = (
                stops if request_format.stops is None else list(ending_most(stops, request_format.stops))
            )
        count = len(sent["prompt"]) if request_format.token_ids else None
        return Question(path, sent, prompt, count)

    def prompt_tokens(self, problem: str) -> int | None:
        """Of a problem's prompt by the model's own files, in whichever format it is sent; None without them."""
        return None if self._rendered is None else len(self._rendered[problem].token_ids)

    def _begun(self, problem: str, stop: str) -> bool:
        """Whether a stop text may begin with the prompt's last characters; of an unknown template's, blanks are expected."""
        if self._rendered is None and self.protocol.chat:
            return stop[:1].isspace()
        end = self._prompts[problem].text if self._rendered is None else self._rendered[problem].text
        return any(end.endswith(stop[:length]) for length in range(1, len(stop)))

    def special_texts(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Of the model's special tokens: the text of those that end an answer, and of those that a server must leave in
        the text, which are these and all that the plan keeps. Nothing without a tokenizer.
        """
        texts = {} if self._tokenizer is None else special_texts(self._tokenizer)
        ends = tuple(text for at, text in texts.items() if at in self.stop_ids)
        return ends, tuple(texts.values()) if self._decoding.keep_special_tokens else ends

    def remedy(self) -> str:
        """What else to try when a server refuses every format."""
        if not self.protocol.prefill:
            return ""
        return (
            f"; protocol {self.protocol.name} opens the answer, which needs a server that takes token ids: "
            "else choose the protocol chat"
        )

    def limits(self, request_format: RequestFormat) -> Iterator[str]:
        """What a person should know of a format: what is out of our hands, and what costs time."""
        if not request_format.token_ids:
            why = "no tokenizer available" if self._rendered is None else "the server takes no token ids"
            whose = (
                "the server's own chat template and BOS apply"
                if self.protocol.chat
                else "the server decides on the BOS"
            )
            yield f"{why}: {whose}, which cannot be checked here"
        held = {s for name, w in self._prompts.items() for s in w.stops if self._begun(name, s)}
        if request_format.from_prompt and held:
            yield (
                f"the server finds stop texts that begin in the prompt: {len(held)} that may are not sent, answers are cut "
                "at them here, and what it writes beyond them is time lost"
            )
        if request_format.stops is not None:
            yield (
                f"the server takes {request_format.stops} stop texts at most: answers are cut at the protocol's others here, "
                "and what it writes beyond them is time lost"
            )


def ending_most(stops: Sequence[str], most: int) -> tuple[str, ...]:
    """The stop texts that end most answers; those that begin with another of them add nothing."""
    needed = [s for s in stops if not any(s != other and s.startswith(other) for other in stops)]
    rank = {text: place for place, text in enumerate(_TELLING)}
    places = {s: min((rank[t] for t in _TELLING if s.startswith(t)), default=len(_TELLING)) for s in needed}
    return tuple(sorted(needed, key=lambda s: places[s])[:most])
