"""The test runner: holds the tests and asks samples in its own sandbox.

One per worker, in a process of its own (test_runner_process.py). Trusted test code runs here, never in the caller's
process; samples run in the sandbox, never here. It reads requests from its socket and answers with one
message per program.
"""

from __future__ import annotations

import _socket
import select
import time

from modelassay.grading.boundary.wire import FRAME, SandboxBrokeError, framed, receive, unpack
from modelassay.grading.extraction.extract import UNREAD
from modelassay.grading.extraction.programs import Program, why_absent
from modelassay.grading.oracles.ahead import Ahead
from modelassay.grading.oracles.bare_run import BareRun
from modelassay.grading.oracles.conversation import Conversation, UncrossableError
from modelassay.grading.oracles.faults import InternalError
from modelassay.grading.oracles.oracles import OracleError, Verdict
from modelassay.grading.oracles.sealed_runs import SealedRun, sealed_run
from modelassay.grading.patience import Patience
from modelassay.grading.prepared import TRIES, Prepared, clean, run_suite
from modelassay.grading.problem_messages import ArrivingTexts
from modelassay.grading.sandbox.level import measure_level
from modelassay.grading.sandbox.sample_run import Run
from modelassay.grading.sandbox.sandbox import Sandbox
from modelassay.grading.sandbox.scheduling import ANY_CPU, stay_on
from modelassay.grading.upcoming import Upcoming

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Any, Final

    from modelassay.grading.oracles.language_runs import LanguageRuns, Sandboxes
    from modelassay.grading.oracles.program_tests import ProgramTests


REFERENCES_SECONDS: Final = 60.0  # without any request, after which the sandboxes of references are ended
QUIET_SECONDS: Final = 0.01  # verdicts that follow each other faster are told together


