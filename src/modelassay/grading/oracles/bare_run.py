"""A program run once with an input and nothing to judge it by: what it wrote, and how it ended."""

from __future__ import annotations

from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.program_runs import ProgramFile, run_program

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Any

    from modelassay.grading.sandbox.program_runs import ProgramRun
    from modelassay.grading.sandbox.sandbox import Sandbox


class BareRun:
    """The input and the limits of one run."""

    def __init__(self, asked: dict[str, Any], limits: dict[str, Any]) -> None:
        self._stdin: str = asked["stdin"]
        self._memory_bytes: int = asked["memory_limit_mb"] << 20
        seconds: float = asked["seconds"]
        self._limit = Limit(seconds, seconds, seconds, limits["answer_bytes"])

    def run(self, sandbox: Sandbox, source: str) -> ProgramRun:
        """Raises SandboxBrokeError for a fault of our own."""
        given = self._stdin.encode("utf-8", "surrogatepass")
        with ProgramFile(source.encode("utf-8", "surrogatepass"), "") as file:
            return run_program(
                sandbox, file, given, self._limit, memory_bytes=self._memory_bytes, keep_errors=True
            )

    def as_message(self, run: ProgramRun) -> dict[str, Any]:
        """The run as the caller is told of it."""
        grade = ("run", run.outcome, run.detail, round(run.cpu_seconds, 6), None, None)
        return {"how": "whole", "grades": [grade], "output": (run.output, run.errors, run.status)}
