"""The test runner: holds the tests and asks candidates in its own sandbox.

One per worker, in a process of its own (test_runner_process.py). Trusted test code runs here, never in the caller's
process; candidates run in the sandbox, never here. It reads requests from its socket and answers with one
message per program.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import resource
import time

from modelassay.grading.boundary.wire import FRAME, SandboxBrokeError, framed, receive, unpack
from modelassay.grading.comparisons.comparison import Comparison
from modelassay.grading.extraction.extract import DEFAULT, extract
from modelassay.grading.extraction.programs import Program, is_code, preamble, why_absent
from modelassay.grading.oracles.conversation import CandidateGoneError, Conversation, UncrossableError
from modelassay.grading.oracles.oracles import (
    OracleError,
    PairCode,
    TestCode,
    TestsTimeoutError,
    Verdict,
    assert_code,
    check_code,
)
from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.sandbox import Run, Sandbox, measure_level

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Any, Final

REFERENCE_SECONDS: Final = 60.0
TESTS_SECONDS: Final = 10.0  # for the tests themselves, on one candidate's values
TRIES: Final = 3
QUIET_SECONDS: Final = 0.01  # verdicts that follow each other faster are told together
TIMES: Final = Conversation.operation("t", "")


class Prepared:
    """One problem, ready to grade samples: oracles, the script of their operations, the limits."""

    def __init__(self, problem: dict[str, Any], limits: dict[str, Any]) -> None:
        self.prompt: str = problem["prompt"]
        self.entry_point: str = problem["entry_point"]
        self.reference: str | None = problem["reference"]
        self._given = [
            *([preamble(self.prompt, self.entry_point)] if is_code(self.prompt, self.entry_point) else []),
            *([self.reference] if self.reference is not None else []),
        ]
        self.rules = frozenset(problem["rules"]) if "rules" in problem else DEFAULT
        self.hash_seed: int = max((o.get("hash_seed", 0) for _, o in problem["suites"]), default=0)
        self.suites: list[tuple[str, TestCode | PairCode]] = [
            (name, self._oracle(oracle)) for name, oracle in problem["suites"]
        ]
        self.before = [o for _, oracle in self.suites if isinstance(oracle, TestCode) for o in oracle.before][
            :1
        ]
        self.script: list[bytes] = []
        self.interactive = False  # whether samples call functions of the tests: then nothing is sent ahead
        self._limits = limits
        self.learned = False
        self.unjudgeable = ""  # why no candidate can be graded
        self._failures = 0  # of the reference
        self._kills = 0
        self.limit = Limit(
            REFERENCE_SECONDS, REFERENCE_SECONDS, REFERENCE_SECONDS, 4 * limits["answer_bytes"]
        )
        self._references = self._programs(problem)

    def _oracle(self, oracle: dict[str, Any]) -> TestCode | PairCode:
        match oracle["kind"]:
            case "check":
                return check_code(oracle["source"], oracle["setup"], self.entry_point, self._given)
            case "asserts":
                return assert_code(oracle["asserts"], oracle["setup"], self.entry_point, self._given)
            case _:
                comparison = Comparison(oracle["comparison"], oracle["tolerance"])
                return PairCode(self.entry_point, oracle["inputs"], comparison)

    def _programs(self, problem: dict[str, Any]) -> list[str]:
        """The right programs of the pairs; without pairs the problem's reference, to learn the calls."""
        for _, oracle in problem["suites"]:
            if oracle["kind"] == "pairs":
                return [oracle["reference"], *oracle["alternatives"]]
        return [self.reference] if self.reference is not None else []

    def learn(self, sandbox: Sandbox) -> None:
        """Run the reference as a candidate is run: for expected values, calls and CPU time."""
        self._share_inputs()
        pairs = [oracle for _, oracle in self.suites if isinstance(oracle, PairCode)]
        if len(pairs) == len(self.suites):
            self.script = [o for oracle in pairs for o in oracle.operations]
        seconds, times = 0.0, list[float]()
        for number, program in enumerate(self._references):
            script = [*self.script, TIMES] if self.script else []
            conversation = self._conversation(sandbox, program, script)
            try:
                self._ask(conversation, first=number == 0)
                if number == 0:
                    times = self._times(conversation)
                conversation.finish()
                if number == 0:
                    self.script, seconds = conversation.asked[:-1], conversation.cpu_seconds
                    self.interactive = conversation.interactive
                for _, oracle in self.suites:
                    if isinstance(oracle, PairCode):
                        oracle.learn_whole(conversation)
            finally:
                conversation.finish()
                self._check_not_killed(conversation)
        self.limit = limit_for(self._limits, seconds, times)
        for _, oracle in self.suites:
            if isinstance(oracle, TestCode):
                oracle.settle()
        self.learned = True

    def _conversation(self, sandbox: Sandbox, program: str, script: list[bytes]) -> Conversation:
        source = program.encode("utf-8", "surrogatepass")
        return Conversation(sandbox, source, script, self.limit, before=self.before)

    def _check_not_killed(self, conversation: Conversation) -> None:
        """Raises SandboxBrokeError where somebody killed the reference, unless that keeps happening."""
        self._kills += conversation.killed
        if conversation.killed and self._kills < TRIES:
            raise SandboxBrokeError("the reference was killed")

    def _times(self, conversation: Conversation) -> list[float]:
        """CPU seconds of the reference's calls; [] when it did not come that far."""
        try:
            return [float(seconds) for seconds in conversation.decoded(conversation.ask(TIMES))]
        except CandidateGoneError:
            conversation.fault = None
            return []

    def _share_inputs(self) -> None:
        """A suite that begins with the inputs of the one before it asks only what is new."""
        for (_, before), (_, after) in zip(self.suites, self.suites[1:], strict=False):
            if isinstance(before, PairCode) and isinstance(after, PairCode):
                after.continue_from(before)

    def _ask(self, conversation: Conversation, *, first: bool) -> None:
        for _, oracle in self.suites:
            if isinstance(oracle, PairCode):
                oracle.learn(conversation)
            elif first:
                verdict = run_suite(oracle, conversation)
                if verdict.outcome != "passed" and not conversation.killed:
                    raise OracleError(
                        f"its reference does not pass its own tests: {verdict.outcome}, {verdict.detail}"
                    )
                oracle.proven = verdict.outcome == "passed"
                conversation.fault = None

    def failed(self, reason: str, *, reference: bool) -> None:
        """The problem cannot be judged, as far as can be told; a reference that fails is tried again."""
        self._failures += reference
        if not reference or self._failures == TRIES:
            self.unjudgeable = reason


