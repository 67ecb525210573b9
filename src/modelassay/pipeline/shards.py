"""One plan done in parts on several machines, without anything between them but files: `--shard 3/16`, then `assay merge`.

Each part has a folder of its own. Merging looks at what the folders hold, not at who made it: a sample that two folders
hold counts once, plans must be equal, and what is missing is named.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import (
    BatchTiming,
    Completion,
    Device,
    Grade,
    LeftOut,
    Manifest,
    SamplingPlan,
    SentPrompt,
)
from modelassay.core.problems import Problem
from modelassay.core.records import Record
from modelassay.core.shards import Shard
from modelassay.core.store import check_writable, read_records, set_aside, write_records
from modelassay.core.stored_records import Stored
from modelassay.core.workdir import RunDir
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.results.from_runs import chosen_of
from modelassay.pipeline.run.concurrent_grading import text_sha256
from modelassay.pipeline.run.files import stored_completions, stored_grades
from modelassay.pipeline.run.held import held
from modelassay.pipeline.run.progress import Progress

R = TypeVar("R", bound=Record)
SAME_PLACE = "name another folder with --out"


class Merged(Record):
    """What came of merging. repeated: samples that several folders held; differing: of these, with other texts."""

    run: str
    plan_hash: str
    shards: int
    candidates: int
    graded: int
    repeated: int
    differing: int
    lacking: int


def in_shard(job: Job, shard: Shard, out: Path) -> Job:
    """The job of one part, in its folder. Raises InputError for a folder that holds something else."""
    run = RunDir(out)
    check_folder(job, out, shard)
    check_writable(out)
    write_records(run.shard, [shard])
    return replace(job, run=run, shard=shard)


def check_folder(job: Job, out: Path, shard: Shard | None) -> None:
    """Raises InputError for a folder that holds another plan, or another part of it. shard: None for all of it."""
    run = RunDir(out)
    kept, manifest = read_records(run.shard, Shard), read_records(run.manifest, Manifest)
    if manifest and manifest[-1].plan != job.plan:
        raise InputError(f"it holds a run of {manifest[-1].plan.model}", path=out, hint=SAME_PLACE)
    if (kept or manifest) and (kept[-1] if kept else None) != shard:
        held = f"shard {kept[-1]}" if kept else "a whole run"
        wanted = "a whole run" if shard is None else f"shard {shard}"
        raise InputError(f"it holds {held}, not {wanted}", path=out, hint=SAME_PLACE)


@dataclass(frozen=True)
class _Part:
    """One of the folders to merge."""

    run: RunDir
    manifest: Manifest
    shard: Shard | None

    def __str__(self) -> str:
        return str(self.run.root)


def merge_runs(
    folders: Sequence[Path], out: Path, source: Source, progress: Progress, *, partial: bool
) -> Merged:
    """One run of the samples and grades of several folders. partial: go on where samples of the plan are missing.

    Raises InputError where plans or grading settings differ, or where something is missing.
    """
    parts = _parts(folders, out)
    first = parts[0]
    _check_equal(parts)
    chosen = chosen_of(first.manifest, first.run, source)
    problems = chosen.problems.problems
    merge = _Merge(parts, problems)
    lacking = _lacking(parts, merge)
    if lacking and not partial:
        hint = "finish them and merge again, or go on without with --partial"
        raise InputError(f"not all is there: {lacking[0]}", path=out, hint=hint)
    for line in lacking:
        progress.note(line)
    run = RunDir(out)
    with held([out]):  # the parts may still be sampled: what they have by now is merged
        if run.manifest.exists():
            for path in run.files:
                set_aside(path)
        write_records(run.completions, merge.completions())
        if any(part.run.grades.exists() for part in parts):
            write_records(run.grades, merge.grades())
        _write_beside(parts, run, [p.id for p in problems])
        write_records(run.manifest, [_manifest(parts, merge.held)])
    if merge.differing:
        progress.note(f"{merge.differing} samples differ between folders; the first folder's count")
    return Merged(
        run=str(out), plan_hash=first.manifest.plan_hash, shards=len(parts), candidates=merge.samples,
        graded=merge.graded, repeated=merge.repeated, differing=merge.differing, lacking=len(lacking),
    )  # fmt: skip


def _parts(folders: Sequence[Path], out: Path) -> list[_Part]:
    """The folders as runs. Raises MissingError or InputError."""
    parts: list[_Part] = []
    for folder in dict.fromkeys(path.resolve() for path in folders):
        run = RunDir(folder)
        manifests = read_records(run.manifest, Manifest)
        if not manifests or not run.completions.is_file():
            hint = "give the folders that `assay sample --shard` or `assay grade --shard` wrote"
            raise MissingError("no run with a manifest.jsonl and completions.jsonl", path=folder, hint=hint)
        if out.resolve() == folder:
            raise InputError("it is one of the folders to merge", path=out, hint=SAME_PLACE)
        shards = read_records(run.shard, Shard)
        parts.append(_Part(run, manifests[-1], shards[-1] if shards else None))
    there = read_records(RunDir(out).manifest, Manifest)
    if there and there[-1].plan != parts[0].manifest.plan:
        raise InputError(f"it holds a run of {there[-1].plan.model}", path=out, hint=SAME_PLACE)
    return sorted(parts, key=lambda part: part.shard.index if part.shard else 0)


def _check_equal(parts: Sequence[_Part]) -> None:
    """Raises InputError where two folders are not of one plan, or were graded with other settings."""
    first = parts[0]
    for part in parts[1:]:
        if part.manifest.plan != first.manifest.plan:
            differing = ", ".join(_differing(first.manifest.plan, part.manifest.plan))
            hint = f"merge only what one plan made; {differing} differ from those of {first}"
            raise InputError("another plan", path=str(part), hint=hint)
        graded = part.run.grades.exists() and first.run.grades.exists()
        if graded and part.manifest.grading_settings != first.manifest.grading_settings:
            hint = f"grade both with the same settings and version as {first}"
            raise InputError("graded with other settings", path=str(part), hint=hint)
        if part.shard is not None and first.shard is not None and part.shard.of != first.shard.of:
            hint = f"{first} is shard {first.shard}"
            raise InputError(f"shard {part.shard} is of another division", path=str(part), hint=hint)


def _differing(one: SamplingPlan, other: SamplingPlan) -> list[str]:
    return [name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name)]


def _lacking(parts: Sequence[_Part], merge: "_Merge") -> list[str]:
    """What the plan asks for and no folder holds, a line each."""
    plan = parts[0].manifest.plan
    found: list[str] = []
    shards = {part.shard.index for part in parts if part.shard is not None}
    if shards and all(part.shard is not None for part in parts):
        of = next(part.shard.of for part in parts if part.shard is not None)
        found += [f"shard {n}/{of} is not among the folders" for n in range(1, of + 1) if n not in shards]
    if plan.samples_per_problem is not None:
        there = merge.counted()
        short = {p: plan.samples_per_problem - there.get(p, 0) for p in plan.problems}
        number = sum(n for n in short.values() if n > 0)
        if number:
            name = next(p for p, n in short.items() if n > 0)
            found.append(f"{number} samples of the plan have not been sampled, as of {name}")
    return found


class _Merge:
    """The records of all folders in the order of the problem set, each sample once; little of them in memory."""

    def __init__(self, parts: Sequence[_Part], problems: Sequence[Problem]) -> None:
        self._problems = problems
        self._completions = [stored_completions(part.run, problems) for part in parts]
        self._grades = [stored_grades(part.run, problems) for part in parts]
        self.held: Counter[int] = Counter()  # folder → samples of it that count
        self.samples, self.graded, self.repeated, self.differing = 0, 0, 0, 0

    def counted(self) -> Counter[str]:
        """Problem → samples, each once."""
        keys = {key for stored in self._completions for key in stored.every_key()}
        return Counter(self._problems[key >> 32].id for key in keys)

    def completions(self) -> Iterator[Completion]:
        """Each sample once: the first folder's."""
        self.samples, self.repeated, self.differing = 0, 0, 0
        self.held.clear()
        for _, group in _groups(self._completions, lambda key: key):
            folder, kept = group[0]
            self.samples += 1
            self.held[folder] += 1
            self.repeated += len(group) > 1
            self.differing += any(other.text != kept.text for _, other in group[1:])
            yield kept

    def grades(self) -> Iterator[Grade]:
        """The grades of the samples that count, one per suite, in the order of the samples."""
        self.graded = 0
        samples = _groups(self._completions, lambda key: key)
        place, kept = -1, None
        for key, group in _groups(self._grades, lambda key: key >> 8):
            while place < key and (found := next(samples, None)) is not None:
                place, kept = found[0], found[1][0][1]
            if kept is None or place != key:  # grades of a sample that no folder holds
                continue
            digest = text_sha256(kept)
            suites = {g.suite: g for _, g in reversed(group) if g.text_sha256 == digest}
            self.graded += bool(suites)
            yield from (suites[name] for name in sorted(suites))


