"""Many samples at once: test runners at work in parallel, equal samples graded once, our own faults retried.

Results are streamed: a problem's grades come as soon as all its samples are done, whatever the others do.
A sample that cannot be graded through a fault of ours is tried again with a fresh test runner; after that it
has no grade and is counted in `Progress`.
"""

import contextlib
import os
import time
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType
from typing import Any, Final, Self

from modelassay.core.errors import SandboxError
from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import Problem
from modelassay.grading.extraction.extract import DEFAULT
from modelassay.grading.patience import Patience
from modelassay.grading.sandbox.level import SandboxLevel
from modelassay.grading.sandbox.limits import Limits, check_memory, check_packages
from modelassay.grading.sandbox.packages import advice
from modelassay.grading.sandbox.scheduling import ANY_CPU
from modelassay.grading.work import Finished, Job, Order, Unit, describe
from modelassay.grading.workers import KILLED_TRIES, Worker, WorkerDiedError, wait_for_any

Work = tuple[Problem, Sequence[Completion]]
LONG_SECONDS, SHORT_SECONDS = (
    10.0,
    0.05,
)  # between two looks at silent test runners; at work that may have come
NEARLY_DONE: Final = 8  # programs left
AHEAD_CHARACTERS: Final = 1 << 15  # of programs given to a test runner that still has others
CHUNK: Final = 16  # programs given to a test runner at once; small enough to share the end of the work evenly
AGAIN: Final = 16  # one in so many programs that stand for several samples is run a second time


@dataclass(frozen=True)
class PoolOptions:
    """How to grade. timeout: a CPU limit in seconds for every sample instead of one per problem.

    patience: how long test runners may say nothing. extraction: the rules by which programs are found, as grading/extraction/extract.py names them. comparison: the
    rule for programs' outputs instead of each problem's own. also_compared: rules under which the same outputs are judged
    beside it. all_tests: whether such a program's tests go on after a failure.
    """

    workers: int = 1
    timeout: float | None = None
    dedupe: bool = True
    allow_weak: bool = False
    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)
    extraction: frozenset[str] = DEFAULT
    comparison: str | None = None
    also_compared: tuple[str, ...] = ()
    all_tests: bool = False


@dataclass
class Tally:
    """What has been done so far.

    ungraded: samples without a grade, through no fault of theirs. unstable: problems of programs that were run for
    several samples and got another verdict when run again; each sample has the first run's. troubles: problem →
    why samples have no grade. unjudgeable: those of them that no other try would grade, since the problem's
    reference fails or its tests cannot be run here.
    """

    candidates: int = 0
    executed: int = 0
    retried: int = 0
    ungraded: int = 0
    troubles: dict[str, str] = field(default_factory=dict)
    unjudgeable: dict[str, str] = field(default_factory=dict)
    unstable: list[str] = field(default_factory=list)


def grade_many(
    jobs: Iterable[Work | None],
    options: PoolOptions | None = None,
    tally: Tally | None = None,
) -> Generator[list[Grade]]:
    """Grades of each problem's completions, as its last one is done; one per completion and suite.

    jobs: problems with their completions; None says that there is none at the moment, but more may come.
    tally: filled in as the work goes on. Raises SandboxError when no (strong enough) sandbox can be had.
    """
    options = options or PoolOptions()
    with Pool(options) as pool:
        yield from pool.grade(jobs, tally if tally is not None else Tally())


