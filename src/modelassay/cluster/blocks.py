"""Which samples are handed out together: as many as are predicted to take some seconds, fewer towards the end.

Nothing here knows of Ray.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from modelassay.core.errors import BackendError
from modelassay.core.measured import Completion, SamplingPlan
from modelassay.sampling.sampler import ROWS, TURNS, Wanted

BLOCK_SECONDS: Final = 30.0  # that a block is to take: what a lost node costs, at most
MOST_SAMPLES: Final = 256  # of one problem in one block, where a backend samples them one by one
TRIES: Final = 4  # of one block, before the study stops: something in it ends its engine
_MEMORY: Final = 0.7  # weight of what was known in the moving average of the seconds per sample


@dataclass
class SampleBlock:
    """Samples to be made by one engine in one go. tries: how often it was begun."""

    wanted: tuple[Wanted, ...]
    tries: int = 0

    @property
    def samples(self) -> int:
        return sum(len(want.indices) for want in self.wanted)

    def __str__(self) -> str:
        return f"{self.samples} samples from {self.wanted[0].problem} on"


@dataclass
class GradeBlock:
    """Samples of one problem to be graded by one grader in one go."""

    problem: str
    completions: Sequence[Completion]
    tries: int = 0

    @property
    def samples(self) -> int:
        return len(self.completions)

    def __str__(self) -> str:
        return f"{self.samples} samples of {self.problem}"


class Pace:
    """Seconds per sample, as the last blocks took; None before the first."""

    def __init__(self) -> None:
        self.seconds: float | None = None

    def took(self, samples: int, seconds: float) -> None:
        now = seconds / max(1, samples)
        self.seconds = now if self.seconds is None else _MEMORY * self.seconds + (1 - _MEMORY) * now

    def predicted(self, samples: int) -> float | None:
        """How long so many will take."""
        return None if self.seconds is None else samples * self.seconds


class Dealer:
    """Deals out what is to be sampled. Units stay whole: a backend makes all of one together, or repeats work."""

    def __init__(self, units: Sequence[tuple[Wanted, ...]], seconds: float = BLOCK_SECONDS) -> None:
        self._units, self._seconds = deque(units), seconds
        self._again: deque[SampleBlock] = deque()
        self.pace = Pace()

    @property
    def left(self) -> int:
        """Blocks there are at least, if each holds one unit."""
        return len(self._units) + len(self._again)

    def deal(self, engines: int) -> SampleBlock | None:
        """The next block, for one of so many engines; None when nothing is left."""
        if self._again:
            block = self._again.popleft()
        elif not self._units:
            return None
        else:
            # Halves of an equal share, so that the last blocks end at about the same time.
            most = max(1, len(self._units) // (2 * max(1, engines)))
            taken = list(self._units.popleft())
            while self.pace.seconds is not None and self._units and most > 1:
                samples = sum(len(w.indices) for w in (*taken, *self._units[0]))
                if samples * self.pace.seconds > self._seconds:
                    break
                taken += self._units.popleft()
                most -= 1
            block = SampleBlock(tuple(taken))
        block.tries += 1
        return block

    def back(self, block: SampleBlock) -> None:
        """A block that was not finished. Raises BackendError for one that was begun TRIES times."""
        check_tries(block)
        self._again.append(block)


def check_tries(block: SampleBlock | GradeBlock) -> None:
    """Raises BackendError for a block that was begun TRIES times and never finished."""
    if block.tries >= TRIES:
        raise BackendError(
            f"{block}: begun {TRIES} times, and each time what was at it was lost",
            hint="look at the notes above and at the nodes' logs; what is done is kept",
        )


def units_of(plan: SamplingPlan, wanted: Sequence[Wanted], *, gpus: bool) -> list[tuple[Wanted, ...]]:
    """What is wanted in units that a backend samples as well together as alone.

    The transformers backend samples fixed groups of problems whole (sampling/transformers_engine.py): a unit is such a
    group. Others take any sample by itself: a unit is a problem, or MOST_SAMPLES of its samples.
    """
    if plan.backend != "transformers":
        return [
            (Wanted(want.problem, want.indices[start : start + MOST_SAMPLES]),)
            for want in wanted
            for start in range(0, len(want.indices), MOST_SAMPLES)
        ]
    each = max(1, ROWS // (plan.samples_per_problem or 1)) * (TURNS if gpus else 1)
    group = {problem: place // each for place, problem in enumerate(plan.problems)}
    units: dict[int, list[Wanted]] = {}
    for want in wanted:
        units.setdefault(group[want.problem], []).append(want)
    return [tuple(unit) for unit in units.values()]
