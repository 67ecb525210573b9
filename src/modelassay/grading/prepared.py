"""One problem as a test runner keeps it: its tests, what its references said, and what its samples may use."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os
import resource
import time

from modelassay.grading.boundary.wire import SandboxBrokeError
from modelassay.grading.comparisons.comparison import Comparison
from modelassay.grading.extraction.extract import DEFAULT, UNREAD, as_it_stands, extract
from modelassay.grading.extraction.programs import Program, is_code, preamble
from modelassay.grading.oracles.ahead import Ahead, sent_ahead
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
from modelassay.grading.oracles.sealed_runs import acts_on_world, can_be_sealed, sealed_run
from modelassay.grading.patience import Patience
from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.sandbox import Sandbox
from modelassay.grading.sandbox.scheduling import waited_seconds
from modelassay.grading.tests_folder import FOLDER

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from modelassay.grading.oracles.language_runs import LanguageRuns
    from modelassay.grading.oracles.program_tests import ProgramTests
    from modelassay.grading.oracles.remote import RemoteObject

REFERENCE_SECONDS: Final = 60.0
TESTS_SECONDS: Final = 10.0  # for the tests themselves, on one sample's values
IMPORT_SECONDS: Final = 5.0  # of a call, in which a large package may be imported
STILL_SHARE: Final = 0.02  # of a core, under which they do nothing
TRIES: Final = 3
TIMES: Final = Conversation.operation("t", "")


class Prepared:
    """One problem, ready to grade samples: oracles, the script of their operations, the limits."""

    def __init__(self, problem: dict[str, Any], limits: dict[str, Any], patience: Patience) -> None:
        self._patience = patience
        self.prompt: str = problem["prompt"]
        self.entry_point: str = problem["entry_point"]
        self.reference: str | None = problem["reference"]
        self._given = [
            *([preamble(self.prompt, self.entry_point)] if is_code(self.prompt, self.entry_point) else []),
            *filter(None, [self.reference]),
        ]
        self._limits = limits
        self.rules = frozenset(problem["rules"]) if "rules" in problem else DEFAULT
        self.hash_seed: int = max((o.get("hash_seed", 0) for _, o in problem["suites"]), default=0)
        self._own_rule: ProgramTests | None = (
            None  # by which a reference is right, where samples are judged by another
        )
        self.programs = self._program_tests(problem)
        self.language = self._language_runs(problem)
        self.suites: list[tuple[str, TestCode | PairCode]] = [
            (name, self._oracle(oracle))
            for name, oracle in problem["suites"]
            if oracle["kind"] not in ("programs", "language")
        ]
        codes = [oracle for _, oracle in self.suites if isinstance(oracle, TestCode)]
        self.before = [o for code in codes for o in code.before][:1]
        self.ahead = Ahead([], whole=False)
        self.interactive = False  # whether samples call functions of the tests: then nothing is sent ahead
        self.may_seal = self.suites != [] and limits.get("sealed", True) and can_be_sealed(self.suites)
        self.sealed = False  # whether the tests are run beside samples: oracles/sealed.py
        self._trouble: OracleError | UncrossableError | None = None  # of the reference at the trust boundary
        self.learned = False
        self.unjudgeable = ""  # why no sample can be graded
        self._failures = 0  # of the reference
        self._kills = 0
        self.limit = Limit(*(REFERENCE_SECONDS,) * 3, 4 * limits["answer_bytes"])
        self._references = self._programs(problem)

    def _oracle(self, oracle: dict[str, Any]) -> TestCode | PairCode:
        context = (self._given, tuple(self._limits["packages"]))
        match oracle["kind"]:
            case "check":
                return check_code(oracle["source"], oracle["setup"], self.entry_point, *context)
            case "asserts":
                return assert_code(oracle["asserts"], oracle["setup"], self.entry_point, *context)
            case _:
                comparison = Comparison(oracle["comparison"], oracle["tolerance"])
                return PairCode(self.entry_point, oracle["inputs"], comparison)

    def _program_tests(self, problem: dict[str, Any]) -> tuple[str, ProgramTests] | None:
        """The suite whose tests are inputs and outputs of whole programs, if the problem is of that kind."""
        for name, oracle in problem["suites"]:
            if oracle["kind"] == "programs":
                from modelassay.grading.oracles.program_tests import ProgramTests

                rule = problem.get("comparison") or oracle["comparison"]
                whole = oracle["all_tests"] or problem.get("all_tests", False)
                changed = {**oracle, "comparison": rule, "all_tests": whole}
                if rule != oracle["comparison"]:
                    self._own_rule = ProgramTests(oracle, self._limits)
                return name, ProgramTests(changed, self._limits, problem.get("also_compared", ()))
        return None

    def _language_runs(self, problem: dict[str, Any]) -> tuple[str, LanguageRuns] | None:
        """The suite whose tests are in another language, if the problem is of that kind."""
        for name, oracle in problem["suites"]:
            if oracle["kind"] == "language":
                from modelassay.grading.oracles.language_runs import LanguageRuns

                return name, LanguageRuns(oracle, self.prompt, self.entry_point, self._limits)
        return None

    def _programs(self, problem: dict[str, Any]) -> list[str]:
        """The right programs of the pairs; without pairs the problem's reference, to learn the calls."""
        for _, oracle in problem["suites"]:
            if oracle["kind"] == "programs":
                given = [] if self.reference is None else [self.reference]
                return [*given, *oracle["alternatives"]]
            if oracle["kind"] == "pairs":
                return [oracle["reference"], *oracle["alternatives"]]
        return [self.reference] if self.reference is not None else []

    @property
    def has_references(self) -> bool:
        """Whether there is a right program to learn from."""
        return bool(self._references)

    def learn(self, sandbox: Sandbox) -> None:
        """Run the reference as a sample is run: for expected values, calls and CPU time."""
        if not self.suites:
            if self.programs is not None:
                self._check_programs(sandbox, self._own_rule or self.programs[1])
            self.learned = True
        else:
            self._learn_calls(sandbox)

    def _learn_calls(self, sandbox: Sandbox) -> None:
        """The same for tests that call a function."""
        self._share_inputs()
        self._trouble = None
        oracles = [oracle for _, oracle in self.suites]
        script: list[bytes] = []
        if all(isinstance(oracle, PairCode) for oracle in oracles):
            script = [o for oracle in oracles if isinstance(oracle, PairCode) for o in oracle.operations]
        seconds, times = 0.0, list[float]()
        asked: list[bytes] | None = None
        kept: dict[int, RemoteObject] = {}
        for number, program in enumerate(self._references):
            conversation = self._conversation(sandbox, program, [*script, TIMES] if script else [])
            try:
                self._ask(conversation, first=number == 0)
                if number == 0:
                    asked, kept = list(conversation.asked), conversation.kept
                    times = self._times(conversation)
                conversation.finish()
                if number == 0:
                    seconds = conversation.cpu_seconds
                    self.interactive = conversation.interactive
                for oracle in oracles:
                    if isinstance(oracle, PairCode):
                        oracle.learn_whole(conversation)
            finally:
                conversation.finish()
                self._check_not_killed(conversation)
        self.limit = limit_for(self._limits, seconds, times)
        for oracle in oracles:
            if isinstance(oracle, TestCode):
                oracle.settle()
        if script:
            self.ahead = Ahead(script, whole=True)
        elif not self.interactive:
            self.ahead = sent_ahead(oracles, asked, kept)
        self._choose_mode(sandbox)
        self.learned = True

    def _check_programs(self, sandbox: Sandbox, tests: ProgramTests) -> None:
        """Have a reference pass its tests, where there is one. Raises OracleError where none does, SandboxBrokeError."""
        said = ""
        for program in self._references:
            source = program.encode("utf-8", "surrogatepass")
            found = tests.verdict(lambda: sandbox, _keep, source, lambda: sandbox)
            if found.verdict.outcome == "passed":
                return
            if found.killed and self._kills < TRIES:
                self._kills += 1
                raise SandboxBrokeError("the reference was killed")
            said = said or f"{found.verdict.outcome}, {found.verdict.detail}"
        if said:
            raise OracleError(f"its reference does not pass its own tests: {said}")

    def _conversation(self, sandbox: Sandbox, program: str, script: list[bytes]) -> Conversation:
        source = program.encode("utf-8", "surrogatepass")
        return Conversation(sandbox, source, script, self.limit, before=self.before, whole=bool(script))

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
                trouble = self._trouble_of(oracle, conversation)
                if trouble and not self.may_seal:
                    raise trouble
                self._trouble = self._trouble or trouble
                oracle.proven = not trouble and not conversation.killed
                conversation.fault = None

    def _trouble_of(
        self, oracle: TestCode, conversation: Conversation
    ) -> OracleError | UncrossableError | None:
        """Why the reference does not pass across the trust boundary; None: it does, or somebody killed it."""
        try:
            verdict = run_suite(oracle, conversation, self._patience.still)
        except (OracleError, UncrossableError) as error:
            return error
        if verdict.outcome == "passed" or conversation.killed:
            return None
        return OracleError(f"its reference does not pass its own tests: {verdict.outcome}, {verdict.detail}")

    def _choose_mode(self, sandbox: Sandbox) -> None:
        """Run the tests beside samples where the reference passes only so, or where they look as if it were needed."""
        if not self.may_seal or (self._references and not self._trouble):
            return
        if not self._references:
            self.sealed = acts_on_world(self.suites)
            return
        program = self._references[0].encode("utf-8", "surrogatepass")
        whole = limit_for(self._limits, REFERENCE_SECONDS / self._limits["factor"], [])
        try:
            run = sealed_run(sandbox, self.suites, program, whole, learn=True)
        except UncrossableError as error:
            raise self._trouble or error from None  # the first mode's reason is the problem's own
        self.sealed = run.passed
        if self.sealed:
            self.limit = limit_for(self._limits, run.cpu_seconds, [])
        elif run.killed:
            raise SandboxBrokeError("the reference was killed")
        elif self._trouble is not None:
            raise self._trouble

    def program(self, text: str, form: str, *, read: bool = False) -> Program:
        """The program in an answer. read: also where it can be run first (`UNREAD`), which half of the time is all it needs."""
        if self.language is not None:
            return self.language[1].program(text, form)
        if self.programs and not (read or self.entry_point) and as_it_stands(text, form, self.rules):
            return Program(text, UNREAD)
        return extract(self.prompt, self.entry_point, text, form, self.rules)

    def without_program(self, why: str) -> list[tuple[str, str, str, float, int | None, int | None]]:
        """What is told of a sample in which no program was found."""
        if self.programs is not None:
            return [(self.programs[0], "no-program", why, 0.0, 0, self.programs[1].tests)]
        if self.language is not None:
            return [(self.language[0], "no-program", why, 0.0, 0, self.language[1].tests)]
        return [
            (name, "no-program", why, 0.0, None if oracle.tests is None else 0, oracle.tests)
            for name, oracle in self.suites
        ]

    def suite_rows(
        self, verdicts: Sequence[tuple[str, Verdict]], seconds: float
    ) -> list[tuple[str, str, str, float, int | None, int | None]]:
        """Verdicts as a test runner tells them: with seconds of CPU, the tests passed and all tests, where counted."""
        found: list[tuple[str, str, str, float, int | None, int | None]] = []
        asked = True  # the suites after one that is failed are not
        for (name, verdict), (_, oracle) in zip(verdicts, self.suites, strict=True):
            passed = oracle.tests_passed if asked else min(found[-1][4] or 0, oracle.asked_before)
            found.append((
                name, verdict.outcome, clean(verdict.detail), round(seconds, 6),
                None if oracle.tests is None else passed, oracle.tests,
            ))  # fmt: skip
            asked = verdict.outcome == "passed"
        return found

    @property
    def can_fall_back(self) -> bool:
        """Whether the sealed mode is left to be tried, where no reference has shown which mode is right."""
        return self.learned and not self._references and not self.sealed and self.may_seal

    def is_doubtful(self, conversation: Conversation) -> bool:
        """Whether a sample that did not pass may be right, for all that is known: no reference has shown that these tests can
        be asked across the trust boundary, and what they do there is what often cannot. The tests decide that, no sample does.
        """
        if not self.can_fall_back or conversation.fault is not None:
            return False
        return conversation.interactive or any(
            oracle.may_mislead for _, oracle in self.suites if isinstance(oracle, TestCode)
        )

    def failed(self, reason: str, *, reference: bool) -> None:
        """The problem cannot be graded, as far as can be told; a reference that fails is tried again."""
        self._failures += reference
        if not reference or self._failures == TRIES:
            self.unjudgeable = reason


