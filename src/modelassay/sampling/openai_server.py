"""Sampling from any server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, TGI, …

With the model's tokenizer at hand prompts are rendered here and sent as token ids, so that template and BOS
are ours; without it text is sent, and chat goes through the server's own template, which is said aloud.
Every candidate is a request of its own with its own seed; servers with prefix caching read a prompt once.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from modelassay.core.errors import BackendError
from modelassay.core.measured import BatchTiming, Completion, Problem, SamplingPlan
from modelassay.sampling.openai_answers import Question, completion_in
from modelassay.sampling.protocols import PromptProtocol, find_protocol
from modelassay.sampling.rendering import Rendered, render, unrendered
from modelassay.sampling.sampler import Batch, Wanted
from modelassay.sampling.wording import Wording, word
from modelassay.sources.openai_http import OpenAIConnection, Patience


@dataclass(frozen=True)
class Endpoint:
    """Where a server is and how it may be used.

    address: of the API, with or without `/v1`. model: as the server calls it. concurrency: requests under
    way at once.
    """

    address: str
    model: str
    api_key: str = ""
    concurrency: int = 16
    patience: Patience = field(default_factory=Patience)


class OpenAISampler:
    """A server, ready to sample one plan. A context manager: leaving it closes the connections.

    tokenizer: the model's own, if it is at hand; stop_ids: its end tokens. note: told what a person should
    know. Raises BackendError, InputError.
    """

    device = "server"
    dtype = "server"

    def __init__(
        self,
        endpoint: Endpoint,
        plan: SamplingPlan,
        problems: Mapping[str, Problem],
        *,
        tokenizer: Any = None,
        stop_ids: Sequence[int] = (),
        shots: Sequence[Problem] = (),
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        if plan.decoding is None:
            raise BackendError("a plan without decoding cannot be sampled", hint="replay it")
        self.plan, self.endpoint = plan, endpoint
        self._concurrency = endpoint.concurrency
        self._decoding = plan.decoding
        self._stopping = threading.Event()
        self._connection = OpenAIConnection(
            endpoint.address, api_key=endpoint.api_key, patience=endpoint.patience,
            connections=endpoint.concurrency,
        )  # fmt: skip
        self.rendered: dict[str, Rendered] = {}
        self._questions = self._ask_how(problems, tokenizer, stop_ids, shots, note)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    # --- what is sent -------------------------------------------------------------------------------
    def _ask_how(
        self,
        problems: Mapping[str, Problem],
        tokenizer: Any,
        stop_ids: Sequence[int],
        shots: Sequence[Problem],
        note: Callable[[str], None],
    ) -> dict[str, Question]:
        protocol = find_protocol(self.plan.protocol)
        if tokenizer is None:
            _warn(protocol, note)
        questions = {}
        for name in self.plan.problems:
            wording = word(protocol, problems[name], shots)
            if tokenizer is None:
                self.rendered[name] = unrendered(wording, name)
            else:
                self.rendered[name] = render(
                    protocol, problems[name], tokenizer, stop_ids=stop_ids, shots=shots
                )
            token_ids = None if tokenizer is None else self.rendered[name].token_ids
            questions[name] = self._question(wording, token_ids, chat=protocol.chat)
        return questions

    def _question(self, wording: Wording, token_ids: tuple[int, ...] | None, *, chat: bool) -> Question:
        sent: dict[str, Any]
        if token_ids is not None:
            path, sent = "/v1/completions", {"prompt": list(token_ids)}
        elif chat:
            path, sent = "/v1/chat/completions", {"messages": [{"role": "user", "content": wording.text}]}
        else:
            path, sent = "/v1/completions", {"prompt": wording.text}
        count = None if token_ids is None else len(token_ids)
        return Question(path, {**sent, **self._settings(wording)}, wording, count)

    def _settings(self, wording: Wording) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "model": self.endpoint.model,
            "temperature": self._decoding.temperature,
            "top_p": self._decoding.top_p,
            "max_tokens": self._decoding.max_tokens,
            "n": 1,
            "stream": False,
        }
        return {**settings, "stop": list(wording.stops)} if wording.stops else settings

    def seed(self, problem: str, index: int) -> int:
        """31 bits that depend on plan, problem and index alone."""
        digest = hashlib.sha256(f"{self.plan.hash}\0{problem}\0{index}".encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1

    # --- the interface ------------------------------------------------------------------------------
    def sample(self, wanted: Sequence[Wanted]) -> Iterator[Batch]:
        """The wanted candidates. When the server fails for good, what it gave so far comes first, then the error."""
        self._stopping.clear()
        got: dict[str, list[Completion]] = {want.problem: [] for want in wanted}
        missing = {want.problem: len(want.indices) for want in wanted}
        tasks = ((want.problem, index) for want in wanted for index in want.indices)
        pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="ask")
        since = time.perf_counter()
        try:
            for result in self._results(pool, tasks):
                got[result.problem].append(result)
                missing[result.problem] -= 1
                if not missing[result.problem]:
                    now = time.perf_counter()
                    yield _batch(result.problem, got.pop(result.problem), now - since)
                    since = now
        except BackendError:
            for problem, completions in got.items():
                if completions:
                    yield _batch(problem, completions, None)
            raise
        finally:
            self._stopping.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _results(self, pool: ThreadPoolExecutor, tasks: Iterator[tuple[str, int]]) -> Iterator[Completion]:
        """Answers as they come, with a bounded number of questions under way, so that memory stays flat."""
        under_way: set[Future[Completion]] = set()
        exhausted = False
        while under_way or not exhausted:
            while len(under_way) < 2 * self._concurrency and not exhausted:
                task = next(tasks, None)
                if task is None:
                    exhausted = True
                else:
                    under_way.add(pool.submit(self._candidate, *task))
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            failures = [future for future in done if future.exception() is not None]
            yield from (future.result() for future in done if future.exception() is None)
            for future in failures:
                future.result()

    # --- one candidate --------------------------------------------------------------------------------
    def _candidate(self, problem: str, index: int) -> Completion:
        """Ask until there is an answer, or patience ends. Raises BackendError."""
        question = self._questions[problem]
        body = {**question.body, "seed": self.seed(problem, index)}
        return self._connection.insist(
            lambda: completion_in(problem, index, question, self._connection.post(question.path, body)),
            problem,
            self._stopping.wait,
        )


def _warn(protocol: PromptProtocol, note: Callable[[str], None]) -> None:
    """Say what is out of our hands without a tokenizer. Raises BackendError where that is too much."""
    if protocol.prefill:
        raise BackendError(
            f"protocol {protocol.name} opens the answer, which a chat server does not take",
            hint="give the model's folder, so that prompts are rendered here, or use the protocol chat",
        )
    whose = (
        "the server's own chat template and BOS apply" if protocol.chat else "the server decides on the BOS"
    )
    note(f"no tokenizer at hand: {whose}, which cannot be checked here")


def _batch(problem: str, completions: list[Completion], seconds: float | None) -> Batch:
    """seconds: since the batch before, so that a run's batches add up to its wall time; None: not measured."""
    ordered = tuple(sorted(completions, key=lambda completion: completion.index))
    timing = None
    if seconds is not None and all(c.completion_tokens is not None for c in ordered):
        timing = BatchTiming(
            problem=problem,
            candidates=len(ordered),
            completion_tokens=sum(c.completion_tokens or 0 for c in ordered),
            wall_seconds=seconds,
        )
    return Batch(problem=problem, completions=ordered, timing=timing)
