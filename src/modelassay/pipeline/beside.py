"""Grading while sampling goes on, so that a run takes about as long as the longer of the two.

Only where sampling is done elsewhere, on a GPU or by a server: on this machine's own cores the two would only take
turns, and the speed measured would be of half a machine.
"""

import contextlib
import hashlib
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

import msgspec

from modelassay.core.errors import AssayError
from modelassay.core.measured import Completion, Device, Grade, Problem
from modelassay.core.store import Journal
from modelassay.grading.pool import PoolOptions, Tally, grade_many
from modelassay.pipeline.plans import Job
from modelassay.pipeline.study_file import GradingEntry

_LAST_GRADES: Final = 3.0  # seconds that an interrupted run waits for the batch at work
_PAUSE: Final = 0.01  # seconds that an idle grader waits before it looks for news again


def text_sha256(completion: Completion) -> str:
    """First 16 hex digits of the hash of a candidate's text; ties a grade to the text it was given for."""
    return hashlib.sha256(completion.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def stamp(grades: Iterable[Grade], texts: Mapping[tuple[str, int], str]) -> list[Grade]:
    """The grades with the hash of the text each was given for."""
    return [msgspec.structs.replace(g, text_sha256=texts[g.problem, g.index]) for g in grades]


def pool_options(grading: GradingEntry) -> PoolOptions:
    """The grader's settings as a study states them."""
    return PoolOptions(
        workers=grading.workers, timeout=grading.timeout, dedupe=grading.dedupe,
        allow_weak=grading.allow_weak_sandbox,
    )  # fmt: skip


class GradingBeside:
    """A thread that grades batches as they are sampled and writes the grades. A context manager: leaving waits,
    but for leaving by an exception, which drops what is still queued.

    What it does not grade, for whatever reason, has no grade yet and is left to the step that grades the rest; so
    its own failures are not lost: that step meets them again.
    """

    def __init__(self, job: Job, grading: GradingEntry) -> None:
        self._job = job
        self._options = pool_options(grading)
        self._problems = {p.id: p for p in job.problems.problems}
        self._texts: dict[tuple[str, int], str] = {}
        self._stopping = threading.Event()
        self._queue: queue.SimpleQueue[Sequence[Completion] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.tally = Tally()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is None:
            return
        if error is not None:  # Ctrl-C or a failed sampling: what is not graded yet is left to the next run
            self._stopping.set()
        self._queue.put(None)
        self._thread.join(_LAST_GRADES if error is not None else None)

    def add(self, completions: Sequence[Completion], device: Device) -> None:
        """Candidates of one problem, sampled on that device."""
        if device.name == "cpu":
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="grade", daemon=True)
            self._thread.start()
        self._texts.update({(c.problem, c.index): text_sha256(c) for c in completions})
        self._queue.put(completions)

    def _run(self) -> None:
        try:
            with (
                Journal(self._job.run.grades, Grade) as journal,
                contextlib.closing(grade_many(self._arriving(), self._options, self.tally)) as batches,
            ):
                for batch in batches:
                    journal.append(stamp(batch, self._texts))
                    if self._stopping.is_set():
                        return
        except AssayError:
            return  # the step that grades the rest meets it again, and says it where it can be heard

    def _arriving(self) -> Iterator[tuple[Problem, Sequence[Completion]] | None]:
        """Batches as they come; None for "nothing at the moment"."""
        while not self._stopping.is_set():
            try:
                completions = self._queue.get(timeout=_PAUSE)
            except queue.Empty:
                yield None
                continue
            if completions is None:
                return
            yield self._problems[completions[0].problem], completions