class Pool:
    """Test runners kept open between jobs. Not for several threads."""

    def __init__(self, options: PoolOptions) -> None:
        self._options = options
        self._most = max(1, options.workers)
        limits = options.limits
        if options.timeout is not None:
            limits = Limits(**{**_fields(limits), "cpu_seconds": options.timeout})
        self._limits = limits
        self._workers: list[Worker] = []
        self._next_key = 0
        self._level: SandboxLevel | None = None

    def open(self) -> None:
        """Start the first test runner, which gets ready while the caller goes on; others start when there is work for them."""
        if not self._workers:
            self._begin()

    def _begin(self) -> None:
        check_memory(self._limits.memory_bytes)
        if not self._workers:
            check_packages(self._limits.packages, self._limits.python)
        options = self._options
        self._workers.append(
            Worker(
                _fields(self._limits),
                allow_weak=options.allow_weak,
                patience=options.patience,
                cpu=self._cpu(len(self._workers)),
            )
        )

    def _cpu(self, number: int) -> int:
        """The CPU that a worker's processes share, where there is a worker for each CPU: they wake each other all the time.

        Where CPUs are left over, only the kernel knows which of them are idle.
        """
        cpus = sorted(os.sched_getaffinity(0))
        return cpus[number % len(cpus)] if self._most >= len(cpus) > 1 else ANY_CPU

    def close(self) -> None:
        for worker in self._workers:
            worker.close()
        self._workers.clear()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def level(self) -> SandboxLevel | None:
        """What the test runners' sandbox keeps out; known once the first test runner is ready."""
        return self._level

    def grade(
        self, jobs: Iterable[Work | None], tally: Tally, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[list[Grade]]:
        """As `grade_many`. When the caller stops early, test runners at work are replaced.

        stop: once true, the end: what is done of the problems at work is given, and nothing more is taken on.
        """
        orders = (None if entry is None else Order(*entry) for entry in jobs)
        return (finished.grades for finished in self.run(orders, tally, stop))

    def run(
        self,
        orders: Iterable[Order | None],
        tally: Tally,
        stop: Callable[[], bool] = lambda: False,
        wake: int = -1,
    ) -> Iterator[Finished]:
        """Each order as its last sample is done, in any order. None: there is none at the moment, but more may come.

        stop: see `grade`. wake: a descriptor that is readable when there may be more, or when one was given up.
        """
        self.open()
        source = iter(orders)
        active: deque[Job] = deque()
        drained = False
        try:
            while not stop():
                if wake >= 0:
                    with contextlib.suppress(BlockingIOError):
                        os.eventfd_read(wake)
                drained = self._accept(source, active, tally) or drained
                while active and (ready := next((j for j in active if j.open == 0), None)):
                    active.remove(ready)
                    yield self._finished(ready, tally)
                if drained and not active:
                    return
                if any(j.open for j in active):
                    self._give(active)
                    self._take(active, tally, self._pause(active, drained or wake >= 0), wake)
            yield from (self._finished(job, tally) for job in active)
        finally:
            for worker in self._workers:
                if worker.busy:
                    worker.restart()

    def _accept(self, source: Iterator[Order | None], active: deque[Job], tally: Tally) -> bool:
        """Take on as much as keeps the test runners busy, and give up what nobody wants; whether that was the last."""
        drained = False
        while not drained and sum(len(j.waiting) for j in active) < 2 * CHUNK * self._most:
            try:
                entry = next(source)
            except StopIteration:
                drained = True
            else:
                if entry is None:
                    break
                active.append(self._job(entry, tally))
        for job in active:
            if job.open and (why := job.order.given_up()):
                self._drop(job, why, tally)
        return drained

    @staticmethod
    def _pause(active: Iterable[Job], told: bool) -> float:
        """How long to wait for news. told: nothing else can come meanwhile without a word."""
        ends = [j.order.deadline for j in active if j.open and j.order.deadline is not None]
        most = LONG_SECONDS if told else SHORT_SECONDS
        return min([most, *(max(0.0, end - time.monotonic()) for end in ends)])

    def _job(self, order: Order, tally: Tally) -> Job:
        self._next_key += 1
        tally.candidates += len(order.completions)
        return Job.of(self._next_key, order, dedupe=self._options.dedupe)

    def _drop(self, job: Job, why: str, tally: Tally) -> None:
        """Give a job up: what has no verdict gets none, and who is at it is replaced."""
        job.waiting.clear()
        job.open = 0
        for unit in job.units:
            unit.said = unit.said or {"fault": why}
        tally.troubles[job.problem.id] = why
        for worker in self._workers:
            if worker.busy and worker.problem == job.key:
                worker.restart()

    def _finished(self, job: Job, tally: Tally) -> Finished:
        finished = job.finished()
        tally.ungraded += len(finished.faults)
        return finished

    def _give(self, active: Iterable[Job]) -> None:
        """Hand chunks to idle test runners; one that knows a problem stays with it while there is work."""
        for number in range(self._most):
            waiting = [j for j in active if j.waiting]
            if not waiting:
                return
            if number == len(self._workers):
                self._begin()
            worker = self._workers[number]
            if worker.busy:
                self._give_ahead(worker, waiting)
                continue
            job = next((j for j in waiting if j.key == worker.problem), None) or next(
                (j for j in waiting if all(w.problem != j.key for w in self._workers)), waiting[0]
            )
            size = max(1, min(CHUNK, -(-len(job.waiting) // self._most) if len(waiting) == 1 else CHUNK))
            size = 1 if job.singly else size
            self._hand(worker, job, size)

    def _give_ahead(self, worker: Worker, waiting: Iterable[Job]) -> None:
        """Hand a test runner that is nearly done more of its problem, so that it never waits for that.

        Not near the end of the problem, which all are to share, and nothing that its socket may have no room for.
        """
        job = next((j for j in waiting if j.key == worker.problem), None)
        if job is None or job.singly or worker.left > NEARLY_DONE or len(job.waiting) <= CHUNK * self._most:
            return
        if sum(len(job.units[n].text) for n in islice(job.waiting, CHUNK)) <= AHEAD_CHARACTERS:
            self._hand(worker, job, CHUNK)

    def _hand(self, worker: Worker, job: Job, size: int) -> None:
        numbers = [job.waiting.popleft() for _ in range(min(size, len(job.waiting)))]
        worker.give(
            job.key,
            {
                **job.description,
                "rules": sorted(self._options.extraction),
                "comparison": self._options.comparison,
                "also_compared": self._options.also_compared,
                "all_tests": self._options.all_tests,
            },
            [(n, job.units[n].text, job.units[n].form) for n in numbers],
        )

    def _take(self, active: Iterable[Job], tally: Tally, seconds: float, wake: int = -1) -> None:
        jobs = {j.key: j for j in active}
        for worker in wait_for_any(self._workers, seconds, wake):
            try:
                for said in worker.news():
                    self._heard(jobs, worker, said, tally)
            except WorkerDiedError as death:
                self._died(jobs, worker, death, tally)

    def _heard(self, jobs: dict[int, Job], worker: Worker, said: dict[str, Any], tally: Tally) -> None:
        if "broken" in said:
            raise SandboxError(
                f"the sandbox could not be started: {said['broken']}",
                hint="run `assay doctor` to see which layer fails",
            )
        if "level" in said:
            self._judge_level(said["level"])
            return
        job = jobs[worker.problem]
        worker.finished(said["n"])
        unit = job.units[said["n"]]
        if said.get("again") and unit.tries + 1 < KILLED_TRIES:
            unit.tries += 1
            tally.retried += 1
            job.waiting.append(said["n"])
            return
        if unit.said is not None:
            if [g[1] for g in unit.said.get("grades", ())] != [g[1] for g in said.get("grades", ())]:
                tally.unstable.append(job.problem.id)
            job.open -= 1
            return
        if said.get("fault"):
            said["fault"] += advice(said["fault"])
        if said.get("unjudgeable"):
            tally.unjudgeable[job.problem.id] = said["fault"]
            job.unjudgeable = True
        if said.get("fault"):
            tally.troubles[job.problem.id] = said["fault"]
        unit.said = said
        if len(unit.completions) > 1 and not said.get("fault") and _chosen(unit):
            job.waiting.append(said["n"])
        else:
            job.open -= 1
        if said.get("fault") is None and said["grades"][0][1] != "no-program":
            job.executed += 1
            tally.executed += 1

    def _judge_level(self, parts: Any) -> None:
        name, strong, layers = parts
        from modelassay.grading.sandbox.level import Layer

        self._level = SandboxLevel(name, strong, tuple(Layer(*layer) for layer in layers))
        if not strong and not self._options.allow_weak:
            missing = ", ".join(
                f"{layer.name} ({layer.detail})" for layer in self._level.layers if not layer.held
            )
            raise SandboxError(
                f"the sandbox of this machine is too weak for strangers' code: {missing}",
                hint="allow unprivileged user namespaces, or pass --allow-weak-sandbox knowing the risk",
            )

    def _died(self, jobs: dict[int, Job], worker: Worker, death: WorkerDiedError, tally: Tally) -> None:
        """Give the test runner's unfinished programs to others; the one it was at is tried again, not for ever."""
        key, unfinished = worker.problem, worker.unfinished()
        worker.restart()
        if key not in jobs or not unfinished:
            return
        job = jobs[key]
        job.singly = True
        suspect = job.units[unfinished[0]]
        suspect.tries += 1
        tally.retried += 1
        rest = unfinished
        if suspect.tries >= death.tries:
            rest = unfinished[1:]
            if suspect.said is None:  # else this was its second run, which only looks whether once is enough
                suspect.said = {"n": unfinished[0], "how": "", **death.verdict(describe(job.problem))}
            if "fault" in suspect.said:
                tally.troubles[job.problem.id] = suspect.said["fault"]
            job.open -= 1
        job.waiting.extendleft(reversed(rest))


def _chosen(unit: Unit) -> bool:
    """Whether a program that stands for several samples is run twice, to see that once is enough: some are."""
    return zlib.crc32(unit.text.encode("utf-8", "surrogatepass")) % AGAIN == 0


def _fields(limits: Limits) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in limits.__struct_fields__}