def limit_for(limits: dict[str, Any], reference_seconds: float, calls: list[float]) -> Limit:
    """The limits of candidates, as limits.Limits says. calls: the reference's, empty without a reference."""
    fixed, largest, ceiling = limits["cpu_seconds"], limits["answer_bytes"], limits["ceiling_seconds"]
    if fixed is not None:
        return Limit(fixed, fixed, fixed, largest)
    each = [max(limits["call_seconds"], limits["factor"] * seconds) for seconds in calls]
    total = max(limits["floor_seconds"], sum(each), limits["factor"] * reference_seconds)
    call = max(each, default=limits["call_seconds"])
    return Limit(min(total, ceiling), min(call, ceiling), min(call, ceiling), largest)


def run_suite(oracle: TestCode | PairCode, conversation: Conversation) -> Verdict:
    """The oracle's verdict, with an end to test code that runs too long on strange values."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    spent = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent + 2 * TESTS_SECONDS) + 1, most))
    _signal.setitimer(_signal.ITIMER_VIRTUAL, TESTS_SECONDS, 0.5)
    try:
        return oracle.verdict(conversation)
    except TestsTimeoutError:
        return Verdict("timed-out", f"the tests did not end on what it returned; {conversation.last}"[:400])
    except RecursionError:
        return Verdict("refused", "values nested too deeply for the tests")
    except MemoryError:
        return Verdict("refused", "values too large for the tests")
    finally:
        _signal.setitimer(_signal.ITIMER_VIRTUAL, 0)


def too_long(*_: object) -> None:
    """The handler of the tests' alarm."""
    raise TestsTimeoutError


