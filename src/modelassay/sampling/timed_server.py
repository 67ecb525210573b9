"""A server under the clock of its client: every sample is a streamed request, so many of them under way at once."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Final

from modelassay.core.errors import BackendError
from modelassay.core.speed_records import TimedFrom
from modelassay.sampling.openai_server import OpenAISampler
from modelassay.sampling.timeline import Pass, ProblemTimes
from modelassay.sources.openai_http import AttemptError, RefusedError
from modelassay.sources.openai_stream import StreamTimes, timed_stream

_COUNTED: Final[Mapping[str, object]] = {"stream_options": {"include_usage": True}}


class TimedServer(OpenAISampler):
    """A server whose answers are timed. Requests of all problems of a pass queue in order behind `concurrency` places.

    counts_pieces: whether the server says no number of tokens, so that events with text are counted instead.
    """

    timed_from: Final[TimedFrom] = "at the client, over HTTP"
    peak_of: Final = "not seen from the client"
    counts_pieces = False
    _more: Mapping[str, object] = _COUNTED

    @property
    def settings(self) -> dict[str, object]:
        """Where the requests go, and how many at once."""
        return {"endpoint": self.endpoint.address, "requests_at_once": self.endpoint.concurrency}

    def peak_bytes(self) -> int | None:
        """Unknown here."""
        return None

    def run(self, problems: Sequence[str]) -> Pass:
        """All samples of the problems. Raises BackendError where a request fails, for its time would be none."""
        start = time.perf_counter()
        times = self._start(self._all(problems)).result()
        return Pass(time.perf_counter() - start, times)

    async def _all(self, problems: Sequence[str]) -> tuple[ProblemTimes, ...]:
        each = range(self.plan.samples_per_problem or 0)
        tasks = [asyncio.create_task(self._one(problem, index)) for problem in problems for index in each]
        try:
            streams = iter(await asyncio.gather(*tasks))
        except BaseException:
            for task in tasks:
                task.cancel()
            raise
        return tuple(self._times(problem, [next(streams) for _ in each]) for problem in problems)

    async def _one(self, problem: str, index: int) -> StreamTimes:
        question = self._asking.question(problem, self._request_format, self._fields)
        body = {**question.body, "seed": self.seed(problem, index), "stream": True}
        assert self._connection is not None
        async with self._places.held():
            more = self._more
            try:
                try:
                    return await timed_stream(self._connection, question.path, {**body, **more})
                except RefusedError:
                    if not more:
                        raise
                    self._more = {}  # it does not know the setting that asks for the number of tokens
                    return await timed_stream(self._connection, question.path, body)
            except AttemptError as error:
                raise BackendError(
                    f"{self.endpoint.address} failed while it was timed: {error}",
                    hint="check that the server streams and has room for so many requests, or lower --concurrency",
                ) from error

    def _times(self, problem: str, streams: Sequence[StreamTimes]) -> ProblemTimes:
        begun = min(s.asked for s in streams)
        if any(s.completion_tokens is None for s in streams):
            self.counts_pieces = True
        known = self._asking.prompt_tokens(problem)
        prompt = known if known is not None else max(s.prompt_tokens or 0 for s in streams)
        return ProblemTimes(
            problem=problem, prompt_tokens=prompt,
            first_tokens=tuple(s.first - begun for s in streams), ends=tuple(s.end - begun for s in streams),
            tokens=tuple(s.pieces if s.completion_tokens is None else s.completion_tokens for s in streams),
            started=tuple(s.asked - begun for s in streams),
        )  # fmt: skip
