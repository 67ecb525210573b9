"""One job on the nodes of a cluster: sampled and graded there, while the driver keeps what comes.

Ray may run a task once, never or, after a loss, again; that each sample and grade counts once is given here: what arrives is
journalled under its key, (problem, index) and the suite, and what has its key there already is dropped. A driver that is
killed goes on from its files and the store. What no node could grade is tried on the driver's machine in the end, by the
same step that ends every run; so the files, and all that follows, are those of one machine.
"""

import itertools
import os
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Final

from modelassay.cluster.blocks import Dealer, GradeBlock, Pace, SampleBlock, check_tries, units_of
from modelassay.cluster.connection import living_nodes, resources
from modelassay.cluster.crew import Crew, Member, News
from modelassay.cluster.staffing import cpus_each, staff
from modelassay.cluster.workers import Engine, Graded, Grader, Ready, Refusal, Sampled, actor_class
from modelassay.core.errors import BackendError, SandboxError
from modelassay.core.measured import BatchTiming, Completion, Device, Grade, Origin
from modelassay.core.seen_samples import SeenSamples
from modelassay.core.store import Journal, iter_records, read_records, write_records
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import Study
from modelassay.pipeline.run.concurrent_grading import pool_options
from modelassay.pipeline.run.files import stored_completions
from modelassay.pipeline.run.grades import without_grades
from modelassay.pipeline.run.job import RunResult, advance_job, finish_job
from modelassay.pipeline.run.manifest import ensure_manifest
from modelassay.pipeline.run.notes import RunNotes
from modelassay.pipeline.run.precomputed import replay_job
from modelassay.pipeline.run.preflight import Preflight
from modelassay.pipeline.run.progress import Progress
from modelassay.pipeline.run.stored_blocks import BlockStore, begin_blocks, keep_blocks, put_in_order
from modelassay.sampling.sampler import remaining
from modelassay.sources.object_store import ObjectStore

PATIENCE: Final = 900.0  # seconds that a start, or a block of unknown length, may take
GRADED_TOGETHER: Final = 256  # samples of one problem, at most
QUEUED: Final = 4096  # samples that wait to be graded, beyond which nothing more is handed out to be sampled
_LOOK: Final = 1.0  # seconds between two looks at what the cluster has


def run_on_cluster(store: ObjectStore | None, job: Job, study: Study, progress: Progress) -> RunResult:
    """A job sampled and graded on the nodes, and ended here; files as `run_job` leaves them."""
    grading = study.grading
    ensure_manifest(job, grading)
    blocks = None if store is None else begin_blocks(store, job, grading, progress)
    if job.precomputed is not None:
        replay_job(job, progress)
    with ClusterRun(job, study, progress, blocks) as run:
        run.work()
    put_in_order(job)
    sampled, graded = advance_job(job, study, progress)
    if blocks is not None:
        keep_blocks(blocks, job)
    return finish_job(job, study, sampled, graded)


