"""What runs on the nodes: an engine that samples, a grader that grades. Each is an actor, and does one thing at a time.

An error of ours that another node might not have, as a model that is not there or a sandbox that is too weak, is returned as
a Refusal; anything raised is a fault, and what was asked is asked of another. Results are in the store, if there is one,
before they are returned.
"""

import contextlib
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from modelassay.core.decoding import ServerProbe
from modelassay.core.errors import AssayError, MissingError, SandboxError
from modelassay.core.measured import BatchTiming, Completion, Device, Grade, SentPrompt
from modelassay.grading.pool import Pool, Tally
from modelassay.grading.sandbox.level import sandbox_level
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import GradingEntry
from modelassay.pipeline.run.concurrent_grading import pool_options, text_sha256
from modelassay.pipeline.run.environment import machine, now
from modelassay.pipeline.run.job import as_sent
from modelassay.pipeline.run.stored_blocks import SAMPLES, BlockStore
from modelassay.sampling.sampler import Wanted
from modelassay.sources.object_store import ObjectStore


@dataclass(frozen=True)
class Node:
    """Where an actor is. id: Ray's name of the node. processor: "" where it cannot be read."""

    id: str
    host: str
    processor: str


@dataclass(frozen=True)
class Refusal:
    """Why an actor cannot do it on its node."""

    message: str
    hint: str = ""


@dataclass(frozen=True)
class Ready:
    """An actor that can begin. prompts: as an engine sends them. sandbox: of a grader. notes: for the manifest."""

    prompts: tuple[SentPrompt, ...] = ()
    sandbox: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sampled:
    """An engine's answer. started: ISO 8601, UTC, by the node's clock."""

    completions: tuple[Completion, ...]
    timings: tuple[BatchTiming, ...]
    device: Device
    probe: ServerProbe | None
    notes: tuple[str, ...]
    started: str
    seconds: float


@dataclass(frozen=True)
class Graded:
    """A grader's answer. ungraded: samples that have no grade, which the driver tries itself in the end."""

    grades: tuple[Grade, ...]
    executed: int
    ungraded: int
    started: str
    seconds: float


class _Worker:
    """What both have. store: the address of the object store, if there is one."""

    def __init__(self, job: Job, grading: GradingEntry, store: str | None) -> None:
        self.job, self.grading = job, grading
        self._store = store
        self.blocks: BlockStore | None = None
        self.notes: list[str] = []

    def where(self) -> Node:
        """The node it was put on: the first thing asked, so that waiting for a place is no hanging."""
        import ray

        return Node(ray.get_runtime_context().get_node_id(), platform.node(), machine().get("processor", ""))

    def check_version(self, plan_hash: str) -> Refusal | None:
        """plan_hash: as the driver has it; another version of this package would have another."""
        if self.job.plan.hash == plan_hash:
            return None
        return Refusal("it has another version of modelassay", "install the driver's version there")

    def open_store(self) -> None:
        """Raises AssayError where it cannot be reached from here, or holds another plan."""
        if self._store is not None:
            self.blocks = BlockStore(ObjectStore(self._store, self.note), self.job, self.grading)

    def note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)


class Engine(_Worker):
    """A model in memory that samples one plan."""

    def begin(self, plan_hash: str) -> Ready | Refusal:
        """Load the model. plan_hash: see `check_version`."""
        try:
            if (refusal := self.check_version(plan_hash)) is not None:
                return refusal
            if self.job.path is not None and not self.job.path.exists():
                raise MissingError(
                    "no model",
                    path=self.job.path,
                    hint="put it at the same path on every node, or on a shared disk",
                )
            self.open_store()
            from modelassay.pipeline.run.backends import open_sampler

            self._stack = contextlib.ExitStack()
            # Groups as on one machine: they decide the last bits of what is sampled.
            self._sampler = self._stack.enter_context(open_sampler(self.job, self.note))
        except AssayError as error:
            return Refusal(str(error), error.hint)
        return Ready(
            prompts=tuple(as_sent(r) for r in self._sampler.rendered.values()), notes=tuple(self.notes)
        )

    def sample(self, wanted: Sequence[Wanted]) -> Sampled | Refusal:
        """These samples."""
        started, began = now(), time.perf_counter()
        completions: list[Completion] = []
        timings: list[BatchTiming] = []
        try:
            for batch in self._sampler.sample(wanted):
                completions += batch.completions
                if batch.timing is not None:
                    timings.append(batch.timing)
            if self.blocks is not None:
                self.blocks.write(SAMPLES, completions)
                self.blocks.write("timings", timings)
        except AssayError as error:
            return Refusal(error.message, error.hint)
        return Sampled(
            tuple(completions), tuple(timings), Device(name=self._sampler.device, dtype=self._sampler.dtype),
            getattr(self._sampler, "probe", None), tuple(self.notes), started, time.perf_counter() - began,
        )  # fmt: skip


class Grader(_Worker):
    """Test runners and their sandboxes, open between blocks."""

    def begin(self, plan_hash: str) -> Ready | Refusal:
        """Attack the sandbox, and open it. Refuses where it is weaker than allowed."""
        try:
            if (refusal := self.check_version(plan_hash)) is not None:
                return refusal
            level = sandbox_level()
            if not level.strong and not self.grading.allow_weak_sandbox:
                missing = ", ".join(layer.name for layer in level.layers if not layer.held)
                return Refusal(
                    f"its sandbox is too weak for strangers' code: {missing}",
                    "allow unprivileged user namespaces there, or say allow_weak_sandbox = true knowing the risk",
                )
            self.open_store()
            options = msgspec.structs.replace(self.grading, workers=1)
            self._problems = {p.id: p for p in self.job.problems.problems}
            self._pool = Pool(pool_options(options))
            self._pool.open()
        except AssayError as error:
            return Refusal(str(error), error.hint)
        return Ready(sandbox=level.name)

    def grade(self, problem: str, completions: Sequence[Completion]) -> Graded | Refusal:
        """These samples' grades, with the hashes of the texts they were given for."""
        started, began = now(), time.perf_counter()
        tally, grades = Tally(), list[Grade]()
        hashes = {c.index: text_sha256(c) for c in completions}
        try:
            for batch in self._pool.grade([(self._problems[problem], completions)], tally):
                grades += [msgspec.structs.replace(g, text_sha256=hashes[g.index]) for g in batch]
            if self.blocks is not None and grades:
                self.blocks.write(self.blocks.grades, grades)
        except SandboxError as error:
            return Refusal(error.message, error.hint)
        return Graded(tuple(grades), tally.executed, tally.ungraded, started, time.perf_counter() - began)


def actor_class(worker: type[_Worker], cpus: float, gpus: float) -> Any:
    """The class as an actor: Ray places it; that a lost one is replaced and its work done again is the driver's."""
    import ray

    options = {"num_cpus": cpus, "num_gpus": gpus, "max_restarts": 0, "max_task_retries": 0}
    return ray.remote(**options, scheduling_strategy="SPREAD")(worker)