class SuiteRunner:
    """Answers requests until its socket is closed."""

    def __init__(
        self, caller: _socket.socket, limits: dict[str, Any], sandbox: Sandbox, *, allow_weak: bool
    ) -> None:
        self._caller = caller
        self._allow_weak = allow_weak
        self._limits = limits
        self._sandbox = sandbox
        self._room = sandbox.room
        self._elsewhere: Sandbox | None = None  # for references under another hash seed
        self._problems: dict[int, Prepared] = {}
        self._begun: Run | None = None
        self._unfit = ""  # why the latest problem is not among them
        self._shown = False  # whether the caller knows the level of the sandbox

    def serve(self, begun: Run | None = None) -> None:
        """begun: the attack that says what the sandbox keeps out, if it has been started."""
        self._begun = begun
        while True:
            head = receive(self._caller, FRAME.size)
            body = head and receive(self._caller, FRAME.unpack(head)[0])
            if not body or not self._request(unpack(body)):
                return

    def _show_level(self) -> bool:
        """Tell what the sandbox keeps out, once; False when there is none to be had that is strong enough."""
        for attempt in range(TRIES):
            try:
                level = measure_level(self._sandbox, self._begun)
            except SandboxBrokeError as fault:
                self._renew()
                self._begun = None
                if attempt == TRIES - 1:
                    self._tell({"broken": str(fault)})
            else:
                self._tell({"level": [level.name, level.strong, [list(layer) for layer in level.layers]]})
                self._shown = True
                return level.strong or self._allow_weak
        return False

    def _request(self, request: tuple[Any, ...]) -> bool:
        """Do what is asked. False: there is no sandbox for it.

        What can be done while the attack still goes on is done before its end is waited for.
        """
        match request:
            case ("problem", int(key), dict(problem)):
                self._problems.clear()
                try:
                    self._problems[key] = Prepared(problem, self._limits)
                except Exception as error:  # tests that are no Python, inputs that cannot cross
                    self._unfit = f"its tests cannot be read: {type(error).__name__}: {error}"
            case ("grade", int(key), list(programs)):
                return self._grade(self._problems.get(key), programs)
        return True

    def _grade(self, prepared: Prepared | None, programs: list[tuple[int, str, str]]) -> bool:
        """Tell the verdicts on some programs of one problem."""
        told = time.monotonic()
        unsaid: list[bytes] = []
        for number, text, form in programs:
            found = prepared and extract(prepared.prompt, prepared.entry_point, text, form, prepared.rules)
            if not self._shown and not self._show_level():
                return False
            graded = self._graded(prepared, found) if prepared and found else unjudgeable(self._unfit, "")
            unsaid.append(framed({"n": number, **graded}))
            # Each message wakes the caller, which takes a core from the candidates.
            if (now := time.monotonic()) - told > QUIET_SECONDS:
                self._caller.sendall(b"".join(unsaid))
                told = now
                unsaid.clear()
        self._caller.sendall(b"".join(unsaid))
        return True

    def _tell(self, said: dict[str, Any]) -> None:
        self._caller.sendall(framed(said))

    def _renew(self) -> None:
        self._sandbox.close()
        self._sandbox = Sandbox(self._room)

    def _learn(self, prepared: Prepared) -> None:
        """Let the references say what is right, once per problem, under the hash seed that it asks for."""
        if prepared.learned:
            return
        if prepared.hash_seed == self._room.hash_seed:
            prepared.learn(self._sandbox)
            return
        if self._elsewhere is None or self._elsewhere.room.hash_seed != prepared.hash_seed:
            self._elsewhere = Sandbox(self._room._replace(hash_seed=prepared.hash_seed))
        try:
            prepared.learn(self._elsewhere)
        except SandboxBrokeError:
            self._elsewhere.close()
            self._elsewhere = None
            raise

    def _graded(self, prepared: Prepared, found: Program) -> dict[str, Any]:
        """Verdicts of all suites on one program, or `fault` when it could not be graded through our own fault.

        `again`: the fault is of this machine at this moment, so another try may go well. A candidate that was killed
        gets another try, for it may have been somebody outside; one that is killed each time has done it itself.
        """
        if found.source is None:
            return {
                "how": found.how,
                "grades": [(n, "no-program", why_absent(found.how), 0.0) for n, _ in prepared.suites],
            }
        program = found.source.encode("utf-8", "surrogatepass")
        fault, kills = "killed from outside", 0
        for _ in range(TRIES):
            if prepared.unjudgeable:
                break
            try:
                self._learn(prepared)
                grades, killed, at_load = self._verdicts(prepared, program)
                kills += killed
                if not killed or kills == TRIES:
                    return {"how": found.how, "grades": grades, "at_load": at_load}
            except SandboxBrokeError as problem:
                fault = str(problem)
                self._renew()
            except (OracleError, UncrossableError) as problem:
                prepared.failed(clean(str(problem)), reference=not prepared.learned)
                if prepared.learned:
                    return unjudgeable(clean(str(problem)), found.how)
        if prepared.unjudgeable:
            return unjudgeable(prepared.unjudgeable, found.how)
        return {"how": found.how, "fault": fault, "again": True}

    def _verdicts(self, prepared: Prepared, program: bytes) -> tuple[list[tuple[Any, ...]], bool, bool]:
        """The verdict of each suite, whether the candidate was killed by somebody, and whether it ended while loading."""
        script = [] if prepared.interactive else prepared.script
        conversation = Conversation(self._sandbox, program, script, prepared.limit, before=prepared.before)
        verdicts: list[tuple[str, Verdict]] = []
        try:
            for name, oracle in prepared.suites:
                before = verdicts[-1][1] if verdicts else None
                if before is not None and before.outcome != "passed":
                    verdicts.append((name, before))
                else:
                    verdicts.append((name, run_suite(oracle, conversation)))
        finally:
            conversation.finish()
        prepared.interactive = prepared.interactive or conversation.interactive
        if len(conversation.asked) > len(prepared.script):
            prepared.script = conversation.asked
        if not conversation.clean:
            self._renew()
        told = [
            (name, v.outcome, clean(v.detail), round(conversation.cpu_seconds, 6)) for name, v in verdicts
        ]
        return told, conversation.killed, not conversation.loaded


def unjudgeable(reason: str, how: str) -> dict[str, Any]:
    """What is told of a candidate whose problem cannot be judged."""
    return {"how": how, "fault": reason, "unjudgeable": True}


def clean(text: str) -> str:
    """Text that every encoder accepts: lone surrogates from candidates become `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")[:600]