class ClusterRun:
    """The work of one job on the cluster that this process has joined. A context manager: leaving it ends the actors."""

    def __init__(self, job: Job, study: Study, progress: Progress, blocks: BlockStore | None) -> None:
        self._job, self._progress = job, progress
        url = None if blocks is None else blocks.store.url
        self._arguments = (job, study.grading, url)
        self._preflight = (
            Preflight(job, pool_options(study.grading), progress.note) if study.sampling.preflight else None
        )
        self._notes = RunNotes(job, progress.note)
        self._waiting: deque[GradeBlock] = deque()
        self._pace = Pace()  # of grading
        self._again: Counter[str] = Counter()  # why → blocks begun again
        self._looked, self._has = 0.0, dict[str, float]()
        self._device: Device | None = None
        self._look()
        self._gpus = self._has.get("GPU", 0.0) if job.plan.backend in ("transformers", "vllm") else 0.0
        self._begin()

    def _begin(self) -> None:
        """What is to be done: what the files lack."""
        job, problems = self._job, self._job.problems.problems
        there = stored_completions(job.run, problems)
        self._held = SeenSamples()
        for key in there.every_key():
            self._held.add(problems[key >> 32].id, key & 0xFFFFFFFF)
        wanted = [] if job.precomputed is not None else remaining(job.plan, there)
        if wanted and self._preflight is not None:
            self._preflight.before(there)
        self._dealer = Dealer(units_of(job.plan, wanted, gpus=self._gpus > 0))
        self._to_sample = sum(len(w.indices) for w in wanted)
        lacking, entries = without_grades(job, there)
        self._ungraded, self._old = lacking + self._to_sample, _grade_blocks(entries)
        name = f"{job.model.name} on {job.plan.benchmark}"
        if self._to_sample:
            self._progress.stage(f"sampling {name}", len(there) + self._to_sample, len(there))
        self._grading, self._only_grading = f"grading {name}", False

    def __enter__(self) -> "ClusterRun":
        patience = float(os.environ.get("ASSAY_CLUSTER_PATIENCE", PATIENCE))
        each, plan_hash = cpus_each(self._has.get("CPU", 1.0)), self._job.plan.hash
        import ray

        given = [ray.put(argument) for argument in self._arguments]  # once, not for each actor
        gpu = 1.0 if self._gpus else 0.0
        engine = actor_class(Engine, 0.0 if self._gpus else each, gpu)
        grader = actor_class(Grader, each, 0.0)
        self._engines = Crew("engine", lambda: engine.remote(*given), plan_hash, patience)
        self._graders = Crew("grader", lambda: grader.remote(*given), plan_hash, patience)
        run, self._stack = self._job.run, ExitStack()
        self._completions = self._stack.enter_context(Journal(run.completions, Completion))
        self._grades = self._stack.enter_context(Journal(run.grades, Grade))
        self._timings = self._stack.enter_context(Journal(run.timings, BatchTiming))
        self._origins = self._stack.enter_context(Journal(run.origins, Origin))
        return self

    def __exit__(self, *_: object) -> None:
        self._engines.close()
        self._graders.close()
        self._stack.close()
        for why, number in sorted(self._again.items()):
            self._notes.add(f"begun again on another node: {number} blocks; {why}")
        for line in origin_notes(iter_records(self._job.run.origins, Origin)):
            self._notes.add(line)
        self._notes.keep()

    # --- the loop -----------------------------------------------------------------------------------------
    def work(self) -> None:
        """All of it. Raises BackendError or SandboxError where it cannot be done; what is done is kept."""
        import ray

        while True:
            self._look()
            self._fill()
            sampling = self._dealer.left + len(self._engines.busy)
            grading = len(self._waiting) + len(self._graders.busy)
            if not sampling and not grading:
                return
            if not sampling and not self._only_grading:
                self._only_grading = True
                self._progress.stage(self._grading, self._ungraded)
            self._staff(sampling, grading)
            self._hand_out()
            members = {**self._engines.waiting, **self._graders.waiting}
            ready, _ = ray.wait(list(members), num_returns=1, timeout=_LOOK) if members else ([], [])
            for ref in ready:
                member = members[ref]
                if member in self._engines.members:
                    self._engine_said(self._engines.heard(member))
                else:
                    self._grader_said(self._graders.heard(member))
            for news in self._engines.overdue():
                self._engine_said(news)
            for news in self._graders.overdue():
                self._grader_said(news)

    def _staff(self, sampling: int, grading: int) -> None:
        """As many of each kind as the cluster has places for. Where only one kind finds a place, as beside nodes that
        refuse, the kinds take turns.
        """
        wanted = staff(self._has.get("CPU", 1.0), self._gpus, to_sample=sampling, to_grade=grading)
        held_back = self._queued >= QUEUED and not self._graders.placed
        self._engines.staff(len(self._engines.busy) if held_back else wanted.engines)
        self._graders.staff(0 if sampling and not grading and not self._engines.placed else wanted.graders)

    @property
    def _queued(self) -> int:
        """Samples that wait to be graded."""
        return sum(block.samples for block in self._waiting)

    def _look(self) -> None:
        """What the cluster has now: nodes come and go."""
        if time.monotonic() - self._looked > _LOOK:
            self._has, self._looked = resources(), time.monotonic()

    def _fill(self) -> None:
        """Take on samples of an earlier run that lack a grade, some at a time: there may be a million."""
        while self._queued < GRADED_TOGETHER * 2 * max(2, len(self._graders.members)):
            block = next(self._old, None)
            if block is None:
                return
            self._waiting.append(block)

    def _hand_out(self) -> None:
        for member in self._graders.idle:
            if not self._waiting:
                break
            block = self._waiting.popleft()
            block.tries += 1
            seconds = self._pace.predicted(block.samples)
            self._graders.give(member, block, "grade", (block.problem, block.completions), seconds)
        for member in self._engines.idle:
            # Back-pressure: where grading is slower, engines wait, and memory stays flat.
            if self._queued >= QUEUED:
                break
            given = self._dealer.deal(len(self._engines.members))
            if given is None:
                break
            predicted = self._dealer.pace.predicted(given.samples)
            self._engines.give(member, given, "sample", (given.wanted,), predicted)

    # --- what is heard ------------------------------------------------------------------------------------
    def _engine_said(self, news: News) -> None:
        if self._trouble(self._engines, news):
            return
        if news.started is not None:
            self._started(news.started)
        elif isinstance(news.answer, Refusal):
            raise BackendError(f"{news.member.where}: {news.answer.message}", hint=news.answer.hint)
        elif isinstance(news.answer, Sampled):
            self._sampled(news.task, news.answer, news.member)

    def _grader_said(self, news: News) -> None:
        if self._trouble(self._graders, news):
            return
        if isinstance(news.answer, Refusal):
            raise SandboxError(f"{news.member.where}: {news.answer.message}", hint=news.answer.hint)
        if isinstance(news.answer, Graded):
            self._graded(news.task, news.answer, news.member)

    def _trouble(self, crew: Crew, news: News) -> bool:
        """Whether a member is lost or refuses; its work goes to another."""
        if news.refused is not None:
            self._notes.add(f"{news.member.where} takes no part as {crew.kind}: {news.refused.message}")
            needed = "GPU" if crew is self._engines and self._gpus else "CPU"
            refusing = {m.node.id for m in crew.members if m.phase == "refused" and m.node is not None}
            if living_nodes(needed) <= refusing:
                kind = BackendError if crew is self._engines else SandboxError
                raise kind(f"no node can be {crew.kind}: {news.refused.message}", hint=news.refused.hint)
            return True
        if not news.lost:
            return False
        self._progress.note(
            f"{crew.kind}: {news.lost}" + (f"; {news.task} go to another" if news.task else "")
        )
        if isinstance(news.task, SampleBlock):
            self._again[news.lost] += 1
            self._dealer.back(news.task)
        elif isinstance(news.task, GradeBlock):
            self._again[news.lost] += 1
            check_tries(news.task)
            self._waiting.appendleft(news.task)
        return True

    def _started(self, ready: Ready) -> None:
        for note in ready.notes:
            self._notes.add(note)
        if ready.prompts and not read_records(self._job.run.prompts, type(ready.prompts[0])):
            write_records(self._job.run.prompts, ready.prompts)

    def _sampled(self, block: SampleBlock, answer: Sampled, member: Member) -> None:
        """Keep what is new of it, and have it graded."""
        if self._device is None:
            self._device = answer.device
            write_records(self._job.run.device, [answer.device])
        new = [c for c in answer.completions if self._held.add(c.problem, c.index)]
        self._timings.append(answer.timings)
        self._completions.append(new)
        self._dealer.pace.took(block.samples, answer.seconds)
        by_problem = [(p, list(g)) for p, g in itertools.groupby(new, key=lambda c: c.problem)]
        self._origins.append(
            Origin(kind="sampled", problem=problem, indices=tuple(c.index for c in group), started=answer.started,
                   seconds=answer.seconds, tries=block.tries, **_place(member))
            for problem, group in by_problem
        )  # fmt: skip
        for note in answer.notes:
            self._notes.add(note)
        self._notes.keep(answer.probe)
        self._progress.advance(len(new))
        for problem, group in by_problem:
            self._waiting.extend(_parts(problem, group))
            self._notes.sampled(group)
            if self._preflight is not None:
                self._preflight.answered(group)

    def _graded(self, block: GradeBlock, answer: Graded, member: Member) -> None:
        self._grades.append(answer.grades)
        self._pace.took(block.samples, answer.seconds)
        graded = tuple(dict.fromkeys(g.index for g in answer.grades))
        if graded:
            self._origins.append([
                Origin(kind="graded", problem=block.problem, indices=graded, started=answer.started,
                       seconds=answer.seconds, tries=block.tries, **_place(member))
            ])  # fmt: skip
        self._ungraded -= len(graded)
        if self._only_grading:
            self._progress.advance(len(graded))


