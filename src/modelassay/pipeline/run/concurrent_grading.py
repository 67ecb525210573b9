"""Grading while sampling goes on, so that a run takes about as long as the longer of the two.

Only where sampling is done elsewhere, on a GPU or by a server: on this machine's own cores the two would only take
turns, and the speed measured would be of half a machine.
"""

import hashlib
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

import msgspec

from modelassay.core.errors import AssayError
from modelassay.core.measured import Completion, Device, Grade
from modelassay.core.problems import Problem
from modelassay.core.store import Journal
from modelassay.grading.extraction.rules import chosen_rules
from modelassay.grading.pool import Pool, PoolOptions, Tally
from modelassay.grading.sandbox.limits import Limits
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import GradingEntry

QUEUED: Final = 32  # batches that wait to be graded
_PAUSE: Final = 0.01  # seconds that an idle grader waits before it looks for news again


def text_sha256(completion: Completion) -> str:
    """First 16 hex digits of the hash of a sample's text; ties a grade to the text it was given for."""
    return hashlib.sha256(completion.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def stamp(grades: Iterable[Grade], texts: Mapping[tuple[str, int], str]) -> list[Grade]:
    """The grades with the hash of the text each was given for."""
    return [msgspec.structs.replace(g, text_sha256=texts[g.problem, g.index]) for g in grades]


def pool_options(grading: GradingEntry) -> PoolOptions:
    """The grader's settings as a study states them."""
    return PoolOptions(
        workers=grading.workers, timeout=grading.timeout, dedupe=grading.dedupe,
        allow_weak=grading.allow_weak_sandbox, extraction=chosen_rules(grading.extraction),
        limits=Limits(sealed=grading.sealed, packages=grading.packages, python=grading.python or ""),
        comparison=grading.comparison, also_compared=grading.also_compared, all_tests=grading.all_tests,
    )  # fmt: skip


class ConcurrentGrading:
    """A thread that grades batches as they are sampled and writes the grades. A context manager: leaving ends it at
    once, and what it has of a problem at work is kept.

    What it does not grade, for whatever reason, has no grade yet and is left to the step that grades the rest, which
    shows how far it is; so its own failures are not lost: that step meets them again. Nor does it take on more than
    QUEUED batches, so that memory stays flat where grading is slower than sampling.
    """

    def __init__(self, job: Job, grading: GradingEntry) -> None:
        self._job = job
        self._options = pool_options(grading)
        self._problems = {p.id: p for p in job.problems.problems}
        self._texts: dict[tuple[str, int], str] = {}
        self._stopping = threading.Event()
        self._queue: queue.SimpleQueue[Sequence[Completion]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.tally = Tally()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()

    def add(self, completions: Sequence[Completion], device: Device) -> None:
        """Samples of one problem, sampled on that device."""
        if device.name == "cpu" or self._queue.qsize() >= QUEUED:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="grade", daemon=True)
            self._thread.start()
        self._queue.put(completions)

    def _run(self) -> None:
        try:
            with (
                Journal(self._job.run.grades, Grade) as journal,
                Pool(self._options) as pool,
            ):
                for batch in pool.grade(self._arriving(), self.tally, stop=self._stopping.is_set):
                    journal.append(stamp(batch, self._texts))
                    for candidate in {(g.problem, g.index) for g in batch}:
                        del self._texts[candidate]
        except AssayError:
            return  # the step that grades the rest meets it again, and says it where it can be heard

    def _arriving(self) -> Iterator[tuple[Problem, Sequence[Completion]] | None]:
        """Batches as they come; None for "nothing at the moment"."""
        while True:
            try:
                completions = self._queue.get(timeout=_PAUSE)
            except queue.Empty:
                yield None
            else:
                self._texts.update({(c.problem, c.index): text_sha256(c) for c in completions})
                yield self._problems[completions[0].problem], completions
