"""A run's samples and grades in an object store: blocks that are written once, by whoever made them.

A run's objects lie below its name, which is a hash of its plan, and grades below the hash of the grading settings too. The
plan itself lies beside, and is compared before anything is read: what another plan made never counts. A block is a list of
records; of a sample that several blocks hold, one counts.
"""

import hashlib
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.measured import BatchTiming, Completion, Device, Grade, SamplingPlan, SentPrompt
from modelassay.core.records import Record
from modelassay.core.store import Journal, encode_line, read_records, write_records
from modelassay.core.workdir import RunDir
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import GradingEntry, Study
from modelassay.pipeline.run.concurrent_grading import text_sha256
from modelassay.pipeline.run.files import stored_completions, stored_grades
from modelassay.pipeline.run.job import RunResult, advance_job, finish_job
from modelassay.pipeline.run.manifest import ensure_manifest, grading_settings
from modelassay.pipeline.run.progress import Progress
from modelassay.sources.object_store import ObjectStore

R = TypeVar("R", bound=Record)
SAMPLES: Final = "samples"
BLOCK: Final = 2048  # records of a block, at most
BLOCK_SECONDS: Final = 30.0  # of sampling, that a block waits to be written at most


# What else a run's folder holds of its sampling: kind, where it lies, what it is.
_BESIDE: Final[tuple[tuple[str, Callable[[RunDir], Path], Any], ...]] = (
    ("prompts", lambda run: run.prompts, SentPrompt),
    ("device", lambda run: run.device, Device),
    ("timings", lambda run: run.timings, BatchTiming),
)


class BlockStore:
    """The blocks of one run and grading setting. grades: the kind under which grades of these settings lie. fetched: samples that came from the store. Raises InputError where another plan has the run's name."""

    def __init__(self, store: ObjectStore, job: Job, grading: GradingEntry) -> None:
        self.store, self._job = store, job
        settings = msgspec.json.encode(grading_settings(grading, job), order="sorted")
        self._root, self.fetched = job.plan.run_name, 0
        self.grades = f"grades-{hashlib.sha256(settings).hexdigest()[:12]}"
        self._check_plan()

    def _check_plan(self) -> None:
        held = list(self.read("plan", SamplingPlan))
        other = next((plan for plan in held if plan != self._job.plan), None)
        if other is not None:
            where = f"{self.store.url}/{self._root}"
            raise InputError("it holds another plan", path=where, hint="name another --store")
        if not held:
            self.write("plan", [self._job.plan])

    def write(self, kind: str, records: Iterable[Record]) -> str:
        """Keep records as one object; its name."""
        return self.store.put(f"{self._root}/{kind}", b"".join(map(encode_line, records)))

    def names(self, kind: str) -> list[str]:
        """The names of all objects of a kind."""
        return self.store.names(f"{self._root}/{kind}")

    def read(self, kind: str, of: type[R]) -> Iterator[R]:
        """The records of all objects of a kind, an object at a time."""
        for name in self.names(kind):
            yield from self.block(kind, name, of)

    def block(self, kind: str, name: str, of: type[R]) -> list[R]:
        """The records of one object."""
        decoder = msgspec.json.Decoder(of)
        return [decoder.decode(line) for line in self.store.get(f"{self._root}/{kind}", name).splitlines()]


class _Keys:
    """A sample, or its grade under a suite, as one number: a run may have millions."""

    def __init__(self, job: Job) -> None:
        problems = job.problems.problems
        self._place = {p.id: i for i, p in enumerate(problems)}
        self._suites = {(p.id, s.name): i for p in problems for i, s in enumerate(p.suites)}

    def sample(self, record: Completion | Grade) -> int:
        """-1 for what is of no problem of the job."""
        place = self._place.get(record.problem)
        return -1 if place is None else place << 32 | record.index

    def grade(self, grade: Grade) -> int:
        suite = self._suites.get((grade.problem, grade.suite))
        return -1 if suite is None else self.sample(grade) << 8 | suite


def begin_blocks(store: ObjectStore, job: Job, grading: GradingEntry, progress: Progress) -> BlockStore:
    """The blocks of a job, with what the run's folder lacks brought there."""
    blocks = BlockStore(store, job, grading)
    blocks.fetched = fetch_blocks(blocks, job, grading)
    if blocks.fetched:
        progress.note(f"{job.id}: {blocks.fetched} samples were in {store.url}")
    return blocks


