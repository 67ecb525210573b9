"""Samples in other languages under their tests: compiled once, run beside nothing of the tests, judged in another sandbox."""

from __future__ import annotations

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.wire import SandboxBrokeError
from modelassay.grading.languages.answers import program_in
from modelassay.grading.languages.test_programs import UNREADABLE, LanguageTests
from modelassay.grading.oracles.oracles import OracleError, Verdict
from modelassay.grading.sandbox.command_runs import COMPILE_SECONDS, compiled, run_command, settings_for
from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.sandbox import Sandbox
from modelassay.grading.sandbox.toolchains import Toolchain

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from modelassay.grading.extraction.programs import Program
    from modelassay.grading.sandbox.process_start import SandboxSettings
    from modelassay.grading.sandbox.program_runs import ProgramRun

RUN_SECONDS: Final = 15.0  # MultiPL-E's own limit, there of wall time
_LEAST_ANSWER_BYTES: Final = 1 << 20


class LanguageVerdict(NamedTuple):
    """What became of one program. passed: tests, before the first that did not. killed: by SIGKILL."""

    verdict: Verdict
    passed: int
    cpu_seconds: float
    killed: bool


class Sandboxes:
    """Two sandboxes of one language: where samples are compiled and run, and where their values are judged."""

    def __init__(self, settings: SandboxSettings, alive: Callable[[], None]) -> None:
        self._settings, self._alive = settings, alive
        self._open: dict[str, Sandbox] = {}
        self._language = ""

    def get(self, kind: str, tools: Toolchain) -> Sandbox:
        """kind: `samples` or `judges`. Raises OracleError where the sandbox is weak, SandboxBrokeError."""
        if tools.language != self._language:
            self.close()
            self._language = tools.language
        if kind not in self._open:
            self._open[kind] = sandbox = Sandbox(settings_for(tools, self._settings))
            sandbox.alive = self._alive
            # There a program could be started in sight of the whole machine, or not at all, which no sample is to blame for.
            lacking = [name for name in ("namespaces", "seccomp") if name not in sandbox.layers()]
            if lacking:
                self.drop(kind)
                raise OracleError(
                    f"other languages are not graded in a sandbox without {' and '.join(lacking)}"
                )
        return self._open[kind]

    def drop(self, kind: str) -> None:
        """End one that is used up."""
        if kind in self._open:
            self._open.pop(kind).close()

    def close(self) -> None:
        """End both."""
        for kind in list(self._open):
            self.drop(kind)