def _place(member: Member) -> dict[str, str]:
    node = member.node
    sandbox = member.ready.sandbox if member.ready is not None else ""
    if node is None:
        return {"node": "", "host": "", "sandbox": sandbox}
    return {"node": node.id, "host": node.host, "processor": node.processor, "sandbox": sandbox}


def _parts(problem: str, completions: Sequence[Completion]) -> Iterator[GradeBlock]:
    for start in range(0, len(completions), GRADED_TOGETHER):
        yield GradeBlock(problem, completions[start : start + GRADED_TOGETHER])


def _grade_blocks(entries: Iterator[tuple[object, list[Completion]]]) -> Iterator[GradeBlock]:
    for _, completions in entries:
        yield from _parts(completions[0].problem, completions)


def origin_notes(origins: Iterator[Origin]) -> list[str]:
    """What was made where, a line per node, and how many samples were begun more than once."""
    made: dict[tuple[str, str], Counter[str]] = {}
    sandboxes: dict[tuple[str, str], str] = {}
    again = 0
    for origin in origins:
        where = (f"{origin.host}, {origin.processor or 'processor unknown'}", origin.node[:8])
        made.setdefault(where, Counter())[origin.kind] += len(origin.indices)
        sandboxes[where] = origin.sandbox or sandboxes.get(where, "")
        again += len(origin.indices) if origin.tries > 1 else 0
    lines = [
        f"node {node} ({host}): {count['sampled']} samples made, {count['graded']} graded"
        + (f", sandbox {sandboxes[host, node]}" if sandboxes[host, node] else "")
        for (host, node), count in sorted(made.items())
    ]
    return lines + ([f"{again} samples were made or graded in a second try or later"] if again else [])