def fetch_blocks(blocks: BlockStore, job: Job, grading: GradingEntry) -> int:
    """Bring what the store has and the run's folder lacks into the folder; how many samples came."""
    problems, keys = job.problems.problems, _Keys(job)
    ensure_manifest(job, grading)
    texts = {keys.sample(c): text_sha256(c) for c in stored_completions(job.run, problems)}
    before = len(texts)
    with Journal(job.run.completions, Completion) as samples:
        for name in blocks.names(SAMPLES):
            found = {keys.sample(c): c for c in blocks.block(SAMPLES, name, Completion)}
            new = {key: c for key, c in found.items() if key >= 0 and key not in texts}
            samples.append(new.values())
            texts |= {key: text_sha256(c) for key, c in new.items()}
    graded = {
        keys.grade(g) for g in stored_grades(job.run, problems) if texts.get(keys.sample(g)) == g.text_sha256
    }
    with Journal(job.run.grades, Grade) as grades:
        for name in blocks.names(blocks.grades):
            given = {
                keys.grade(g): g
                for g in blocks.block(blocks.grades, name, Grade)
                if texts.get(keys.sample(g)) == g.text_sha256
            }
            grades.append(g for key, g in given.items() if key >= 0 and key not in graded)
            graded |= given.keys()
    for kind, path, of in _BESIDE:
        held = path(job.run)
        if not held.exists() and (records := list(dict.fromkeys(blocks.read(kind, of)))):
            write_records(held, records)
    return len(texts) - before


def keep_blocks(blocks: BlockStore, job: Job) -> int:
    """Write what the run's folder has and the store lacks into the store; how many objects that were."""
    problems, keys = job.problems.problems, _Keys(job)
    held = {keys.sample(c) for c in blocks.read(SAMPLES, Completion)}
    lacking = (c for c in stored_completions(job.run, problems) if keys.sample(c) not in held)
    written = _write(blocks, SAMPLES, lacking)
    graded = {(keys.grade(g), g.text_sha256) for g in blocks.read(blocks.grades, Grade)}
    ungraded = (g for g in stored_grades(job.run, problems) if (keys.grade(g), g.text_sha256) not in graded)
    written += _write(blocks, blocks.grades, ungraded)
    for kind, path, of in _BESIDE:
        records = read_records(path(job.run), of)
        if records and next(blocks.read(kind, of), None) is None:
            written += _write(blocks, kind, records)
    return written


def _write(blocks: BlockStore, kind: str, records: Iterable[Record]) -> int:
    written, waiting = 0, iter(records)
    while part := list(itertools.islice(waiting, BLOCK)):
        blocks.write(kind, part)
        written += 1
    return written


def put_in_order(job: Job) -> None:
    """Samples and grades in the order of one machine's, each once."""
    problems = job.problems.problems
    if job.run.completions.exists():
        write_records(job.run.completions, stored_completions(job.run, problems))
    if job.run.grades.exists():
        write_records(job.run.grades, stored_grades(job.run, problems))
    if job.run.timings.exists():
        place = {p.id: n for n, p in enumerate(problems)}
        timings = read_records(job.run.timings, BatchTiming)
        timings.sort(key=lambda t: place.get(t.problem, len(place)))
        write_records(job.run.timings, timings)


class _AsSampled:
    """Keeps new samples as blocks while sampling goes on, some seconds' worth in each."""

    def __init__(self, blocks: BlockStore) -> None:
        self._blocks, self._since = blocks, time.monotonic()
        self._waiting: list[Completion] = []

    def add(self, completions: Sequence[Completion], _: Device) -> None:
        self._waiting += completions
        if len(self._waiting) >= BLOCK or time.monotonic() - self._since >= BLOCK_SECONDS:
            self.flush()

    def flush(self) -> None:
        _write(self._blocks, SAMPLES, self._waiting)
        self._waiting, self._since = [], time.monotonic()


def run_stored(store: ObjectStore, job: Job, study: Study, progress: Progress) -> RunResult:
    """`run_job`, with what others have put into the store counted, and what is made here put there."""
    blocks = begin_blocks(store, job, study.grading, progress)
    kept = _AsSampled(blocks)
    try:
        sampled, graded = advance_job(job, study, progress, also=kept.add)
    finally:
        kept.flush()
    if blocks.fetched:
        put_in_order(job)  # blocks come in the order of their names
    keep_blocks(blocks, job)
    return finish_job(job, study, sampled, graded)
