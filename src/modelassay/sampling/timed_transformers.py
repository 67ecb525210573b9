"""The transformers backend under the clock: one problem after the other, its samples together, as `assay sample` runs them.

The clock is read when the tokens of a step are known to Python, so what a GPU still computes is never left out.
"""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from modelassay.core.measured import Completion
from modelassay.core.speed_records import TimedFrom
from modelassay.sampling.peak_memory import forget_peak, peak_bytes, peak_of
from modelassay.sampling.sampler import Wanted
from modelassay.sampling.shared_prefix_rows import Branch
from modelassay.sampling.timeline import Pass, ProblemTimes
from modelassay.sampling.transformers_engine import TransformersSampler


class _Steps:
    """When each sample of one problem had its first token and its last, by its place among them."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.first: dict[int, float] = {}
        self.end: dict[int, float] = {}

    def add(self, drawn: Sequence[Branch], running: Sequence[Branch]) -> None:
        now = time.perf_counter() - self.start
        going = {place for branch in running for place in branch.places}
        for branch in drawn:
            for place in branch.places:
                self.first.setdefault(place, now)
                if place not in going:
                    self.end[place] = now


class TimedTransformers:
    """A sampler that is timed. It must hold one problem per group: as many rows as samples, one turn."""

    timed_from: Final[TimedFrom] = "in this process"

    def __init__(self, sampler: TransformersSampler) -> None:
        self._sampler = sampler
        self.device, self.dtype = sampler.device, sampler.dtype
        self.peak_of = peak_of(sampler.device)

    def __enter__(self) -> Self:
        forget_peak(self.device)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sampler.__exit__(kind, error, trace)

    @property
    def settings(self) -> dict[str, object]:
        """Rows that advance together, and what the engine is told of threads."""
        import torch

        return {"rows": self._sampler.rows, "threads": torch.get_num_threads(), "problems_at_once": 1}

    def run(self, problems: Sequence[str]) -> Pass:
        """One problem after the other. Raises BackendError."""
        start = time.perf_counter()
        times = tuple(self._problem(problem) for problem in problems)
        return Pass(time.perf_counter() - start, times)

    def peak_bytes(self) -> int | None:
        """Since the model was loaded."""
        return peak_bytes(self.device)

    def _problem(self, problem: str) -> ProblemTimes:
        steps = _Steps()
        self._sampler.watch = steps.add
        every = tuple(range(self._sampler.plan.samples_per_problem or 0))
        (batch,) = self._sampler.sample([Wanted(problem, every)])
        samples: Sequence[Completion] = batch.completions
        return ProblemTimes(
            problem=problem, prompt_tokens=samples[0].prompt_tokens or 0,
            first_tokens=tuple(steps.first[place] for place in every),
            ends=tuple(steps.end[place] for place in every),
            tokens=tuple(sample.completion_tokens or 0 for sample in samples),
        )  # fmt: skip
