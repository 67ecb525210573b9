"""How much the service takes on: up to a number of samples, and nothing more while it is ending."""

import contextlib
import math
import threading
import time
from collections.abc import Iterator
from typing import Final

_MEMORY: Final = 0.7  # of the old rate, when a new one is learnt
_MOST_SECONDS: Final = 60


class FullError(Exception):
    """There is no room. retry_seconds: when there probably is."""

    def __init__(self, retry_seconds: int) -> None:
        super().__init__(f"the queue is full; try again in {retry_seconds} s")
        self.retry_seconds = retry_seconds


class EndingError(Exception):
    """The service is ending and takes nothing on."""


class Admission:
    """Counts samples that were taken on and not answered. For several threads."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._changed = threading.Condition()
        self._inside, self._requests, self._answering = 0, 0, 0
        self._ending = False
        self._rate = 0.0  # samples per second, while there was something to do
        self._busy_since = 0.0

    @property
    def inside(self) -> int:
        """Samples taken on and not answered."""
        return self._inside

    @property
    def ending(self) -> bool:
        """Whether nothing is taken on any more."""
        return self._ending

    def enter(self, samples: int) -> None:
        """Take samples on. Raises FullError, or EndingError."""
        with self._changed:
            if self._ending:
                raise EndingError("the service is ending")
            if self._inside + samples > self.most:
                ahead = self._inside + samples - self.most
                wait = ahead / self._rate if self._rate else 1.0
                raise FullError(max(1, min(_MOST_SECONDS, math.ceil(wait))))
            if not self._requests:
                self._busy_since = time.monotonic()
            self._inside += samples
            self._requests += 1

    def leave(self, samples: int) -> None:
        """They have been answered."""
        with self._changed:
            took = max(time.monotonic() - self._busy_since, 1e-3)
            self._busy_since = time.monotonic()
            self._rate = (
                _MEMORY * self._rate + (1 - _MEMORY) * samples / took if self._rate else samples / took
            )
            self._inside -= samples
            self._requests -= 1

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """From a request's body to the last byte of its answer, for which an end waits."""
        with self._changed:
            self._answering += 1
        try:
            yield
        finally:
            with self._changed:
                self._answering -= 1
                self._changed.notify_all()

    def end(self, seconds: float) -> bool:
        """Take nothing more on, and wait until all is answered; whether it was, in that time."""
        with self._changed:
            self._ending = True
            return self._changed.wait_for(lambda: not self._answering, seconds)