class LanguageRuns:
    """The tests of one problem. Raises ValueError where they cannot be asked here."""

    def __init__(self, oracle: dict[str, Any], prompt: str, name: str, limits: dict[str, Any]) -> None:
        if "lacking" in oracle:
            raise ValueError(oracle["lacking"])
        self._tests = LanguageTests(Toolchain(*oracle["tools"]), prompt, name, oracle["tests"])
        self._stop_texts: tuple[str, ...] = tuple(oracle["stop_texts"])
        self._prompt = prompt
        seconds = limits["cpu_seconds"] or RUN_SECONDS
        self._limit = Limit(seconds, seconds, seconds, max(limits["answer_bytes"], _LEAST_ANSWER_BYTES))
        self._judge: tuple[str, bytes] | None = None
        self.tests = len(self._tests.split.calls)

    def program(self, text: str, form: str) -> Program:
        """The program in an answer."""
        tests = self._tests
        return program_in(tests.language, self._prompt, tests.name, text, form, self._stop_texts)

    def verdict(self, boxes: Sandboxes, program: str) -> LanguageVerdict:
        """Compile and run a program, and judge what it returned. Raises OracleError, SandboxBrokeError."""
        judge = self._judging(boxes)
        source = self._tests.sample_source(program)
        made = b""
        if self._tests.is_compiled:
            run = self._in(boxes, "samples", lambda box: compiled(box, self._tests.compiler(source)))
            if run.outcome != "passed":
                return LanguageVerdict(_compile_failure(run), 0, run.cpu_seconds, run.killed)
            made = run.output
        command = self._tests.runner(source, made)
        run = self._in(boxes, "samples", lambda box: run_command(box, command, b"", self._limit))
        if run.killed:
            return LanguageVerdict(Verdict(run.outcome, run.detail), 0, run.cpu_seconds, True)
        return self._judged(boxes, judge, run)._replace(cpu_seconds=run.cpu_seconds)

    def _judging(self, boxes: Sandboxes) -> tuple[str, bytes]:
        """The tests' own program, compiled once."""
        if self._judge is None:
            source, made = self._tests.judge_source(), b""
            if self._tests.is_compiled:
                run = self._in(boxes, "judges", lambda box: compiled(box, self._tests.compiler(source)))
                if run.outcome != "passed":
                    raise OracleError(f"its tests cannot be compiled here: {_compile_failure(run).detail}")
                made = run.output
            command = self._tests.runner(source, made)
            run = self._in(boxes, "judges", lambda box: run_command(box, command, b"", self._limit))
            if run.status != UNREADABLE:  # which is right where there is no value to read
                raise OracleError(f"its tests do not run here: {_error_line(run.errors) or run.detail}")
            self._judge = source, made
        return self._judge

    def _judged(self, boxes: Sandboxes, judge: tuple[str, bytes], sample: ProgramRun) -> LanguageVerdict:
        """What the tests say of the values that a sample has sent."""
        command = self._tests.runner(*judge)
        run = self._in(boxes, "judges", lambda box: run_command(box, command, sample.output, self._limit))
        read = min(len(run.output), self.tests)
        if run.outcome == "passed" and sample.outcome == "passed":
            return LanguageVerdict(Verdict("passed"), self.tests, 0.0, run.killed)
        statements = self._tests.split.statements
        if run.status == UNREADABLE or (run.outcome == "passed" and sample.outcome != "passed"):
            return LanguageVerdict(self._unanswered(sample, read), read, 0.0, run.killed)
        if run.outcome in ("timed-out", "out-of-memory"):
            verdict = Verdict(run.outcome, f"the tests did not end on what it returned: {run.detail}")
            return LanguageVerdict(verdict, max(read - 1, 0), 0.0, run.killed)
        where = f"test {read} of {self.tests}: {statements[read - 1][:200]}" if read else "no test"
        return LanguageVerdict(Verdict("failed", where), max(read - 1, 0), 0.0, run.killed)

    def _unanswered(self, sample: ProgramRun, read: int) -> Verdict:
        """Why there was no value for a test."""
        where = f"after {read} of {self.tests} calls"
        if sample.outcome == "passed":
            return Verdict("failed", f"ended, or sent what cannot be read, {where}")
        detail = _error_line(sample.errors) or sample.detail
        return Verdict(sample.outcome, f"{where}: {detail}"[:500])

    def _in(self, boxes: Sandboxes, kind: str, run: Callable[[Sandbox], ProgramRun]) -> ProgramRun:
        """A run in one of the sandboxes, which is not used again where it broke or cannot be cleaned."""
        try:
            done = run(boxes.get(kind, self._tests.tools))
        except SandboxBrokeError:
            boxes.drop(kind)
            raise
        if not done.clean:
            boxes.drop(kind)
        return done


def _compile_failure(run: ProgramRun) -> Verdict:
    """Why there is no program. A compiler's exit above 128 is a signal: of its limit of time, or memory that it did not get."""
    if run.outcome == "error" and run.status - 128 in (9, 24):
        return Verdict("timed-out", f"not compiled within {COMPILE_SECONDS:.0f} s of CPU time")
    if run.outcome == "error":
        lines = run.errors.decode("utf-8", "replace").splitlines()
        said = next((line for line in lines if "error" in line), run.detail)
        return Verdict("error", f"does not compile: {said}"[:500])
    return Verdict(run.outcome, f"while compiling: {run.detail}")


def _error_line(errors: bytes) -> str:
    """The line of a program's stderr that says what went wrong."""
    lines = [line.strip() for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    marks = ("Error", "Exception", "terminate called", "what():")
    found = [line for line in lines if any(mark in line for mark in marks)]
    return found[0][:300] if found else ""
