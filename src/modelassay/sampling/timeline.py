"""When the tokens of one problem's samples came: what a backend that is timed gives beside the samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from modelassay.core.speed_records import TimedFrom


@dataclass(frozen=True)
class ProblemTimes:
    """Seconds since the problem was begun. A place in each tuple is a sample; tokens: of each sample's answer.

    first_tokens: when the first token of each sample came. ends: when its last one did. started: when each was asked for,
    0 but for a server, where requests wait for their turn.
    """

    problem: str
    prompt_tokens: int
    first_tokens: tuple[float, ...]
    ends: tuple[float, ...]
    tokens: tuple[int, ...]
    started: tuple[float, ...] = ()

    @property
    def first_token_seconds(self) -> tuple[float, ...]:
        """To the first token: of the problem where its samples begin together, of each request where they are asked alone."""
        if not self.started:
            return (min(self.first_tokens),)
        return tuple(first - start for first, start in zip(self.first_tokens, self.started, strict=True))

    @property
    def per_token_seconds(self) -> tuple[float, ...]:
        """Per further token of each sample that has more than one."""
        return tuple(
            (end - first) / (tokens - 1)
            for first, end, tokens in zip(self.first_tokens, self.ends, self.tokens, strict=True)
            if tokens > 1
        )


@dataclass(frozen=True)
class Pass:
    """One pass over some problems: its wall time, and each problem's times."""

    seconds: float
    problems: tuple[ProblemTimes, ...]


class TimedBackend(Protocol):
    """A backend whose user watches the clock. peak_of: what `peak_bytes` is of."""

    @property
    def timed_from(self) -> TimedFrom: ...
    @property
    def peak_of(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def dtype(self) -> str: ...
    @property
    def settings(self) -> dict[str, object]:
        """Of the engine, beside the plan's."""
        ...

    def run(self, problems: Sequence[str]) -> Pass:
        """Sample these problems with all their samples, natural stops and the plan's seeds: the same tokens each time.

        Raises BackendError.
        """
        ...

    def peak_bytes(self) -> int | None:
        """The most memory used since the backend was opened; None where it cannot be seen."""
        ...
