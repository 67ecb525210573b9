"""One pool of test runners for many callers: batches come from any thread, and each gets a future.

A thread of its own owns the pool. A batch may have a deadline and may be cancelled; either way what is at work for it
is stopped, and the test runners go on with the batches of others.
"""

import os
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from typing import Final

from modelassay.core.errors import AssayError, SandboxError
from modelassay.grading.pool import Pool, PoolOptions, Tally
from modelassay.grading.sandbox.level import SandboxLevel
from modelassay.grading.work import Finished, Order

Batch = Future[list[Finished]]
REMEMBERED: Final = 1000  # problems whose troubles are kept: a service meets new ones for ever


class _Batch:
    """The orders of one caller, and what is known of them so far."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self.future: Batch = Future()
        self.orders = list(orders)
        self.done: list[Finished | None] = [None] * len(orders)
        self.open = len(orders)


class Dispatcher:
    """A pool for several threads. Its test runners start with the first batch, or with `open`."""

    def __init__(self, options: PoolOptions) -> None:
        self.tally = Tally()
        self.outcomes: Counter[str] = Counter()  # of the last suite, by sample
        self.batches = 0
        self._pool = Pool(options)
        self._changed = threading.Condition()
        self._waiting: deque[Order] = deque()
        self._places: dict[Order, tuple[_Batch, int]] = {}
        self._taken = 0  # orders that the pool has
        self._closing = False
        self._thread: threading.Thread | None = None
        self._wake = -1  # wakes the thread; there while it runs

    @property
    def level(self) -> SandboxLevel | None:
        """What the sandbox keeps out; known after the first verdict."""
        return self._pool.level

    @property
    def waiting(self) -> int:
        """Samples that have been given and have no verdict yet."""
        with self._changed:
            return sum(len(order.completions) for order in self._places)

    def open(self) -> None:
        """Have the first test runner started."""
        with self._changed:
            if self._thread is None:
                self._closing = False
                self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
                self._thread = threading.Thread(target=self._serve, name="grader", daemon=True)
                self._thread.start()

    def submit(self, orders: Sequence[Order]) -> Batch:
        """Have these graded; the result has one entry per order, in their order. Cancelling the future gives them up.

        The future raises SandboxError where no (strong enough) sandbox can be had.
        """
        batch = _Batch(orders)
        if not batch.orders:
            batch.future.set_result([])
            return batch.future
        with self._changed:
            self.batches += 1
            self._places.update({order: (batch, place) for place, order in enumerate(batch.orders)})
            self._waiting.extend(batch.orders)
            self._changed.notify()
        self.open()
        batch.future.add_done_callback(lambda future: self._given_up(batch) if future.cancelled() else None)
        self._rouse()
        return batch.future

    def close(self) -> None:
        """End the test runners. Batches that are not done fail. The next batch starts new ones."""
        with self._changed:
            thread, self._closing = self._thread, True
            self._changed.notify()
        if thread is not None:
            self._rouse()
            if thread is not threading.current_thread():  # which collects garbage, too
                thread.join()

    # --- the thread -----------------------------------------------------------------------------------
    def _serve(self) -> None:
        """Grade until closed. Whatever ends it ends every batch, with the reason."""
        reason: BaseException = SandboxError("the grader was closed before this was graded")
        try:
            for finished in self._pool.run(
                self._arriving(), self.tally, stop=lambda: self._closing, wake=self._wake
            ):
                if not self._closing:
                    self._note(finished)
        except AssayError as error:
            reason = error
        except BaseException as error:
            reason = SandboxError(f"grading ended with {type(error).__name__}: {error}")
            reason.__cause__ = error
        finally:
            self._pool.close()
            self._end(reason)

    def _arriving(self) -> Iterator[Order | None]:
        """Orders as they come; None for "nothing at the moment", and no return while there is nothing at all to do."""
        while True:
            with self._changed:
                while not (self._waiting or self._taken or self._closing):
                    self._changed.wait()
                if self._closing:
                    return
                order = self._waiting.popleft() if self._waiting else None
                self._taken += order is not None
            yield order

    def _note(self, finished: Finished) -> None:
        with self._changed:
            self._taken -= 1
            batch, place = self._places.pop(finished.order)
            last = {grade.index: grade.outcome for grade in finished.grades}
            self.outcomes.update(last.values())
            for kept in (self.tally.troubles, self.tally.unjudgeable):
                while len(kept) > REMEMBERED:
                    del kept[next(iter(kept))]
            del self.tally.unstable[:-REMEMBERED]
            batch.done[place] = finished
            batch.open -= 1
        if batch.open == 0 and batch.future.set_running_or_notify_cancel():
            batch.future.set_result([found for found in batch.done if found is not None])

    def _given_up(self, batch: _Batch) -> None:
        for order in batch.orders:
            order.cancelled = True
        self._rouse()

    def abandon(self) -> None:
        """In a forked child: thread and processes are the parent's, and so may be a lock that is held; only this is ours."""
        if self._wake >= 0:
            os.close(self._wake)

    def _rouse(self) -> None:
        """Have the thread look again, if it runs."""
        with self._changed:
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)

    def _end(self, reason: BaseException) -> None:
        with self._changed:
            batches = {batch for batch, _ in self._places.values()}
            self._places.clear()
            self._waiting.clear()
            self._taken = 0
            self._thread = None
            os.close(self._wake)
            self._wake = -1
        for batch in batches:
            if batch.future.set_running_or_notify_cancel():
                batch.future.set_exception(reason)