class SuiteRunner:
    """Answers requests until its socket is closed."""

    def __init__(
        self,
        caller: _socket.socket,
        limits: dict[str, Any],
        sandbox: Sandbox,
        *,
        allow_weak: bool,
        patience: Patience,
    ) -> None:
        self._caller = caller
        self._allow_weak = allow_weak
        self._limits = limits
        self._patience = patience
        self._sandbox = sandbox
        self._settings = sandbox.settings
        self._cpu = sandbox.settings.cpu  # that this process stays on after the first samples
        # References run where no sample is ever forked: here, or under another hash seed.
        self._references: Sandbox | None = None
        self._elsewhere: Sandbox | None = None
        self._boxes: Sandboxes | None = None  # of another language
        self._problems: dict[int, Prepared] = {}
        self._texts = ArrivingTexts()
        self._runs: dict[int, BareRun] = {}
        self._begun: Run | None = None
        self._unfit = ""  # why the latest problem is not among them
        self._upcoming = Upcoming(None, [])
        self._shown = False  # whether the caller knows the level of the sandbox
        self._told = 0.0  # when the caller was last told that this process is alive
        sandbox.alive = self._say_alive

    def serve(self, begun: Run | None = None) -> None:
        """begun: the attack that says what the sandbox keeps out, if it has been started."""
        self._begun = begun
        while True:
            if any(box is not None for box in (self._references, self._elsewhere, self._boxes)):
                asked = select.poll()
                asked.register(self._caller, select.POLLIN)
                if not asked.poll(REFERENCES_SECONDS * 1000):
                    self.end_references()
            head = receive(self._caller, FRAME.size)
            body = head and receive(self._caller, FRAME.unpack(head)[0])
            if not body or not self._request(unpack(body)):
                return

    def end_references(self) -> None:
        """End the sandboxes of references, until the next one comes."""
        for sandbox in (self._references, self._elsewhere):
            if sandbox is not None:
                sandbox.close()
        self._references = self._elsewhere = None
        if self._boxes is not None:
            self._boxes.close()
            self._boxes = None

    def _show_level(self) -> bool:
        """Tell what the sandbox keeps out, once; False when there is none to be had that is strong enough."""
        for attempt in range(TRIES):
            try:
                level = measure_level(self._sandbox, self._begun)
            except SandboxBrokeError as fault:
                self._renew()
                self._begun = None
                if attempt == TRIES - 1:
                    self._send({"broken": str(fault)})
            else:
                self._send({"level": [level.name, level.strong, [list(layer) for layer in level.layers]]})
                self._shown = True
                return level.strong or self._allow_weak
        return False

    def _request(self, request: tuple[Any, ...]) -> bool:
        """Do what is asked. False: there is no sandbox for it.

        What can be done while the attack still goes on is done before its end is waited for.
        """
        match request:
            case ("problem", int(key), {"run": dict(asked)}):
                self._problems.clear()
                self._runs = {key: BareRun(asked, self._limits)}
            case ("texts", str(suite), str(name), list(parts)):
                self._texts.add(suite, name, parts)
            case ("problem", int(key), dict(problem)):
                self._problems.clear()
                self._runs.clear()
                problem = self._texts.complete(problem)
                try:
                    self._problems[key] = prepared = Prepared(problem, self._limits, self._patience)
                    if prepared.has_references:
                        self._place_of_references(prepared.hash_seed)  # which gets ready meanwhile
                except Exception as error:  # tests that are no Python, inputs that cannot cross
                    self._unfit = f"its tests cannot be read: {type(error).__name__}: {error}"
            case ("grade", int(key), list(programs)):
                found = self._grade(self._problems.get(key), programs, self._runs.get(key))
                stay_on(self._cpu)
                self._cpu = ANY_CPU
                return found
        return True

    def _grade(
        self, prepared: Prepared | None, programs: list[tuple[int, str, str]], bare: BareRun | None
    ) -> bool:
        """Tell the verdicts on some programs of one problem, or what came of them where nothing is asked but a run."""
        told = time.monotonic()
        unsaid: list[bytes] = []
        self._upcoming = Upcoming(prepared, programs)
        for number, text, form, found in self._upcoming:
            if not self._shown and not self._show_level():
                return False
            if bare is not None:
                graded = self._run(bare, text)
            else:
                graded = self._graded(prepared, found) if prepared and found else unjudgeable(self._unfit, "")
                if prepared and graded["how"] == UNREAD:
                    graded = self._read(prepared, text, form, graded)
            unsaid.append(framed({"n": number, **graded}))
            # Each message wakes the caller, which takes a core from the samples.
            if (now := time.monotonic()) - told > QUIET_SECONDS:
                self._caller.sendall(b"".join(unsaid))
                told = now
                unsaid.clear()
        self._caller.sendall(b"".join(unsaid))
        return True

    def _read(self, prepared: Prepared, text: str, form: str, graded: dict[str, Any]) -> dict[str, Any]:
        """What is told of a text that was run as it stands before it was read: it passed, or is read now, and may be another program."""
        if "grades" in graded and all(outcome == "passed" for _, outcome, *_ in graded["grades"]):
            return {**graded, "how": "whole-program"}
        found = prepared.program(text, form, read=True)
        return {**graded, "how": found.how} if found.source == text else self._graded(prepared, found)

    def _run(self, bare: BareRun, text: str) -> dict[str, Any]:
        """What came of a program; tried again where our sandbox broke, or somebody killed it."""
        fault = "killed from outside"
        for attempt in range(TRIES):
            try:
                run = bare.run(self._sandbox, text)
            except SandboxBrokeError as problem:
                fault = str(problem)
                self._renew()
                continue
            if not run.clean:
                self._renew()
            if not run.killed or attempt == TRIES - 1:
                return bare.as_message(run)
        return {"how": "whole", "fault": fault, "again": True}

    def _send(self, said: dict[str, Any]) -> None:
        self._caller.sendall(framed(said))

    def _say_alive(self) -> None:
        if (now := time.monotonic()) - self._told > self._patience.alive:
            self._told = now
            self._send({"alive": True})

    def _renew(self) -> None:
        self._sandbox.close()
        self._sandbox = Sandbox(self._settings)
        self._sandbox.alive = self._say_alive

    def _learn(self, prepared: Prepared) -> None:
        """Let the references say what is right, once per problem, under the hash seed that it asks for."""
        if prepared.learned:
            return
        place = self._place_of_references(prepared.hash_seed) if prepared.has_references else self._sandbox
        try:
            prepared.learn(place)
        except SandboxBrokeError:
            if place is not self._sandbox:
                place.close()
                self._references = None if place is self._references else self._references
                self._elsewhere = None if place is self._elsewhere else self._elsewhere
            raise

    def _place_of_references(self, hash_seed: int) -> Sandbox:
        """A sandbox of their own, with a fork server that no sample is ever forked from."""
        if hash_seed == self._settings.hash_seed:
            if self._references is None:
                self._references = self._sandbox.second()
                self._references.alive = self._say_alive
            return self._references
        if self._elsewhere is None or self._elsewhere.settings.hash_seed != hash_seed:
            if self._elsewhere is not None:
                self._elsewhere.close()
            self._elsewhere = Sandbox(self._settings._replace(hash_seed=hash_seed))
            self._elsewhere.alive = self._say_alive
        return self._elsewhere

    def _graded(self, prepared: Prepared, found: Program) -> dict[str, Any]:
        """Verdicts of all suites on one program, or `fault` when it could not be graded through our own fault.

        `again`: the fault is of this machine at this moment, so another try may go well. A sample that was killed
        gets another try, for it may have been somebody outside; one that is killed each time has done it itself. One that
        had no room to be looked at for endless loops is run again without that.
        """
        if found.source is None:
            return {"how": found.how, "grades": prepared.without_program(why_absent(found.how))}
        program = found.source.encode("utf-8", "surrogatepass")
        fault, kills, look, again = "killed from outside", 0, True, True
        for _ in range(TRIES):
            if prepared.unjudgeable:
                break
            try:
                self._learn(prepared)
                told, killed, disturbed = self._run_of(prepared, program, look=look)
                kills += killed
                look = look and not disturbed
                if kills == TRIES or not (killed or disturbed):
                    return {"how": found.how, **told}
            except SandboxBrokeError as problem:
                fault = str(problem)
                self._renew()
            except InternalError as problem:  # a bug, which another process of ours has, too
                fault, again = clean(str(problem)), False
            except (OracleError, UncrossableError) as problem:
                # What tests lack on this machine they lack beside a sample, too, where it would count against it.
                if isinstance(problem, UncrossableError) and prepared.can_fall_back:
                    prepared.sealed = True
                    continue
                prepared.failed(clean(str(problem)), reference=not prepared.learned)
                if prepared.learned:
                    return unjudgeable(clean(str(problem)), found.how)
        if prepared.unjudgeable:
            return unjudgeable(prepared.unjudgeable, found.how)
        return {"how": found.how, "fault": fault, "again": again}

    def _run_of(self, prepared: Prepared, program: bytes, *, look: bool) -> tuple[dict[str, Any], bool, bool]:
        """What one run of a program comes to, whether it was killed, and whether a look for endless loops disturbed it."""
        if prepared.programs is not None:
            return self._programs(prepared.programs, program)
        if prepared.language is not None:
            return self._language(prepared.language, program)
        if prepared.sealed:
            run = self._sealed(prepared, program)
            told = prepared.suite_rows(run.verdicts, run.cpu_seconds)
            return {"grades": told, "at_load": run.at_load, "mode": "sealed"}, run.killed, False
        grades, conversation = self._verdicts(prepared, program, look=look)
        if grades[-1][1] != "passed" and prepared.is_doubtful(conversation):
            beside = self._beside(prepared, program)
            if beside is not None:
                return {"grades": beside, "mode": "sealed"}, False, False
        return (
            {"grades": grades, "at_load": not conversation.loaded},
            conversation.killed,
            conversation.disturbed,
        )

    def _programs(self, suite: tuple[str, ProgramTests], program: bytes) -> tuple[dict[str, Any], bool, bool]:
        """What a whole program comes to under its inputs and outputs."""
        name, tests = suite
        found = tests.verdict(
            lambda: self._sandbox,
            self._renew,
            program,
            lambda: self._place_of_references(self._settings.hash_seed),
        )
        outcome, detail = found.verdict
        told = (name, outcome, clean(detail), round(found.cpu_seconds, 6), found.passed, tests.tests)
        beside: dict[str, Any] = {"under": found.under, "differs": found.differs} if found.under else {}
        if "0" in found.by_test[:-1]:  # else the numbers of tests say it
            beside["by_test"] = found.by_test
        return {"grades": [told], **beside}, found.killed, False

    def _language(self, suite: tuple[str, LanguageRuns], program: bytes) -> tuple[dict[str, Any], bool, bool]:
        """What a program in another language comes to."""
        if self._boxes is None:
            from modelassay.grading.oracles.language_runs import Sandboxes

            self._boxes = Sandboxes(self._settings, self._say_alive)
        name, runs = suite
        found = runs.verdict(self._boxes, program.decode("utf-8", "surrogatepass"))
        outcome, detail = found.verdict
        told = (name, outcome, clean(detail), round(found.cpu_seconds, 6), found.passed, runs.tests)
        return {"grades": [told]}, found.killed, False

    def _sealed(self, prepared: Prepared, program: bytes) -> SealedRun:
        """What becomes of a program beside which its tests are run."""
        run = sealed_run(self._sandbox, prepared.suites, program, prepared.limit)
        if not run.clean:
            self._renew()
        return run

    def _beside(self, prepared: Prepared, program: bytes) -> list[tuple[Any, ...]] | None:
        """The verdicts of the sealed mode on a program that failed across the trust boundary, if it passes there."""
        try:
            run = self._sealed(prepared, program)
        except UncrossableError:  # what the tests need is not in the sandbox
            return None
        return [*prepared.suite_rows(run.verdicts, run.cpu_seconds)] if run.passed else None

    def _verdicts(
        self, prepared: Prepared, program: bytes, *, look: bool
    ) -> tuple[list[tuple[Any, ...]], Conversation]:
        """The verdict of each suite, and the conversation that has led to it."""
        ahead = prepared.ahead
        conversation = self._upcoming.conversation(self._sandbox, prepared, program, look=look)
        verdicts: list[tuple[str, Verdict]] = []
        try:
            for name, oracle in prepared.suites:
                before = verdicts[-1][1] if verdicts else None
                if before is not None and before.outcome != "passed":
                    verdicts.append((name, before))
                else:
                    verdicts.append((name, run_suite(oracle, conversation, self._patience.still)))
        finally:
            conversation.finish()
        prepared.interactive = prepared.interactive or conversation.interactive
        if conversation.left_at is not None and verdicts[-1][1].outcome == "passed":
            prepared.ahead = Ahead(ahead.operations[: conversation.left_at], whole=False)
        if not conversation.clean:
            self._renew()
        return prepared.suite_rows(verdicts, conversation.cpu_seconds), conversation


def unjudgeable(reason: str, how: str) -> dict[str, Any]:
    """What is told of a sample whose problem cannot be graded."""
    return {"how": how, "fault": reason, "unjudgeable": True}