def _keep() -> None:
    """What a reference leaves behind is in nobody's way but another reference's, so its sandbox is not replaced."""


def limit_for(limits: dict[str, Any], reference_seconds: float, calls: list[float]) -> Limit:
    """The limits of samples, as limits.Limits says. calls: the reference's, empty without a reference."""
    fixed, largest, ceiling = limits["cpu_seconds"], limits["answer_bytes"], limits["ceiling_seconds"]
    if fixed is not None:
        return Limit(fixed, fixed, fixed, largest)
    least = limits["call_seconds"] + (IMPORT_SECONDS if limits["packages"] else 0.0)
    each = [max(least, limits["factor"] * seconds) for seconds in calls]
    total = max(limits["floor_seconds"], sum(each), limits["factor"] * reference_seconds)
    call = max(each, default=least)
    return Limit(min(total, ceiling), min(call, ceiling), min(call, ceiling), largest)


def run_suite(oracle: TestCode | PairCode, conversation: Conversation, still_seconds: float) -> Verdict:
    """The oracle's verdict, with an end to test code that runs too long on strange values, or does nothing."""
    usual, most = resource.getrlimit(resource.RLIMIT_CPU)
    runner = os.getpid()
    spent = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent + 2 * TESTS_SECONDS) + 1, most))
    _signal.setitimer(_signal.ITIMER_VIRTUAL, TESTS_SECONDS, 0.5)
    still = Stillness(conversation, still_seconds)
    before = _signal.signal(_signal.SIGALRM, still.look)
    if isinstance(oracle, TestCode):
        FOLDER.enter()
    _signal.setitimer(_signal.ITIMER_REAL, 1.0, 1.0)
    try:
        return oracle.verdict(conversation)
    except TestsTimeoutError:
        if still.found and not conversation.asked:
            raise OracleError(f"its tests did nothing for {still_seconds:.0f} s") from None
        return Verdict("timed-out", f"the tests did not end on what it returned; {conversation.last}"[:400])
    except RecursionError:
        return Verdict("refused", "values nested too deeply for the tests")
    except MemoryError:
        return Verdict("refused", "values too large for the tests")
    finally:
        _signal.setitimer(_signal.ITIMER_VIRTUAL, 0)
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        _signal.signal(_signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_CPU, (usual, most))
        if os.getpid() != runner:  # tests have forked, and this process may not say what came of them
            os._exit(0)
        if isinstance(oracle, TestCode):
            FOLDER.clear()


class Stillness:
    """Ends tests that neither use the CPU, nor wait for it, nor for a sample. `found`: that they were such."""

    def __init__(self, conversation: Conversation, seconds: float) -> None:
        self._conversation = conversation
        self._most = seconds
        self._used, self._seconds = -1.0, 0.0  # not looked at yet: most tests are over by then
        self.found = False

    def look(self, *_: object) -> None:
        """The handler of an alarm each second."""
        used = time.process_time() + waited_seconds("self")
        still = self._used >= 0.0 and used - self._used < STILL_SHARE and not self._conversation.waiting
        self._used, self._seconds = used, self._seconds + 1.0 if still else 0.0
        if self._seconds >= self._most:
            self.found = True
            raise TestsTimeoutError


def too_long(*_: object) -> None:
    """The handler of the tests' alarm."""
    raise TestsTimeoutError


def clean(text: str) -> str:
    """Text that every encoder accepts: lone surrogates from samples become `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")[:600]
