"""vLLM under the clock, one problem after the other; the clock stands in vLLM's own process, beside the engine."""

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Final, Self, TextIO

from modelassay.core.speed_records import TimedFrom
from modelassay.sampling.sampler import Wanted
from modelassay.sampling.timeline import Pass, ProblemTimes
from modelassay.sampling.vllm_engine import VllmSampler


class TimedVllm:
    """A vLLM process that answers one list of problems after the other. It is started on entering."""

    timed_from: Final[TimedFrom] = "in vLLM's process, beside the engine"
    peak_of: Final = "not seen: vLLM reserves the share of memory that it is given"

    def __init__(self, sampler: VllmSampler) -> None:
        self._sampler = sampler
        self._stack = contextlib.ExitStack()
        self._version = ""

    @property
    def device(self) -> str:
        """As vLLM names it."""
        return self._sampler.device

    @property
    def dtype(self) -> str:
        """As vLLM chose it."""
        return self._sampler.dtype

    def __enter__(self) -> Self:
        self._stack.enter_context(self._sampler)
        self._log: TextIO = self._stack.enter_context(self._sampler.open_log())
        self._said: Iterator[dict[str, Any]] = self._sampler.converse(self._log)
        try:
            ready = next(self._said)
        except BaseException:
            self._stack.close()
            raise
        self._version = ready["version"]
        self._sampler.device, self._sampler.dtype = ready["device"], ready["dtype"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def settings(self) -> dict[str, object]:
        """Of the engine."""
        return {"vllm": self._version, "problems_at_once": 1, **self._sampler.load_settings}

    def peak_bytes(self) -> int | None:
        """Unknown here."""
        return None

    def run(self, problems: Sequence[str]) -> Pass:
        """One problem after the other. Raises BackendError where vLLM ends."""
        every = tuple(range(self._sampler.plan.samples_per_problem or 0))
        start, times = time.perf_counter(), []
        for problem in problems:
            (request,) = self._sampler.requests(Wanted(problem, every))
            self._sampler.send(json.dumps(request))
            said = next(self._said)
            times.append(
                ProblemTimes(
                    problem=problem,
                    prompt_tokens=len(request["prompt"]),
                    first_tokens=tuple(said["first"]),
                    ends=tuple(said["ends"]),
                    tokens=tuple(said["tokens"]),
                )
            )
        return Pass(time.perf_counter() - start, tuple(times))