def _groups(
    stored: Sequence[Stored[R]], of: Callable[[int], int]
) -> Iterator[tuple[int, list[tuple[int, R]]]]:
    """Each sample's key, and (folder, record) of all folders that are of it, the first folder's first. of: a record's key →
    its sample's.
    """

    def keyed(n: int) -> Iterator[tuple[int, int, int]]:
        return ((of(key), n, i) for i, key in enumerate(stored[n].every_key()))

    streams = map(keyed, range(len(stored)))
    group: list[tuple[int, R]] = []
    last = -1
    for key, n, i in heapq.merge(*streams):
        if key != last and group:
            yield last, group
            group = []
        last = key
        group.append((n, stored[n][i]))
    if group:
        yield last, group


def _write_beside(parts: Sequence[_Part], run: RunDir, order: Sequence[str]) -> None:
    """The smaller files of a run: prompts, timings, devices, problems, and what could not be graded."""
    place = {problem: n for n, problem in enumerate(order)}

    def ordered(records: Iterable[Any]) -> list[Any]:
        return sorted(records, key=lambda r: place.get(r.problem, len(place)))

    def every(path: Callable[[RunDir], Path], kind: type[R]) -> list[R]:
        return [record for part in parts for record in read_records(path(part.run), kind)]

    prompts = {p.problem: p for p in every(lambda r: r.prompts, SentPrompt)}
    timings = every(lambda r: r.timings, BatchTiming)
    devices = list(dict.fromkeys(every(lambda r: r.device, Device)))
    left_out = {entry.problem: entry for entry in every(lambda r: r.left_out, LeftOut)}
    for target, records in (
        (run.prompts, ordered(prompts.values())), (run.timings, ordered(timings)),
        (run.device, devices), (run.left_out, ordered(left_out.values())),
        (run.problems, read_records(parts[0].run.problems, Problem)),
    ):  # fmt: skip
        if records:
            write_records(target, records)


def _manifest(parts: Sequence[_Part], held: Counter[int]) -> Manifest:
    """The first folder's manifest, with where each part was made."""
    first = parts[0].manifest
    notes = [*first.notes]
    for number, part in enumerate(parts):
        notes += [note for note in part.manifest.notes if note not in notes]
        machine = part.manifest.machine
        where = machine.get("processor") or machine.get("system") or "an unknown machine"
        name = f"shard {part.shard}" if part.shard else part.run.root.name
        notes.append(
            f"{name}: {held[number]} samples, made on {where} from {part.manifest.started}, sandbox {part.manifest.sandbox_level}"
        )
    return msgspec.structs.replace(first, notes=tuple(notes))
