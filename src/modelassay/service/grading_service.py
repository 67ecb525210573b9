"""What each request does, apart from how it arrives: bodies in, answers out."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from typing import Final

import msgspec

from modelassay import __version__
from modelassay.core.errors import InputError, SandboxError
from modelassay.grading.grader import Grader
from modelassay.grading.work import Finished
from modelassay.service.admission import Admission
from modelassay.service.metrics import Metrics
from modelassay.service.requests import GradeRequest, answer, decoded, grouped, read_problems
from modelassay.service.sandbox_fusion import (
    RunRequest,
    SubmitRequest,
    program_of,
    run_answer,
    submit_answer,
    submitted_problem,
)

_LOOK_SECONDS: Final = 0.5  # between two looks whether the client is still there


class GoneError(Exception):
    """The client has gone, and its samples were given up."""


@dataclass(frozen=True)
class ServiceLimits:
    """How much one service does. queue: samples taken on and not answered. deadline_seconds: of a request, at most."""

    body_bytes: int = 64 << 20
    queue: int = 20_000
    deadline_seconds: float = 300.0
    connections: int = 256
    grace_seconds: float = 60.0


class GradingService:
    """One grader behind all requests. For several threads."""

    def __init__(self, grader: Grader, limits: ServiceLimits, workers: int) -> None:
        self.limits = limits
        self.metrics = Metrics()
        self.admission = Admission(limits.queue)
        self._grader = grader
        self._workers = workers
        self._paths: dict[str, Callable[[bytes, Callable[[], bool]], object]] = {
            "/v1/grade": self._grade, "/run_code": self._run_code, "/submit": self._submit,
        }  # fmt: skip

    @property
    def paths(self) -> frozenset[str]:
        """Where bodies may be posted."""
        return frozenset(self._paths)

    def post(self, path: str, body: bytes, gone: Callable[[], bool]) -> bytes:
        """The answer to a body as JSON. gone: whether the client has.

        Raises InputError for a request that is none, FullError, EndingError, GoneError, SandboxError.
        """
        return msgspec.json.encode(self._paths[path](body, gone))

    def health(self) -> bytes:
        """Whether it takes requests, and what keeps samples in."""
        level = self._grader.level
        return msgspec.json.encode(
            {
                "status": "ending" if self.admission.ending else "ok", "version": __version__,
                "sandbox": level and level.name, "workers": self._workers, "waiting": self.admission.inside,
            }
        )  # fmt: skip

    def metrics_text(self) -> str:
        """Counts for Prometheus."""
        gauges = {
            "waiting_samples": ("Samples taken on and not answered.", self.admission.inside),
            "queue_limit_samples": ("Samples that are taken on at most.", self.limits.queue),
            "workers": ("Test runners at most.", self._workers),
        }
        return self.metrics.text(self._grader.statistics, gauges)

    def _grade(self, body: bytes, gone: Callable[[], bool]) -> object:
        request = decoded(body, GradeRequest)
        batch, places = grouped(request.samples, read_problems(request.problems, request.comparison))
        deadline = self._deadline(request.deadline_seconds)
        found = self._found(
            len(request.samples), lambda: self._grader.submit(batch, deadline_seconds=deadline), gone
        )
        return answer(request.samples, places, found)

    def _run_code(self, body: bytes, gone: Callable[[], bool]) -> object:
        request = decoded(body, RunRequest)
        asked = program_of(request)
        deadline = self.limits.deadline_seconds
        (found,) = self._found(
            1, lambda: self._grader.submit_run(request.code, asked, deadline_seconds=deadline), gone
        )
        return run_answer(found)

    def _submit(self, body: bytes, gone: Callable[[], bool]) -> object:
        request = decoded(body, SubmitRequest)
        batch = [(submitted_problem(request), [request.completion])]
        deadline = self.limits.deadline_seconds
        (found,) = self._found(1, lambda: self._grader.submit(batch, deadline_seconds=deadline), gone)
        if found.faults:  # `accepted` has no word for it
            raise SandboxError(f"not graded: {next(iter(found.faults.values()))}")
        return submit_answer(request, found)

    def _deadline(self, asked: float | None) -> float:
        if asked is not None and not asked > 0:
            raise InputError(f"deadline_seconds is {asked:g}", hint="give a number above 0")
        return min(asked or self.limits.deadline_seconds, self.limits.deadline_seconds)

    def _found(
        self, samples: int, submit: Callable[[], "Future[list[Finished]]"], gone: Callable[[], bool]
    ) -> list[Finished]:
        """Have samples graded, unless there is no room, and give them up when the client goes."""
        if samples > self.limits.queue:
            raise InputError(
                f"{samples} samples in one request, and the queue holds {self.limits.queue}",
                hint="send fewer",
            )
        self.admission.enter(samples)
        try:
            future = submit()
            while True:
                try:
                    return future.result(_LOOK_SECONDS)
                except NotYet:
                    if gone():
                        future.cancel()
                        raise GoneError from None
        finally:
            self.admission.leave(samples)
