"""What every backend does: samples for the problems that still want some, one problem at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from modelassay.core.errors import InputError
from modelassay.core.measured import BatchTiming, Completion, SamplingPlan
from modelassay.core.seen_samples import SeenSamples
from modelassay.sampling.precomputed_samples import PrecomputedSamples
from modelassay.sampling.rendering import Rendered

ROWS: Final = 256  # samples that the transformers backend advances together, where memory allows
# Groups' worth of samples that take each other's places. A device that is fast at many rows wants few passes; on a
# CPU a pass costs what its rows cost, and a larger group would only be more to lose by a kill.
TURNS: Final = 4


@dataclass(frozen=True)
class Wanted:
    """The samples of one problem that a run still lacks, by index."""

    problem: str
    indices: tuple[int, ...]


@dataclass(frozen=True)
class Batch:
    """Samples of one problem, and how long they took. timing is `None` for precomputed ones."""

    problem: str
    completions: tuple[Completion, ...]
    timing: BatchTiming | None


class Sampler(Protocol):
    """A backend, ready to sample one plan."""

    device: str  # known once the first batch is there
    dtype: str

    @property
    def rendered(self) -> Mapping[str, Rendered]:
        """What is sent, by problem."""
        ...

    def sample(self, wanted: Sequence[Wanted]) -> Iterator[Batch]:
        """The wanted samples, a batch per problem, in any order. A batch holds what was wanted of it.

        A sample depends on (plan, problem, index) alone: neither the order nor what else is wanted
        changes it. Raises BackendError.
        """
        ...


def remaining(plan: SamplingPlan, done: Iterable[Completion]) -> list[Wanted]:
    """What a plan still asks for: its samples less those that are there, in the plan's order."""
    if plan.samples_per_problem is None:
        raise ValueError("a plan of precomputed samples has no number of them")
    there = SeenSamples()
    for completion in done:
        there.add(completion.problem, completion.index)
    wanted = []
    for problem in plan.problems:
        lacking = tuple(i for i in range(plan.samples_per_problem) if (problem, i) not in there)
        if lacking:
            wanted.append(Wanted(problem=problem, indices=lacking))
    return wanted


class ReplaySampler:
    """Precomputed samples behind the interface of a backend. It has no clock, so no timing."""

    device = "recorded"
    dtype = "recorded"

    def __init__(self, precomputed: PrecomputedSamples) -> None:
        self._by_problem: dict[str, dict[int, Completion]] = {}
        for completion in precomputed.completions:
            self._by_problem.setdefault(completion.problem, {})[completion.index] = completion
        self._recording = precomputed

    def wanted(self, problems: Sequence[str], done: Iterable[Completion] = ()) -> list[Wanted]:
        """What the file holds of these problems and a run lacks."""
        there = {(completion.problem, completion.index) for completion in done}
        lists = {p: tuple(i for i in self._by_problem.get(p, {}) if (p, i) not in there) for p in problems}
        return [Wanted(problem=problem, indices=indices) for problem, indices in lists.items() if indices]

    def sample(self, wanted: Sequence[Wanted]) -> Iterator[Batch]:
        """The precomputed samples. Raises InputError when one is asked for that the file lacks."""
        for want in wanted:
            recorded = self._by_problem.get(want.problem, {})
            lacking = [index for index in want.indices if index not in recorded]
            if lacking:
                raise InputError(
                    f"{want.problem} has no precomputed sample {lacking[0]}",
                    path=self._recording.path,
                    hint=f"ask for at most {len(recorded)} samples of it",
                )
            completions = tuple(recorded[index] for index in want.indices)
            yield Batch(problem=want.problem, completions=completions, timing=None)
