"""The actors of one kind: started as places come free, given one task at a time, given up when lost or silent.

An actor whose node cannot do it keeps its place there, so that Ray puts no other of its kind into it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from modelassay.cluster.workers import Node, Ready, Refusal
from modelassay.core.errors import error_line

_FACTOR: Final = 10.0  # times its predicted time, that a task may take before its actor counts as hanging


@dataclass(eq=False)
class Member:
    """One actor, and what it is at. ref: of the answer that is waited for. due: when it counts as hanging."""

    actor: Any
    ref: Any
    phase: Literal["placing", "starting", "idle", "busy", "refused"] = "placing"
    node: Node | None = None
    ready: Ready | None = None
    task: Any = None
    due: float | None = None

    @property
    def where(self) -> str:
        return "a node" if self.node is None else f"node {self.node.id[:8]} ({self.node.host})"


@dataclass
class News:
    """What became of a member. lost: why, if it is no more. answer: to its task."""

    member: Member
    task: Any = None
    answer: Any = None
    lost: str = ""
    refused: Refusal | None = None
    started: Ready | None = None


@dataclass
class Crew:
    """kind: as it is called in notes. spawn: makes an actor. patience: seconds that a start, or a task of unknown length,
    may take.
    """

    kind: str
    spawn: Callable[[], Any]
    plan_hash: str
    patience: float
    members: list[Member] = field(default_factory=list)

    def staff(self, number: int) -> None:
        """Have so many actors that can work or are on their way; those too many go if they are at nothing."""
        counted = [m for m in self.members if m.phase != "refused"]
        for _ in range(number - len(counted)):
            actor = self.spawn()
            self.members.append(Member(actor, actor.where.remote()))
        spare = len(counted) - number
        for member in sorted(counted, key=lambda m: m.phase == "idle"):
            if spare > 0 and member.phase != "busy":
                self._dismiss(member)
                spare -= 1

    @property
    def placed(self) -> bool:
        """Whether any is on a node that does not refuse it."""
        return any(m.phase not in ("placing", "refused") for m in self.members)

    @property
    def idle(self) -> list[Member]:
        return [m for m in self.members if m.phase == "idle"]

    @property
    def busy(self) -> list[Member]:
        return [m for m in self.members if m.phase == "busy"]

    @property
    def waiting(self) -> dict[Any, Member]:
        """Answers that are waited for."""
        return {m.ref: m for m in self.members if m.ref is not None}

    def give(
        self, member: Member, task: Any, call: str, arguments: tuple[Any, ...], seconds: float | None
    ) -> None:
        """A task for an idle member. seconds: how long it is predicted to take."""
        member.ref = getattr(member.actor, call).remote(*arguments)
        member.task, member.phase = task, "busy"
        member.due = time.monotonic() + max(self.patience, _FACTOR * (seconds or 0.0))

    def heard(self, member: Member) -> News:
        """What a member's answer, which is there, says."""
        import ray

        try:
            answer = ray.get(member.ref)
        except ray.exceptions.RayTaskError as error:
            return self._lost(member, f"it failed: {error_line(error.cause or error)}")
        except ray.exceptions.RayError as error:
            return self._lost(member, f"{member.where} was lost: {type(error).__name__}")
        member.ref = None
        if member.phase == "placing":
            member.node, member.phase = answer, "starting"
            member.ref = member.actor.begin.remote(self.plan_hash)
            member.due = time.monotonic() + self.patience
            return News(member)
        task, member.task, member.due = member.task, None, None
        if isinstance(answer, Refusal) and member.phase == "starting":
            member.phase = "refused"
            return News(member, refused=answer)
        if member.phase == "starting":
            member.phase, member.ready = "idle", answer
            return News(member, started=answer)
        member.phase = "idle"
        return News(member, task=task, answer=answer)

    def overdue(self) -> list[News]:
        """Members that hang: they are ended, and their tasks are free."""
        now = time.monotonic()
        late = [m for m in self.members if m.due is not None and m.due < now]
        return [self._lost(m, f"{m.where} said nothing for too long") for m in late]

    def close(self) -> None:
        for member in list(self.members):
            self._dismiss(member)

    def _lost(self, member: Member, why: str) -> News:
        self._dismiss(member)
        return News(member, task=member.task, lost=why)

    def _dismiss(self, member: Member) -> None:
        import ray

        self.members.remove(member)
        ray.kill(member.actor, no_restart=True)
