"""Runs in the sealed mode: which problems need it, and one program under all suites of one."""

from __future__ import annotations

from modelassay.grading.oracles.conversation import Conversation
from modelassay.grading.oracles.oracles import PairCode, TestCode, Verdict

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from modelassay.grading.sandbox.process_start import Limit
    from modelassay.grading.sandbox.sandbox import Sandbox

    Suites = Sequence[tuple[str, TestCode | PairCode]]

LOAD_SECONDS: Final = 10.0  # of CPU, at least, for what tests and sample import
IDLE_SECONDS: Final = 3.0  # at least: tests may wait, too


class SealedRun:
    """What became of one program under all suites."""

    def __init__(self) -> None:
        self.verdicts: list[tuple[str, Verdict]] = []
        self.cpu_seconds = 0.0
        self.clean = True
        self.killed = False
        self.at_load = False

    @property
    def passed(self) -> bool:
        return bool(self.verdicts) and all(v.outcome == "passed" for _, v in self.verdicts)


def can_be_sealed(suites: Suites) -> bool:
    """Whether the tests are code, and not inputs with expected values, which never need this."""
    return all(isinstance(oracle, TestCode) for _, oracle in suites)


def acts_on_world(suites: Suites) -> bool:
    """Whether the tests look as if they read or set what is in the sample's process."""
    return can_be_sealed(suites) and any(
        oracle.acts_on_world or oracle.sealed.changes_modules
        for _, oracle in suites
        if isinstance(oracle, TestCode)
    )


def limit_of(limit: Limit) -> Limit:
    """One operation holds a whole test here, so the limit of a call is that of all of them."""
    whole = max(limit.cpu_seconds, LOAD_SECONDS)
    idle = max(limit.idle_seconds, IDLE_SECONDS)
    return limit._replace(cpu_seconds=whole, call_seconds=whole, idle_seconds=idle)


def sealed_run(
    sandbox: Sandbox, suites: Suites, program: bytes, limit: Limit, *, learn: bool = False
) -> SealedRun:
    """Run the tests beside the program, each suite in a process of its own. learn: the program is the reference."""
    from modelassay.grading.oracles.sealed import runner_program

    run = SealedRun()
    for name, oracle in suites:
        assert isinstance(oracle, TestCode)
        if run.verdicts and run.verdicts[-1][1].outcome != "passed":
            run.verdicts.append((name, run.verdicts[-1][1]))
            continue
        conversation = Conversation(sandbox, runner_program(), [], limit_of(limit))
        try:
            run.verdicts.append((name, Verdict(*oracle.sealed.verdict(conversation, program, learn=learn))))
        finally:
            conversation.finish()
        oracle.tests_passed = None if oracle.tests is None else oracle.sealed.steps_passed
        run.cpu_seconds += conversation.cpu_seconds
        run.clean = run.clean and conversation.clean
        run.at_load = run.at_load or oracle.sealed.at_load
        run.killed = run.killed or conversation.killed
    return run
