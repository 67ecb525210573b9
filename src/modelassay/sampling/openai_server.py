"""Sampling from any server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, TGI, …

With the model's tokenizer at hand prompts are rendered here and sent as token ids, so that template and BOS
are ours; without it, or where the server takes no ids, text is sent, and chat goes through the server's own template,
which is said aloud. One short question at the start finds out what the server takes.
Sample i of a problem has the problem's seed + i, in a request of its own or, where the server is seen to draw the same
that way, in one request with its neighbours: a request costs a server more than the samples of a small model do.
"""

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from modelassay.core.decoding import ServerProbe
from modelassay.core.errors import BackendError
from modelassay.core.measured import BatchTiming, Completion, SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.openai_places import Places, neighbours
from modelassay.sampling.openai_requests import Asking
from modelassay.sampling.openai_responses import COUNTED, Answer, answer_in, answers_in, completion_of
from modelassay.sampling.rendering import Rendered
from modelassay.sampling.sampler import Batch, Wanted
from modelassay.sampling.server_handshake import Handshake
from modelassay.sources.openai_http import OpenAIConnection, Patience

T = TypeVar("T")


@dataclass(frozen=True)
class Endpoint:
    """Where a server is and how it may be used.

    address: of the API, with or without `/v1`. model: as the server calls it. concurrency: samples under
    way at once, each in a request of its own; those that share a request count half, so that there are up to twice as many.
    """

    address: str
    model: str
    api_key: str = ""
    concurrency: int = 16
    patience: Patience = field(default_factory=Patience)


class OpenAISampler:
    """A server, ready to sample one plan. A context manager: entering it asks the server what it takes, leaving it
    drops what is under way and closes the connections.

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
        self._connection: OpenAIConnection | None = None
        self._note = note
        self._asking = Asking(endpoint.model, plan, problems, tokenizer, stop_ids, shots)
        self._request_format = next(self._asking.request_formats())
        self._fields: Mapping[str, Any] = {}
        self._at_once = 1
        self.probe: ServerProbe | None = None

    @property
    def rendered(self) -> Mapping[str, Rendered]:
        """What is sent, by problem; settled once the sampler is entered."""
        return self._asking.rendered(self._request_format)

    # --- coming and going ---------------------------------------------------------------------------
    def __enter__(self) -> Self:
        """Requests live in an event loop on a thread of their own, where they can be dropped at any moment."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ask", daemon=True)
        self._thread.start()
        self._places = Places(self._concurrency)
        try:
            self._connection = OpenAIConnection(
                self.endpoint.address, api_key=self.endpoint.api_key, patience=self.endpoint.patience,
                connections=self._concurrency,
            )  # fmt: skip
            settled = self._start(Handshake(self._connection, self._asking, self.plan).settle()).result()
            self._request_format, self._fields, self.probe = (
                settled.request_format,
                settled.fields,
                settled.probe,
            )
            self._at_once = min(self.probe.samples_per_request, 2 * self._concurrency)
            for limit in self.probe.limits:
                self._note(limit)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        self._start(self._drop_all()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _drop_all(self) -> None:
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    def _start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def seed(self, problem: str, index: int) -> int:
        """30 bits that depend on plan and problem alone, and the index: what n samples of one request are drawn from, too."""
        digest = hashlib.sha256(f"{self.plan.hash}\0{problem}".encode()).digest()
        return (int.from_bytes(digest[:4], "big") >> 2) + index

    # --- the interface ------------------------------------------------------------------------------
    def sample(self, wanted: Sequence[Wanted]) -> Iterator[Batch]:
        """The wanted samples. Where the server fails for good, or Ctrl-C is pressed, what it gave so far comes first."""
        got: dict[str, list[Completion]] = {want.problem: [] for want in wanted}
        missing = {want.problem: len(want.indices) for want in wanted}
        tasks = ((w.problem, group) for w in wanted for group in neighbours(w.indices, self._at_once))
        since = time.perf_counter()
        try:
            for result in self._results(tasks):
                got[result.problem].append(result)
                missing[result.problem] -= 1
                if not missing[result.problem]:
                    now = time.perf_counter()
                    yield _batch(result.problem, got.pop(result.problem), now - since)
                    since = now
        except (BackendError, KeyboardInterrupt):
            for problem, completions in got.items():
                if completions:
                    yield _batch(problem, completions, None)
            raise

    def _results(self, tasks: Iterator[tuple[str, range]]) -> Iterator[Completion]:
        """Answers as they come, with a bounded number of questions under way, so that memory stays flat."""
        under_way: set[Future[list[Completion]]] = set()
        exhausted = False
        try:
            while under_way or not exhausted:
                while len(under_way) < 2 * self._concurrency and not exhausted:
                    task = next(tasks, None)
                    if task is None:
                        exhausted = True
                    else:
                        under_way.add(self._start(self._group(*task)))
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                failures = [future for future in done if future.exception() is not None]
                for future in done - set(failures):
                    yield from future.result()
                for future in failures:
                    future.result()
        finally:
            for future in under_way:
                future.cancel()

    # --- one request -------------------------------------------------------------------------------
    async def _group(self, problem: str, indices: range) -> list[Completion]:
        """The samples of neighbouring indices, asked for until there is an answer, or patience ends. Raises BackendError,
        RefusedError.
        """
        assert self._connection is not None
        question = self._asking.question(problem, self._request_format, self._fields)
        body = {**question.body, "seed": self.seed(problem, indices[0])}
        read: Callable[[dict[str, Any]], list[Answer]] = _alone
        if len(indices) > 1:
            body |= {"n": len(indices), **COUNTED}
            read = partial(answers_in, count=len(indices))
        async with self._places.held((len(indices) + 1) // 2):
            answers = await self._connection.insist(question.path, body, problem, read)
        return [completion_of(problem, i, question, a) for i, a in zip(indices, answers, strict=True)]


def _alone(said: dict[str, Any]) -> list[Answer]:
    return [answer_in(said)]


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
